//! Half-open periods of local dates: `[start, end)`, an absent end is open.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// From `start` on, until before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Period {
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
}

impl Period {
    /// # Errors
    /// `empty_period` when the end is not after the start.
    pub fn new(start: NaiveDate, end: Option<NaiveDate>) -> Result<Self, Fault> {
        if end.is_some_and(|end| end <= start) {
            return Err(Fault::invalid(
                "empty_period",
                "The end must be after the start: a period includes its start and excludes its end.",
            ));
        }
        Ok(Self { start, end })
    }

    #[must_use]
    pub const fn from(start: NaiveDate) -> Self {
        Self { start, end: None }
    }

    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.start <= date && self.end.is_none_or(|end| date < end)
    }

    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.end.is_none_or(|end| other.start < end) && other.end.is_none_or(|end| self.start < end)
    }
}

/// `date` plus `count` months counted from the anchor's own day, cut to the last day of a shorter month.
///
/// # Errors
/// `overflow` when the date leaves the supported calendar.
pub fn add_months(anchor: NaiveDate, count: u32) -> Result<NaiveDate, Fault> {
    anchor.checked_add_months(Months::new(count)).ok_or_else(Fault::overflow)
}

/// The first day of the month after `date`'s.
///
/// # Errors
/// `overflow` when the date leaves the supported calendar.
pub fn next_month(date: NaiveDate) -> Result<NaiveDate, Fault> {
    add_months(date.with_day(1).ok_or_else(Fault::overflow)?, 1)
}

/// `date` plus `days`, which may be negative.
///
/// # Errors
/// `overflow` when the date leaves the supported calendar.
pub fn add_days(date: NaiveDate, days: i32) -> Result<NaiveDate, Fault> {
    let distance = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 { date.checked_sub_days(distance) } else { date.checked_add_days(distance) }.ok_or_else(Fault::overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_end_is_excluded() {
        let march = Period::new(day("2026-03-01"), Some(day("2026-04-01"))).unwrap();
        assert!(march.contains(day("2026-03-31")));
        assert!(!march.contains(day("2026-04-01")));
        assert!(!march.overlaps(&Period::from(day("2026-04-01"))));
        assert!(march.overlaps(&Period::from(day("2026-03-31"))));
        assert!(Period::new(day("2026-03-01"), Some(day("2026-03-01"))).is_err());
    }

    #[test]
    fn months_are_counted_from_the_anchor() {
        assert_eq!(add_months(day("2026-01-31"), 1).unwrap(), day("2026-02-28"));
        assert_eq!(add_months(day("2026-01-31"), 2).unwrap(), day("2026-03-31"));
        assert_eq!(next_month(day("2026-12-31")).unwrap(), day("2027-01-01"));
    }
}
