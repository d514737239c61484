//! What a principal may do and on which rows, and the one rule about handing it on: nobody gives what they do not hold.
//!
//! Permissions come from roles or a key; the access part limits rows. Tokens carry both. No query happens here: the
//! expansion of accounts into their subtree is done where a token is verified.

use kernel::Fault;
use platform::caller::Claims;
use uuid::Uuid;

use crate::permission::Permissions;

/// The rows of a principal: all (everything absent), some branches (staff) or some accounts (portal customers).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Absent means every branch.
    pub branches: Option<Vec<Uuid>>,
    /// Present for portal customers: the roots of the account subtrees they see.
    pub accounts: Option<Vec<Uuid>>,
    /// Within the accounts; absent means every site.
    pub sites: Option<Vec<Uuid>>,
}

impl Access {
    /// Puts the lists in order and checks that they fit together.
    ///
    /// # Errors
    /// Field faults: sites without accounts, branches beside accounts, or an empty list of accounts.
    pub fn checked(mut self) -> Result<Self, Fault> {
        let mut faults = Vec::new();
        if self.sites.is_some() && self.accounts.is_none() {
            faults.push(Fault::field("/sites", "sites_without_accounts", "Sites narrow down accounts; name the accounts too."));
        }
        if self.branches.is_some() && self.accounts.is_some() {
            faults.push(Fault::field(
                "/branches",
                "branches_and_accounts",
                "Staff are limited by branches, customers by accounts; never both.",
            ));
        }
        for (list, pointer) in [(&mut self.branches, "/branches"), (&mut self.accounts, "/accounts"), (&mut self.sites, "/sites")] {
            if let Some(ids) = list {
                ids.sort_unstable();
                ids.dedup();
                if ids.is_empty() {
                    faults.push(Fault::field(pointer, "empty_list", "An empty list would see nothing; leave it out to mean all."));
                }
            }
        }
        Fault::all(faults)?;
        Ok(self)
    }

    /// True when every row of `other` is certainly a row of this access.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (&self.accounts, &self.branches) {
            (None, None) => true,
            (None, Some(mine)) => other.accounts.is_none() && other.branches.as_ref().is_some_and(|theirs| is_subset(theirs, mine)),
            (Some(mine), _) => {
                let accounts = other.accounts.as_ref().is_some_and(|theirs| is_subset(theirs, mine));
                let sites = match (&self.sites, &other.sites) {
                    (None, _) => true,
                    (Some(_), None) => false,
                    (Some(mine), Some(theirs)) => is_subset(theirs, mine),
                };
                accounts && sites
            }
        }
    }

    /// True for a portal customer's access.
    #[must_use]
    pub fn is_customer(&self) -> bool {
        self.accounts.is_some()
    }
}

fn is_subset(part: &[Uuid], whole: &[Uuid]) -> bool {
    part.iter().all(|id| whole.contains(id))
}

/// Permissions together with the rows they hold for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entitlement {
    pub permissions: Permissions,
    pub access: Access,
}

impl Entitlement {
    /// What the bearer of a token holds.
    #[must_use]
    pub fn of(claims: &Claims) -> Self {
        Self {
            permissions: Permissions::stored(claims.scope.split_ascii_whitespace()),
            access: Access { branches: claims.branches.clone(), accounts: claims.accounts.clone(), sites: claims.sites.clone() },
        }
    }

    /// Refuses to hand on, or to act upon someone who holds, more than this.
    ///
    /// # Errors
    /// 403 `exceeds_own_rights`.
    pub fn demand_cover(&self, other: &Self) -> Result<(), Fault> {
        if self.permissions.covers(&other.permissions) && self.access.covers(&other.access) {
            return Ok(());
        }
        Err(Fault::forbidden("exceeds_own_rights", "This would reach permissions or rows that you do not hold yourself."))
    }
}

#[cfg(test)]
mod tests {
    use kernel::id::new_uuid;

    use super::*;

    fn customer(accounts: &[Uuid], sites: Option<&[Uuid]>) -> Access {
        Access { branches: None, accounts: Some(accounts.to_vec()), sites: sites.map(<[Uuid]>::to_vec) }
    }

    fn staff(branches: &[Uuid]) -> Access {
        Access { branches: Some(branches.to_vec()), ..Access::default() }
    }

    #[test]
    fn nobody_reaches_rows_outside_their_own() {
        let [one, two, site] = [new_uuid(), new_uuid(), new_uuid()];
        let all = Access::default();
        for (mine, theirs, covered) in [
            (all.clone(), all.clone(), true),
            (all.clone(), customer(&[one], None), true),
            (staff(&[one, two]), staff(&[two]), true),
            (staff(&[one]), staff(&[one, two]), false),
            (staff(&[one]), all.clone(), false),
            (staff(&[one]), customer(&[one], None), false),
            (customer(&[one], None), customer(&[one], Some(&[site])), true),
            (customer(&[one], Some(&[site])), customer(&[one], None), false),
            (customer(&[one], None), customer(&[two], None), false),
            (customer(&[one], None), all, false),
        ] {
            assert_eq!(mine.covers(&theirs), covered, "{mine:?} {theirs:?}");
        }
    }

    #[test]
    fn lists_that_do_not_fit_together_are_all_reported() {
        let id = new_uuid();
        let fault = Access { branches: Some(vec![]), accounts: None, sites: Some(vec![id]) }.checked().unwrap_err();
        let codes: Vec<&str> = fault.errors.iter().map(|error| error.code.as_ref()).collect();
        assert_eq!(codes, ["sites_without_accounts", "empty_list"]);
        assert!(Access { branches: Some(vec![id]), accounts: Some(vec![id]), sites: None }.checked().is_err());
        assert_eq!(staff(&[id, id]).checked().unwrap(), staff(&[id]));
    }
}
