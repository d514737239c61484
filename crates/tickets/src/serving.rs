//! Which branch serves the customer that a ticket is for, asked of accounts before the transaction.
//!
//! Staff see the tickets of their branches and those of none, so a ticket that names an account or a site and no branch is
//! given the branch that serves it. Answers are reused for a minute, as the subtrees of customers' accounts are: a branch
//! seldom changes, and a ticket keeps the one it was opened with. Nothing here is asked inside a transaction.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use clients::accounts::{account, branch, site};
use kernel::id::{AccountId, BranchId, SiteId};
use platform::peer::Peers;
use platform::problem::Problem;
use platform::recent::Recent;

const FRESH_FOR: Duration = Duration::from_secs(60);

/// Whom a ticket is for; equal customers have equal answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Customer {
    pub(crate) account: Option<AccountId>,
    pub(crate) site: Option<SiteId>,
}

/// What accounts says about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// By the site's branch, else the account's home branch, if either has one.
    By(Option<BranchId>),
    UnknownAccount,
    /// There is no such site, or it is another account's.
    UnknownSite,
}

impl Served {
    /// The branch, when there is one.
    pub(crate) const fn branch(self) -> Option<BranchId> {
        match self {
            Self::By(branch) => branch,
            Self::UnknownAccount | Self::UnknownSite => None,
        }
    }

    /// The member of a request that names what does not exist.
    pub(crate) const fn unknown(self) -> Option<&'static str> {
        match self {
            Self::By(_) => None,
            Self::UnknownAccount => Some("/account_id"),
            Self::UnknownSite => Some("/site_id"),
        }
    }
}

/// Answers of the accounts service.
pub(crate) struct Serving {
    peers: Arc<dyn Peers>,
    known: Recent<Customer, Option<BranchId>>,
    zones: Recent<BranchId, Option<Tz>>,
}

impl Serving {
    pub(crate) fn new(peers: Arc<dyn Peers>) -> Self {
        Self { peers, known: Recent::new(FRESH_FOR), zones: Recent::new(FRESH_FOR) }
    }

    /// Who serves the customer of a ticket that names no branch. Nobody is asked about a ticket for nobody, or about one
    /// whose branch is stated.
    ///
    /// # Errors
    /// 503 when accounts cannot be reached.
    pub(crate) async fn of(&self, customer: Customer, stated: Option<BranchId>) -> Result<Served, Problem> {
        if stated.is_some() || customer == Customer::default() {
            return Ok(Served::By(stated));
        }
        if let Some(branch) = self.known.get(&customer) {
            return Ok(Served::By(branch));
        }
        let served = self.ask(customer).await?;
        if let Served::By(branch) = served {
            self.known.keep(customer, branch);
        }
        Ok(served)
    }

    /// As [`Self::of`] for what must be taken in whatever accounts says: then no branch is known.
    pub(crate) async fn if_known(&self, customer: Customer, stated: Option<BranchId>) -> Option<BranchId> {
        match self.of(customer, stated).await {
            Ok(served) => served.branch(),
            Err(problem) => {
                tracing::warn!(cause = problem.cause(), "the branch of a customer could not be looked up");
                None
            }
        }
    }

    /// The zone of a branch's local dates; none when there is no such branch.
    ///
    /// # Errors
    /// 503 when accounts cannot be reached.
    pub(crate) async fn zone(&self, id: BranchId) -> Result<Option<Tz>, Problem> {
        if let Some(zone) = self.zones.get(&id) {
            return Ok(zone);
        }
        let zone = branch(&*self.peers, id).await?.and_then(|found| found.time_zone.parse().ok());
        self.zones.keep(id, zone);
        Ok(zone)
    }

    async fn ask(&self, customer: Customer) -> Result<Served, Problem> {
        let peers = &*self.peers;
        let mut owner = customer.account;
        if let Some(id) = customer.site {
            let Some(found) = site(peers, id).await? else { return Ok(Served::UnknownSite) };
            if owner.is_some_and(|owner| owner != found.account_id) {
                return Ok(Served::UnknownSite);
            }
            if found.branch_id.is_some() {
                return Ok(Served::By(found.branch_id));
            }
            owner = Some(found.account_id);
        }
        let Some(id) = owner else { return Ok(Served::By(None)) };
        Ok(account(peers, id).await?.map_or(Served::UnknownAccount, |found| Served::By(found.branch_id)))
    }
}
