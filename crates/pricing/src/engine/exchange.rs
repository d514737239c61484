//! Which exchange rate holds for a day, as known at an instant. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::ExchangeRateId;
use kernel::{Currency, FxRate};

use super::line::Exchange;

/// A rate from a day on, until a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    pub id: ExchangeRateId,
    pub from: Currency,
    pub to: Currency,
    /// What one unit of `from` is in `to`.
    pub rate: FxRate,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
}

/// The rates into `to` that hold on `date` as known at `known_at`: of each currency the latest day's, of one day's the one recorded last.
#[must_use]
pub fn in_force(rates: &[ExchangeRate], to: Currency, date: NaiveDate, known_at: DateTime<Utc>) -> Vec<Exchange> {
    let mut latest: BTreeMap<String, &ExchangeRate> = BTreeMap::new();
    for rate in rates.iter().filter(|rate| rate.to == to && rate.effective_on <= date && rate.recorded_at <= known_at) {
        let order = |rate: &ExchangeRate| (rate.effective_on, rate.recorded_at, rate.id);
        let held = latest.entry(rate.from.to_string()).or_insert(rate);
        if order(rate) > order(held) {
            *held = rate;
        }
    }
    latest.into_values().map(|rate| Exchange { id: rate.id, from: rate.from, rate: rate.rate }).collect()
}
