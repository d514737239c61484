//! Records that are only ever added, or withdrawn: which of them holds for a day, as known at an instant. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Something that holds from a day on, until a later record takes its place.
pub trait Dated {
    /// The day, when it was recorded, and its id, which decides between two of one instant.
    fn since(&self) -> (NaiveDate, DateTime<Utc>, Uuid);

    /// When it was withdrawn.
    fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// The record that holds on `date` as known at `known_at`: the latest day's, of one day's the one recorded last.
pub fn in_force<'a, T: Dated>(records: impl IntoIterator<Item = &'a T>, date: NaiveDate, known_at: DateTime<Utc>) -> Option<&'a T> {
    let holds = |record: &&T| {
        let (day, recorded_at, _) = record.since();
        day <= date && recorded_at <= known_at && record.withdrawn_at().is_none_or(|withdrawn| known_at < withdrawn)
    };
    records.into_iter().filter(holds).max_by_key(|record| record.since())
}
