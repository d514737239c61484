//! Aging buckets: how long past its due date each open amount is. Pure.

use chrono::NaiveDate;
use kernel::Fault;

/// The number of buckets: current, 1-30, 31-60, 61-90, 91-120, over 120 days past due.
pub const BUCKETS: usize = 6;

/// The last day past due of each bucket but the last.
pub const LIMITS: [i64; BUCKETS - 1] = [0, 30, 60, 90, 120];

/// The bucket of an item due on `due`, as of a date: not yet past due is the first.
#[must_use]
pub fn bucket(as_of: NaiveDate, due: NaiveDate) -> usize {
    let days = as_of.signed_duration_since(due).num_days();
    LIMITS.iter().position(|limit| days <= *limit).unwrap_or(LIMITS.len())
}

/// Open amounts of one account and currency by bucket, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aged {
    pub buckets: [i64; BUCKETS],
    pub unapplied_cash: i64,
    pub unapplied_credits: i64,
}

impl Aged {
    /// Adds an open amount.
    ///
    /// # Errors
    /// `overflow`.
    pub fn add(&mut self, bucket: usize, amount: i64) -> Result<(), Fault> {
        let Some(slot) = self.buckets.get_mut(bucket) else { return Err(Fault::overflow()) };
        *slot = slot.checked_add(amount).ok_or_else(Fault::overflow)?;
        Ok(())
    }

    /// All buckets together.
    ///
    /// # Errors
    /// `overflow`.
    pub fn total(&self) -> Result<i64, Fault> {
        self.buckets.iter().try_fold(0_i64, |sum, amount| sum.checked_add(*amount)).ok_or_else(Fault::overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acceptance_17_items_fall_into_their_buckets() {
        let as_of = "2026-06-30".parse().unwrap();
        let dues = ["2026-06-30", "2026-06-29", "2026-05-31", "2026-05-30", "2026-05-01", "2026-04-30", "2026-04-01", "2026-03-31"];
        let mut aged = Aged::default();
        let mut amount = 100;
        for due in dues {
            aged.add(bucket(as_of, due.parse().unwrap()), amount).unwrap();
            amount *= 2;
        }
        // 31 March is 91 days past due on 30 June.
        assert_eq!(aged.buckets, [100, 600, 2_400, 9_600, 12_800, 0]);
        assert_eq!(aged.total().unwrap(), 25_500);
    }
}
