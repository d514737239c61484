//! What other services know about a ticket's customer: who owns the account, and where the site is. Asked before the transaction.
//!
//! Nobody is asked while there is nobody to route to. A ticket is taken in whatever they answer: when they cannot be reached, the
//! decision says that they were not asked, and the rules that follow decide. Answers are reused for a minute.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clients::accounts::{Assignment, Site, account, primaries, site};
use kernel::id::TicketId;
use platform::peer::Peers;
use platform::problem::Problem;
use platform::recent::Recent;
use platform::scope::RowScope;

use super::engine::{Facts, Owner};
use super::settings::RoutingSettings;
use crate::Tickets;
use crate::serving::Customer;
use crate::territory::postal::PostalCode;
use crate::ticket;
use crate::vocabulary::Status;

const FRESH_FOR: Duration = Duration::from_secs(60);

/// What was learned of a customer before the transaction, for a ticket that may be opened for that customer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) customer: Customer,
    pub(crate) facts: Facts,
}

impl Asked {
    /// What it tells of a customer: nothing of another.
    pub(crate) fn of(&self, customer: Customer) -> Facts {
        if customer == self.customer { self.facts.clone() } else { Facts::default() }
    }
}

/// Answers of the accounts service.
pub(crate) struct Knowledge {
    peers: Arc<dyn Peers>,
    known: Recent<Customer, Facts>,
}

impl Knowledge {
    pub(crate) fn new(peers: Arc<dyn Peers>) -> Self {
        Self { peers, known: Recent::new(FRESH_FOR) }
    }

    async fn ask(&self, customer: Customer, settings: &RoutingSettings, now: DateTime<Utc>) -> Result<Facts, Problem> {
        let peers = &*self.peers;
        let place = match customer.site {
            Some(id) => site(peers, id).await?,
            None => None,
        };
        let mut facts = Facts { asked: true, place: place.as_ref().and_then(postal), ..Facts::default() };
        let Some(id) = customer.account.or(place.as_ref().map(|site| site.account_id)) else { return Ok(facts) };
        if place.as_ref().is_none_or(|site| site.branch_id.is_none()) {
            facts.home_branch = account(peers, id).await?.and_then(|account| account.branch_id);
        }
        let zone = place.as_ref().and_then(|site| site.time_zone.parse::<Tz>().ok()).unwrap_or(Tz::UTC);
        let primaries = primaries(peers, id).await?;
        facts.owner = owner(&primaries, customer, &settings.owner_roles, now.with_timezone(&zone).date_naive());
        Ok(facts)
    }
}

fn postal(site: &Site) -> Option<PostalCode> {
    PostalCode::new(&site.address.country, site.address.postal_code.as_deref()?)
}

/// The primary of the first role that has one on a day; one of the site before one of the account.
fn owner(primaries: &[Assignment], customer: Customer, roles: &[String], today: NaiveDate) -> Option<Owner> {
    let holds = |one: &&Assignment| one.valid_from <= today && one.valid_until.is_none_or(|until| today < until);
    let of = |role: &String, site| primaries.iter().filter(holds).find(|one| one.role == *role && one.site_id == site);
    let found = roles.iter().find_map(|role| {
        let of_site = customer.site.and_then(|site| of(role, Some(site)));
        of_site.or_else(|| of(role, None))
    })?;
    found.user_id.map(Owner::User).or(found.team_id.map(|team| Owner::Group(team.into())))
}

impl Tickets {
    /// What a customer's word to a closed ticket may need: it opens a ticket that goes on from there, and is routed.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn asked_for(&self, scope: &RowScope, id: TicketId) -> Result<Asked, Problem> {
        let found = ticket::store::root(self.db.read(), scope, id).await?.filter(|ticket| ticket.status == Status::Closed);
        let Some(ticket) = found else { return Ok(Asked::default()) };
        let customer = Customer { account: ticket.account_id, site: ticket.site_id };
        Ok(Asked { customer, facts: self.facts(customer).await })
    }

    /// What is known about a customer; nothing when there is nobody to route to or nobody to ask.
    pub(crate) async fn facts(&self, customer: Customer) -> Facts {
        let idle = match self.rules.rosters.recent(self.db.read()).await {
            Ok(roster) => roster.is_idle(),
            Err(problem) => {
                tracing::warn!(cause = problem.cause(), "the roster could not be read");
                true
            }
        };
        if idle {
            return Facts::default();
        }
        if customer == Customer::default() {
            return Facts { asked: true, ..Facts::default() };
        }
        if let Some(facts) = self.knowledge.known.get(&customer) {
            return facts;
        }
        let rules = self.rules.kept();
        match self.knowledge.ask(customer, &rules.settings.routing, self.clock.now()).await {
            Ok(facts) => {
                self.knowledge.known.keep(customer, facts.clone());
                facts
            }
            Err(problem) => {
                tracing::warn!(cause = problem.cause(), "who owns an account could not be asked");
                Facts::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::id::{AccountId, SiteId, UserId};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_owner_is_the_present_primary_of_the_first_role_and_the_sites_before_the_accounts() {
        let (account, site) = (AccountId::generate(), SiteId::generate());
        let customer = Customer { account: Some(account), site: Some(site) };
        let today: NaiveDate = "2026-03-02".parse().unwrap();
        let one = |role: &str, site: Option<SiteId>, until: Option<&str>| {
            let user = UserId::generate();
            let value =
                json!({"role": role, "site_id": site, "user_id": user, "team_id": null, "valid_from": "2026-01-01", "valid_until": until});
            (serde_json::from_value::<Assignment>(value).unwrap(), Owner::User(user))
        };
        let roles = ["csr".to_owned(), "am".to_owned()];
        let (manager, am) = one("am", None, None);
        let (gone, _) = one("csr", None, Some("2026-03-02"));
        let (desk, csr) = one("csr", None, None);
        let (dock, of_site) = one("csr", Some(site), None);
        let all = [manager, gone, desk, dock];
        assert_eq!(owner(&all, customer, &roles, today), Some(of_site));
        assert_eq!(owner(&all[..3], customer, &roles, today), Some(csr));
        assert_eq!(owner(&all[..2], customer, &roles, today), Some(am));
        assert_eq!(owner(&all[..2], customer, &roles[..1], today), None);
        assert_eq!(owner(&all, Customer { site: None, ..customer }, &roles, today), Some(csr));
    }
}
