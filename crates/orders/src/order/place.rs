//! Where an order belongs: its account, site, branch, zone and office, asked of accounts before the transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clients::accounts::{self, Account, Branch, Site};
use clients::calendars;
use kernel::calendar::{Calendar, date_of};
use kernel::id::{AccountId, BranchId, SiteId};
use kernel::{Currency, Fault};
use platform::caller::Caller;
use platform::peer::Peers;
use platform::problem::Problem;
use platform::recent::Recent;

use super::preparation::Office;
use super::request::CreateOrder;
use super::state::OrderKind;

/// Orders come in runs for the same customers, whose place seldom changes. A change, also a closed account, is seen within a second, as
/// it would be had the order come a second earlier.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// The facts about a new order that other services keep.
#[derive(Clone, Debug)]
pub struct Place {
    pub account: Account,
    pub bill_to: AccountId,
    pub site: Option<SiteId>,
    pub branch: Option<BranchId>,
    /// The zone of the service's local dates.
    pub zone: Tz,
    pub office: Office,
    pub currency: Currency,
}

/// Whom and where an order is for; equal questions have equal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Whereabouts {
    pub account: AccountId,
    pub bill_to: Option<AccountId>,
    pub site: Option<SiteId>,
    pub branch: Option<BranchId>,
}

impl Whereabouts {
    #[must_use]
    pub fn of(command: &CreateOrder) -> Self {
        Self { account: command.account_id, bill_to: command.bill_to_id, site: command.site_id, branch: command.branch_id }
    }
}

/// The places of orders, as other services know them.
pub struct Places {
    peers: Arc<dyn Peers>,
    known: Recent<Whereabouts, Place>,
}

impl Places {
    #[must_use]
    pub fn new(peers: Arc<dyn Peers>) -> Self {
        Self { peers, known: Recent::new(FRESH_FOR) }
    }

    /// One order's place; `now` decides which version of a branch's calendar counts.
    ///
    /// # Errors
    /// Those of [`Place::find`].
    pub async fn find(&self, of: Whereabouts, now: DateTime<Utc>) -> Result<Place, Problem> {
        if let Some(place) = self.known.get(&of) {
            return Ok(place);
        }
        let place = Place::find(&*self.peers, of, now).await?;
        self.known.keep(of, place.clone());
        Ok(place)
    }

    /// The places of many orders, each asked for once.
    ///
    /// # Errors
    /// 503 when accounts cannot be reached; what one order is refused for is its own answer.
    pub async fn find_all(
        &self,
        asked: impl Iterator<Item = Whereabouts>,
        now: DateTime<Utc>,
    ) -> Result<HashMap<Whereabouts, Result<Place, Problem>>, Problem> {
        let mut found = HashMap::new();
        for of in asked {
            if found.contains_key(&of) {
                continue;
            }
            let place = self.find(of, now).await;
            if let Err(problem) = &place
                && (problem.is_transient() || problem.status().is_server_error())
            {
                return place.map(|_| found);
            }
            found.insert(of, place);
        }
        Ok(found)
    }
}

impl Place {
    /// Asks accounts, and tickets for the calendar of a branch that names one; `now` decides which version of it counts.
    ///
    /// # Errors
    /// 422 for what does not exist or does not belong together; 409 `account_closed`; 503.
    async fn find(peers: &dyn Peers, of: Whereabouts, now: DateTime<Utc>) -> Result<Self, Problem> {
        let (account, site) = tokio::try_join!(account(peers, of), site(peers, of))?;
        let branch_id = of.branch.or(site.as_ref().and_then(|site| site.branch_id)).or(account.branch_id);
        let branch = branch(peers, of, branch_id).await?;
        let hours = hours(peers, branch.as_ref(), now).await?;
        let place = Self::put_together(of, account, site.as_ref(), branch.as_ref());
        Ok(Self { office: place.office.open_at(hours), ..place })
    }

    fn put_together(of: Whereabouts, account: Account, site: Option<&Site>, branch: Option<&Branch>) -> Self {
        let zone = |name: &str| name.parse::<Tz>().ok();
        let office_zone = branch.and_then(|branch| zone(&branch.time_zone));
        let site_zone = site.and_then(|site| zone(&site.time_zone)).or(office_zone).unwrap_or(Tz::UTC);
        Self {
            bill_to: of.bill_to.unwrap_or(of.account),
            site: of.site,
            branch: branch.map(|branch| branch.id),
            zone: site_zone,
            office: Office::weekdays(office_zone.unwrap_or(site_zone), branch.map(|branch| branch.cut_off.as_str())),
            currency: account.currency,
            account,
        }
    }

    /// Demands that the caller may act on orders of this place.
    ///
    /// # Errors
    /// 422 `unknown_account`, as for an account that does not exist.
    pub fn check_scope<P>(&self, caller: &Caller<P>) -> Result<(), Fault> {
        let inside = caller.scope().covers(self.branch.map(Into::into), Some(self.account.id.into()), self.site.map(Into::into));
        if inside { Ok(()) } else { Err(unknown("/account_id", "unknown_account", "account")) }
    }

    /// The local date that prices are for: of goods the day of the request, otherwise that of the service.
    #[must_use]
    pub fn price_date(&self, kind: OrderKind, service: Option<NaiveDate>, requested_at: DateTime<Utc>) -> NaiveDate {
        let requested = date_of(self.zone, requested_at);
        match kind {
            OrderKind::Product => requested,
            OrderKind::Service | OrderKind::Project | OrderKind::Emergency => service.unwrap_or(requested),
        }
    }
}

fn unknown(pointer: &'static str, code: &'static str, noun: &str) -> Fault {
    Fault::field(pointer, code, format!("There is no such {noun}."))
}

async fn account(peers: &dyn Peers, of: Whereabouts) -> Result<Account, Problem> {
    let account = accounts::account(peers, of.account).await?.ok_or_else(|| unknown("/account_id", "unknown_account", "account"))?;
    if let Some(payer) = of.bill_to.filter(|payer| *payer != of.account) {
        accounts::account(peers, payer).await?.ok_or_else(|| unknown("/bill_to_id", "unknown_account", "account"))?;
    }
    if matches!(account.status.as_str(), "closed" | "merged") {
        return Err(Fault::conflict("account_closed", format!("The account is {}.", account.status)).into());
    }
    Ok(account)
}

async fn site(peers: &dyn Peers, of: Whereabouts) -> Result<Option<Site>, Problem> {
    let Some(id) = of.site else { return Ok(None) };
    let found = accounts::site(peers, id).await?.filter(|site| site.account_id == of.account);
    Ok(Some(found.ok_or_else(|| unknown("/site_id", "unknown_site", "site of the account"))?))
}

async fn branch(peers: &dyn Peers, of: Whereabouts, id: Option<BranchId>) -> Result<Option<Branch>, Problem> {
    let Some(id) = id else { return Ok(None) };
    let found = accounts::branch(peers, id).await?;
    if found.is_none() && of.branch.is_some() {
        return Err(unknown("/branch_id", "unknown_branch", "branch").into());
    }
    Ok(found)
}

async fn hours(peers: &dyn Peers, branch: Option<&Branch>, now: DateTime<Utc>) -> Result<Option<Calendar>, Problem> {
    let named = branch.and_then(|branch| branch.business_hours_id.or(branch.calendar_id));
    let Some(id) = named else { return Ok(None) };
    calendars::calendar(peers, id, now).await
}
