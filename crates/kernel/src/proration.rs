//! A monthly price for part of a month, and what a change of plan in mid-period credits and charges.
//!
//! Days are whole local dates, both ends inclusive as people write them. Each amount is rounded once.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::money::Money;
use crate::rounding::Rounding;

/// What a month's price is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// The days of the month that the part lies in.
    #[default]
    ActualDaysInMonth,
    /// Every month counts as 30 days.
    #[serde(rename = "30_day_month")]
    ThirtyDayMonth,
    /// Twelve monthly prices over 365 days.
    #[serde(rename = "actual_365")]
    Actual365,
}

/// What a change of plan does to the period already charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanChange {
    /// The unused part of the old price.
    pub credit: Money,
    /// The same part of the new price.
    pub charge: Money,
    /// Charge minus credit.
    pub net: Money,
}

/// The days from `first` to `last`, both counted.
///
/// # Errors
/// `invalid_period` when `last` is before `first`.
pub fn days(first: NaiveDate, last: NaiveDate) -> Result<i64, Fault> {
    let days = (last - first).num_days() + 1;
    if days < 1 {
        return Err(Fault::invalid("invalid_period", "The period ends before it begins."));
    }
    Ok(days)
}

/// The part of a monthly price that falls to `first..=last`, which lie in one month.
///
/// # Errors
/// `invalid_period` when they do not; `overflow`.
pub fn prorate_monthly(price: Money, first: NaiveDate, last: NaiveDate, count: DayCount, mode: Rounding) -> Result<Money, Fault> {
    let days = days(first, last)?;
    if (first.year(), first.month()) != (last.year(), last.month()) {
        return Err(Fault::invalid("invalid_period", "Prorate one month at a time."));
    }
    match count {
        DayCount::ActualDaysInMonth => price.times_fraction(days, i64::from(first.num_days_in_month()), mode),
        DayCount::ThirtyDayMonth => price.times_fraction(days, 30, mode),
        DayCount::Actual365 => price.times_fraction(days * 12, 365, mode),
    }
}

/// Credit and charge for the days from `effective` to the end of the period, which is `start..=end`.
///
/// # Errors
/// `invalid_period` when the change lies outside the period; `currency_mismatch`; `overflow`.
pub fn change_plan(old: Money, new: Money, (start, end): (NaiveDate, NaiveDate), effective: NaiveDate) -> Result<PlanChange, Fault> {
    if effective < start {
        return Err(Fault::invalid("invalid_period", "The change lies before the period."));
    }
    let (remaining, whole) = (days(effective, end)?, days(start, end)?);
    let credit = old.times_fraction(remaining, whole, Rounding::HalfUp)?;
    let charge = new.times_fraction(remaining, whole, Rounding::HalfUp)?;
    Ok(PlanChange { credit, charge, net: charge.minus(credit)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_whole_month_costs_the_whole_price() {
        let price = Money::from_minor(10_000, Currency::USD);
        let whole = prorate_monthly(price, date("2024-02-01"), date("2024-02-29"), DayCount::ActualDaysInMonth, Rounding::HalfUp);
        assert_eq!(whole.unwrap(), price);
    }

    #[test]
    fn periods_that_make_no_sense_are_refused() {
        let price = Money::from_minor(10_000, Currency::USD);
        let (first, last) = (date("2026-01-31"), date("2026-02-01"));
        assert!(prorate_monthly(price, first, last, DayCount::ThirtyDayMonth, Rounding::HalfUp).is_err());
        assert!(prorate_monthly(price, last, first, DayCount::ThirtyDayMonth, Rounding::HalfUp).is_err());
        assert!(change_plan(price, price, (first, last), date("2026-01-30")).is_err());
    }

    proptest! {
        #[test]
        fn a_change_to_the_same_price_nets_to_nothing(minor in 0_i64..10_000_000, day in 0_i64..31) {
            let price = Money::from_minor(minor, Currency::USD);
            let (start, end) = (date("2026-01-01"), date("2026-01-31"));
            let change = change_plan(price, price, (start, end), start + chrono::TimeDelta::days(day)).unwrap();
            prop_assert!(change.net.is_zero());
            prop_assert!(change.credit.minor() <= minor);
        }
    }
}
