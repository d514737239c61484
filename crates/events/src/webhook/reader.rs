//! What whoever made an endpoint may see, kept with it: staff by branches, customers by the accounts they were granted.

use platform::caller::Claims;
use platform::peer::{self, Peers};
use platform::problem::Problem;
use platform::scope::RowScope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::feed::hidden_from;

/// Rights in the feed. Absent `branches` and `accounts` mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reader {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branches: Option<Vec<Uuid>>,
    /// The granted roots; whose accounts lie below them is asked each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<Uuid>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sites: Option<Vec<Uuid>>,
    /// Types of objects that they may not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) hidden: Vec<String>,
}

#[derive(Deserialize)]
struct Descendants {
    data: Vec<Uuid>,
}

impl Reader {
    pub(crate) fn of(claims: &Claims) -> Self {
        Self {
            branches: claims.branches.clone(),
            accounts: claims.accounts.clone(),
            sites: claims.sites.clone(),
            hidden: hidden_from(claims).map(str::to_owned).collect(),
        }
    }

    pub(crate) const fn is_customer(&self) -> bool {
        self.accounts.is_some()
    }

    /// The rows of the feed that are theirs now.
    ///
    /// # Errors
    /// 503 when the accounts service does not answer.
    pub(crate) async fn scope(&self, peers: &dyn Peers) -> Result<RowScope, Problem> {
        let Some(roots) = &self.accounts else {
            return Ok(self.branches.clone().map_or(RowScope::All, RowScope::Branches));
        };
        let mut accounts = Vec::new();
        for root in roots {
            let found: Option<Descendants> = peer::get(peers, "accounts", format!("/v1/accounts/{root}/descendants")).await?;
            accounts.extend(found.into_iter().flat_map(|found| found.data));
        }
        Ok(RowScope::Accounts { accounts, sites: self.sites.clone() })
    }
}
