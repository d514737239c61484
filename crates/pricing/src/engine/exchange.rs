//! Which exchange rate holds for a day, as known at an instant. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::ExchangeRateId;
use kernel::{Currency, FxRate};
use uuid::Uuid;

use super::dated::{self, Dated};
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

impl Dated for ExchangeRate {
    fn since(&self) -> (NaiveDate, DateTime<Utc>, Uuid) {
        (self.effective_on, self.recorded_at, self.id.uuid())
    }
}

/// The rates into `to` that hold on `date` as known at `known_at`: of each currency the latest day's, of one day's the one recorded last.
#[must_use]
pub fn in_force(rates: &[ExchangeRate], to: Currency, date: NaiveDate, known_at: DateTime<Utc>) -> Vec<Exchange> {
    let mut from: BTreeMap<&str, Vec<&ExchangeRate>> = BTreeMap::new();
    for rate in rates.iter().filter(|rate| rate.to == to) {
        from.entry(rate.from.code()).or_default().push(rate);
    }
    let held = from.into_values().filter_map(|rates| dated::in_force(rates, date, known_at));
    held.map(|rate| Exchange { id: rate.id, from: rate.from, rate: rate.rate }).collect()
}
