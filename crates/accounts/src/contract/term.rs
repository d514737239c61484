//! The dates of a contract: when a term ends, when the customer may give notice, when the statutory reminder is due.
//!
//! Every end is counted from the original anchor day, never chained from the last end, so that a contract of the 31st
//! stays one of the 31st. Nothing here knows rows or requests.

use chrono::NaiveDate;
use kernel::Fault;
use kernel::period::{add_days, add_months};
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

words! {
    /// What the first term is counted from.
    pub enum TermStart {
        /// The day of signature.
        Signature = "signature",
        /// A fixed day.
        Fixed = "fixed",
        /// The local date of the first completed service; until then the end is unknown.
        FirstService = "first_service",
    }

    /// What a notice received on some day is worth for a term's end.
    pub enum NoticeTiming {
        /// Before the window opens.
        Early = "early",
        /// Inside the window.
        Valid = "valid",
        /// After the window; it counts for the next term.
        Late = "late",
    }
}

/// How long the contract runs at first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Months of the first term; without it the contract has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 600, example = 36)]
    pub initial_months: Option<u32>,
    pub starts_on: TermStart,
    /// The day of a fixed start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_start: Option<NaiveDate>,
}

impl Term {
    /// # Errors
    /// A field fault when the day of a fixed start is missing, or given for another start.
    pub fn check(&self) -> Result<(), Fault> {
        match (self.starts_on, self.fixed_start) {
            (TermStart::Fixed, None) => Err(Fault::field("/fixed_start", "required", "A fixed start needs its day.")),
            (TermStart::Signature | TermStart::FirstService, Some(_)) => {
                Err(Fault::field("/fixed_start", "not_allowed", "Only a fixed start has a day of its own."))
            }
            _ => Ok(()),
        }
    }

    /// The day the first term starts, once it is known.
    #[must_use]
    pub const fn anchor(&self, signed_on: NaiveDate, first_service: Option<NaiveDate>) -> Option<NaiveDate> {
        match self.starts_on {
            TermStart::Signature => Some(signed_on),
            TermStart::Fixed => self.fixed_start,
            TermStart::FirstService => first_service,
        }
    }
}

/// When a notice of non-renewal counts: between `max_days` and `min_days` before the end, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoticeRule {
    #[schema(minimum = 0, maximum = 730, example = 90)]
    pub min_days: u16,
    #[schema(minimum = 0, maximum = 730, example = 180)]
    pub max_days: u16,
    /// A notice that comes too early is held and counts on the first day of the window; otherwise it is rejected.
    #[serde(default)]
    pub early_counts: bool,
}

/// What happens at the end of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    pub auto: bool,
    #[schema(minimum = 1, maximum = 600, example = 12)]
    pub months: u32,
    /// How often it renews at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub max_count: Option<u32>,
    pub customer_notice: NoticeRule,
    /// Days before the end by which we tell the customer that we do not renew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 730)]
    pub our_notice_days: Option<u16>,
}

impl Renewal {
    /// # Errors
    /// A field fault when the window closes before it opens.
    pub fn check(&self) -> Result<(), Fault> {
        if self.customer_notice.max_days < self.customer_notice.min_days {
            return Err(Fault::field("/customer_notice/max_days", "empty_window", "The window must open before it closes."));
        }
        Ok(())
    }
}

/// Days from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Window {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// The exclusive end of term `term_no` (1 is the first): anchor + initial + renewals, cut to the end of a shorter month.
///
/// # Errors
/// `overflow`.
pub fn term_end(anchor: NaiveDate, initial_months: u32, renewal_months: u32, term_no: u32) -> Result<NaiveDate, Fault> {
    let renewed = term_no.saturating_sub(1).checked_mul(renewal_months).ok_or_else(Fault::overflow)?;
    add_months(anchor, initial_months.checked_add(renewed).ok_or_else(Fault::overflow)?)
}

/// When a notice counts for the term that ends on `end`.
///
/// # Errors
/// `overflow`.
pub fn notice_window(end: NaiveDate, rule: NoticeRule) -> Result<Window, Fault> {
    Ok(Window { first: add_days(end, -i32::from(rule.max_days))?, last: add_days(end, -i32::from(rule.min_days))? })
}

