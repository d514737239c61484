//! Records that are only ever added: which of them holds for a day, as known at an instant. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Something that holds from a day on, until a later record takes its place.
pub trait Dated {
    fn id(&self) -> Uuid;
    fn effective_on(&self) -> NaiveDate;
    fn recorded_at(&self) -> DateTime<Utc>;
}

/// The record that holds on `date` as known at `known_at`: the latest day's, of one day's the one recorded last.
pub fn in_force<'a, T: Dated>(records: impl IntoIterator<Item = &'a T>, date: NaiveDate, known_at: DateTime<Utc>) -> Option<&'a T> {
    let known = records.into_iter().filter(|record| record.effective_on() <= date && record.recorded_at() <= known_at);
    known.max_by_key(|record| (record.effective_on(), record.recorded_at(), record.id()))
}
