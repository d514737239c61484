//! By when an order's papers must be ready: the noon rule. Pure.
//!
//! What comes in before the branch's cut-off on a business day is due at noon of the next business day; what comes in
//! later, or on a day when the branch is closed, one business day after that. When the service comes first, noon of the
//! business day before it. Nobody gets less than half an hour.

use chrono::Weekday::{Fri, Mon, Thu, Tue, Wed};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::calendar::{Calendar, Window, boundary};

const NOON: u16 = 12 * 60;
const AT_LEAST: TimeDelta = TimeDelta::minutes(30);
/// 17:00, where a branch names no cut-off.
const DEFAULT_CUT_OFF: u16 = 17 * 60;

/// When a branch works and until when a request counts as today's.
#[derive(Clone, Debug)]
pub struct Office {
    pub calendar: Calendar,
    /// Minutes from local midnight.
    pub cut_off: u16,
}

impl Office {
    /// Monday to Friday, 8 to 17, with the branch's cut-off as `HH:MM`.
    #[must_use]
    pub fn weekdays(zone: Tz, cut_off: Option<&str>) -> Self {
        let hours = Window { start_min: 8 * 60, end_min: 17 * 60 };
        let calendar = Calendar::new(zone).open_on([Mon, Tue, Wed, Thu, Fri], hours);
        Self { calendar, cut_off: cut_off.and_then(minutes).unwrap_or(DEFAULT_CUT_OFF) }
    }

    /// The office with other hours, when it has any.
    #[must_use]
    pub fn open_at(self, hours: Option<Calendar>) -> Self {
        Self { calendar: hours.unwrap_or(self.calendar), ..self }
    }

    fn noon(&self, date: NaiveDate) -> DateTime<Utc> {
        boundary(self.calendar.zone(), date, NOON)
    }

    /// The business day whose noon an intake is due at, service aside.
    fn day_for(&self, intake: DateTime<Utc>) -> Option<NaiveDate> {
        let today = self.calendar.date_of(intake);
        let in_time = self.calendar.is_business_day(today) && intake < boundary(self.calendar.zone(), today, self.cut_off);
        let next = self.calendar.next_business_day(today)?;
        if in_time { Some(next) } else { self.calendar.next_business_day(next) }
    }

    /// When the papers of an order are due.
    #[must_use]
    pub fn due(&self, intake: DateTime<Utc>, service: Option<NaiveDate>) -> DateTime<Utc> {
        let floor = intake + AT_LEAST;
        let regular = self.day_for(intake).map(|day| self.noon(day));
        let before_service = service.and_then(|date| self.calendar.previous_business_day(date)).map(|day| self.noon(day));
        regular.into_iter().chain(before_service).min().unwrap_or(floor).max(floor)
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let minute = minute.get(..2)?;
    let total = hour.parse::<u16>().ok()?.checked_mul(60)?.checked_add(minute.parse::<u16>().ok()?)?;
    (total <= 1_440).then_some(total)
}

#[cfg(test)]
mod tests {
    use chrono_tz::America::Chicago;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn due(intake: &str, service: Option<&str>) -> DateTime<Utc> {
        let office = Office::weekdays(Chicago, Some("17:00"));
        let thanksgiving = "2026-11-26".parse().unwrap();
        let office = Office { calendar: office.calendar.except(thanksgiving, Vec::new()), ..office };
        office.due(at(intake), service.map(|date| date.parse().unwrap()))
    }

    #[test]
    fn before_the_cut_off_it_is_noon_of_the_next_business_day() {
        assert_eq!(due("2026-11-16T22:59:59Z", None), at("2026-11-17T18:00:00Z"));
        assert_eq!(due("2026-11-20T22:40:00Z", None), at("2026-11-23T18:00:00Z"));
    }

    #[test]
    fn at_the_cut_off_and_later_it_is_one_business_day_more() {
        assert_eq!(due("2026-11-16T23:00:00Z", None), at("2026-11-18T18:00:00Z"));
        assert_eq!(due("2026-11-20T23:05:00Z", None), at("2026-11-24T18:00:00Z"));
        assert_eq!(due("2026-11-25T23:05:00Z", None), at("2026-11-30T18:00:00Z"));
    }

    #[test]
    fn a_closed_day_counts_as_after_the_cut_off_of_the_day_before() {
        assert_eq!(due("2026-11-21T15:00:00Z", None), due("2026-11-20T23:05:00Z", None));
        assert_eq!(due("2026-11-26T15:00:00Z", None), at("2026-11-30T18:00:00Z"));
    }

    #[test]
    fn a_service_that_comes_first_pulls_it_forward_but_never_below_half_an_hour() {
        assert_eq!(due("2026-11-16T15:00:00Z", Some("2026-11-20")), at("2026-11-17T18:00:00Z"));
        assert_eq!(due("2026-11-16T15:00:00Z", Some("2026-11-17")), at("2026-11-16T18:00:00Z"));
        assert_eq!(due("2026-11-16T17:45:00Z", Some("2026-11-17")), at("2026-11-16T18:15:00Z"));
        assert_eq!(due("2026-11-16T20:00:00Z", Some("2026-11-16")), at("2026-11-16T20:30:00Z"));
        assert_eq!(due("2026-11-20T23:05:00Z", Some("2026-11-24")), at("2026-11-23T18:00:00Z"));
    }

    #[test]
    fn noon_is_local_noon_on_both_sides_of_a_change_of_the_clocks() {
        assert_eq!(due("2026-03-06T20:00:00Z", None), at("2026-03-09T17:00:00Z"));
        assert_eq!(due("2026-10-30T20:00:00Z", None), at("2026-11-02T18:00:00Z"));
    }

    #[test]
    fn a_cut_off_that_is_no_time_is_the_usual_one() {
        assert_eq!(Office::weekdays(Chicago, Some("late")).cut_off, DEFAULT_CUT_OFF);
        assert_eq!(Office::weekdays(Chicago, Some("15:30:00")).cut_off, 930);
    }
}
