//! A territory and its rules: where it lies, when it is in effect, what meets it.

use chrono::NaiveDate;
use kernel::id::{AccountId, BranchId, TerritoryId};
use kernel::{Fault, Period};
use platform::stamp::Stamp;

use super::postal::{PostalCode, PostalRange};

/// Places that a branch looks after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory {
    pub id: TerritoryId,
    pub stamp: Stamp,
    pub name: String,
    pub branch_id: BranchId,
    pub postal_ranges: Vec<PostalRange>,
    /// Accounts that belong to it wherever their sites are.
    pub account_ids: Vec<AccountId>,
    /// Local dates of the branch.
    pub period: Period,
}

impl Territory {
    /// True when it looks after a place on a day.
    #[must_use]
    pub fn holds(&self, place: &PostalCode, date: NaiveDate) -> bool {
        self.period.contains(date) && self.postal_ranges.iter().any(|range| range.holds(place))
    }

    /// True when it names the account and is in effect on a day.
    #[must_use]
    pub fn names(&self, account: AccountId, date: NaiveDate) -> bool {
        self.period.contains(date) && self.account_ids.contains(&account)
    }

    /// # Errors
    /// 409 `territory_overlap` with the ids of both, when another holds one of its places or accounts on some day.
    pub fn check_overlap(&self, others: &[Self]) -> Result<(), Fault> {
        let Some(other) = others.iter().find(|other| self.meets(other)) else { return Ok(()) };
        let detail = format!("The territories {} and {} would hold the same places or accounts at the same time.", self.name, other.name);
        Err(Fault::conflict("territory_overlap", detail).with_conflicts([other.id.uuid(), self.id.uuid()]))
    }

    fn meets(&self, other: &Self) -> bool {
        let shared_place = || self.postal_ranges.iter().any(|range| other.postal_ranges.iter().any(|theirs| range.meets(theirs)));
        let shared_account = || self.account_ids.iter().any(|account| other.account_ids.contains(account));
        self.id != other.id && self.period.overlaps(&other.period) && (shared_place() || shared_account())
    }
}

/// # Errors
/// A fault for each range of a list that is none.
pub(crate) fn checked_ranges(ranges: &[PostalRange]) -> Result<Vec<PostalRange>, Fault> {
    let (mut sound, mut faults) = (Vec::with_capacity(ranges.len()), Vec::new());
    for (index, range) in ranges.iter().enumerate() {
        match range.checked() {
            Ok(range) => sound.push(range),
            Err(fault) => faults.push(fault.under(&format!("/postal_ranges/{index}"))),
        }
    }
    Fault::all(faults)?;
    Ok(sound)
}
