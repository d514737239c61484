//! Values of published indexes, such as a fuel price: which one counts for a day, and whether it is still fresh.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::UnitPrice;
use kernel::id::IndexValueId;
use serde::Serialize;
use uuid::Uuid;

use super::dated::{Dated, in_force};

/// A value of an index, as published on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexValue {
    pub id: IndexValueId,
    /// Names the index.
    pub index: String,
    pub value: UnitPrice,
    pub published_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    /// From then on it is as if it had never been recorded.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Dated for IndexValue {
    fn since(&self) -> (NaiveDate, DateTime<Utc>, Uuid) {
        (self.published_on, self.recorded_at, self.id.uuid())
    }

    fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.withdrawn_at
    }
}

/// The value that a surcharge was read at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading<'a> {
    pub index: &'a str,
    pub value: UnitPrice,
    pub value_id: IndexValueId,
    pub published_on: NaiveDate,
    /// The ISO week of publication.
    pub published_week: String,
    /// The value that was due is missing, so that an older one counts.
    pub index_stale: bool,
}

/// The value published last on or before `date`; it is stale when it is `fresh_days` old.
#[must_use]
pub fn read<'a>(
    values: &'a [IndexValue],
    index: &str,
    (date, fresh_days): (NaiveDate, u16),
    known_at: DateTime<Utc>,
) -> Option<Reading<'a>> {
    let value = in_force(values.iter().filter(|value| value.index == index), date, known_at)?;
    let week = value.published_on.iso_week();
    Some(Reading {
        index: &value.index,
        value: value.value,
        value_id: value.id,
        published_on: value.published_on,
        published_week: format!("{}-W{:02}", week.year(), week.week()),
        index_stale: (date - value.published_on).num_days() >= i64::from(fresh_days),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::samples::{day, instant};

    #[test]
    fn the_last_value_on_or_before_the_day_counts_and_an_old_one_is_stale() {
        let value = |value: &str, published_on: &str, recorded_at: &str| IndexValue {
            id: IndexValueId::generate(),
            index: "DOE".into(),
            value: value.parse().unwrap(),
            published_on: day(published_on),
            recorded_at: instant(recorded_at),
            withdrawn_at: None,
        };
        let values = [
            value("3.80", "2026-03-09", "2026-03-09T12:00:00Z"),
            value("3.90", "2026-03-16", "2026-03-16T12:00:00Z"),
            value("3.95", "2026-03-16", "2026-03-18T12:00:00Z"),
        ];
        let now = instant("2026-04-01T00:00:00Z");
        let on = |date: &str, known_at| {
            read(&values, "DOE", (day(date), 7), known_at).map(|read| (read.value.to_string(), read.published_week, read.index_stale))
        };
        assert_eq!(on("2026-03-15", now), Some(("3.80".into(), "2026-W11".into(), false)));
        assert_eq!(on("2026-03-16", now), Some(("3.95".into(), "2026-W12".into(), false)));
        assert_eq!(on("2026-03-16", instant("2026-03-17T00:00:00Z")), Some(("3.90".into(), "2026-W12".into(), false)));
        assert_eq!(on("2026-03-23", now), Some(("3.95".into(), "2026-W12".into(), true)));
        assert_eq!(on("2026-03-08", now), None);
    }
}
