//! Local wall time and instants.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The instant of minute `minute` (0 to 1440) of a local date. Inside a spring gap it is the transition's instant, inside
/// an autumn fold the earlier one: so later minutes never come before earlier ones.
#[must_use]
pub fn boundary(zone: Tz, date: NaiveDate, minute: u16) -> DateTime<Utc> {
    let local = NaiveDateTime::new(date, NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.with_timezone(&Utc),
        LocalResult::None => transition(zone, local),
    }
}

/// The instant at which the clocks jump over the local time `local`.
fn transition(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let shift_at = |at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
    let (mut before, mut after) = (local - TimeDelta::days(1), local + TimeDelta::days(1));
    let old = shift_at(before);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if shift_at(middle) == old {
            before = middle;
        } else {
            after = middle;
        }
    }
    after.and_utc()
}

/// The local date of an instant.
#[must_use]
pub fn date_of(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The instant at which a local date begins.
#[must_use]
pub fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    boundary(zone, date, 0)
}

/// The instant of a local date and time; a time inside a spring gap moves forward by the gap, the first of two is taken
/// in autumn. For appointments and recurrences, not for windows.
#[must_use]
pub fn at_local(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.with_timezone(&Utc),
        LocalResult::None => {
            let before = local.checked_sub_days(Days::new(1)).unwrap_or(local);
            let shift = zone.offset_from_utc_datetime(&before).fix().local_minus_utc();
            (local - TimeDelta::seconds(i64::from(shift))).and_utc()
        }
    }
}