/// Between which days the statutory reminder of the New York kind (General Obligations Law 5-903) must be served: 15 to 30
/// days before the last day for notice.
///
/// # Errors
/// `overflow`.
pub fn reminder_window(end: NaiveDate, rule: NoticeRule) -> Result<Window, Fault> {
    let deadline = notice_window(end, rule)?.last;
    Ok(Window { first: add_days(deadline, -30)?, last: add_days(deadline, -15)? })
}

/// What a notice received on `received` (a local date) is worth.
#[must_use]
pub fn notice_timing(window: Window, received: NaiveDate) -> NoticeTiming {
    if received < window.first {
        NoticeTiming::Early
    } else if received <= window.last {
        NoticeTiming::Valid
    } else {
        NoticeTiming::Late
    }
}

/// The dates of one term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TermDates {
    /// 1 is the first term.
    pub number: u32,
    pub start: NaiveDate,
    /// The first day after the term.
    pub end: NaiveDate,
    /// When the customer's notice counts; absent without a renewal rule.
    pub notice: Option<Window>,
    /// When a statutory reminder must be served.
    pub reminder: Option<Window>,
}

/// The term `number` of a contract that is counted from `anchor`; none when the contract has no end.
///
/// # Errors
/// `overflow`.
pub fn dates(anchor: NaiveDate, term: &Term, renewal: Option<&Renewal>, number: u32) -> Result<Option<TermDates>, Fault> {
    let Some(initial) = term.initial_months else { return Ok(None) };
    let months = renewal.map_or(0, |renewal| renewal.months);
    let end = term_end(anchor, initial, months, number)?;
    let start = if number <= 1 { anchor } else { term_end(anchor, initial, months, number - 1)? };
    let rule = renewal.map(|renewal| renewal.customer_notice);
    let notice = rule.map(|rule| notice_window(end, rule)).transpose()?;
    let reminder = rule.map(|rule| reminder_window(end, rule)).transpose()?;
    Ok(Some(TermDates { number, start, end, notice, reminder }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn agreement() -> (Term, Renewal) {
        let term = Term { initial_months: Some(36), starts_on: TermStart::FirstService, fixed_start: None };
        let customer_notice = NoticeRule { min_days: 90, max_days: 180, early_counts: false };
        (term, Renewal { auto: true, months: 12, max_count: None, customer_notice, our_notice_days: None })
    }

    /// Acceptance, accounts and pricing 15.
    #[test]
    fn the_windows_of_a_term_are_counted_from_its_end() {
        let (term, renewal) = agreement();
        assert_eq!(term.anchor(day("2023-01-05"), None), None);
        let anchor = term.anchor(day("2023-01-05"), Some(day("2023-04-01"))).unwrap();
        let first = dates(anchor, &term, Some(&renewal), 1).unwrap().unwrap();
        assert_eq!(first.end, day("2026-04-01"));
        let window = first.notice.unwrap();
        assert_eq!(window, Window { first: day("2025-10-03"), last: day("2026-01-01") });
        assert_eq!(first.reminder.unwrap(), Window { first: day("2025-12-02"), last: day("2025-12-17") });
        for (received, timing) in [
            ("2025-10-02", NoticeTiming::Early),
            ("2025-10-03", NoticeTiming::Valid),
            ("2026-01-01", NoticeTiming::Valid),
            ("2026-01-02", NoticeTiming::Late),
        ] {
            assert_eq!(notice_timing(window, day(received)), timing, "{received}");
        }
        let second = dates(anchor, &term, Some(&renewal), 2).unwrap().unwrap();
        assert_eq!((second.start, second.end), (day("2026-04-01"), day("2027-04-01")));
        assert_eq!(second.notice.unwrap().last, day("2027-01-01"));
    }

    #[test]
    fn ends_are_counted_from_the_anchor_day() {
        assert_eq!(term_end(day("2025-08-31"), 6, 1, 1).unwrap(), day("2026-02-28"));
        assert_eq!(term_end(day("2025-08-31"), 6, 1, 2).unwrap(), day("2026-03-31"));
    }

    #[test]
    fn a_contract_without_months_has_no_end() {
        let open = Term { initial_months: None, starts_on: TermStart::Signature, fixed_start: None };
        assert_eq!(dates(day("2026-01-01"), &open, None, 1).unwrap(), None);
        assert!(Term { starts_on: TermStart::Fixed, ..open.clone() }.check().is_err());
        assert!(Term { fixed_start: Some(day("2026-01-01")), ..open }.check().is_err());
    }
}
