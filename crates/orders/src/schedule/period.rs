//! The periods a rule steps through (each a year, month, week, day, hour or minute) and the days inside one.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};

use super::rule::{ByDay, Frequency, Rule};

/// The first day or instant of the period that holds `start`.
pub(super) fn first(rule: &Rule, start: NaiveDateTime) -> Option<NaiveDateTime> {
    let date = start.date();
    let date = match rule.frequency {
        Frequency::Yearly => NaiveDate::from_ymd_opt(date.year(), 1, 1)?,
        Frequency::Monthly => date.with_day(1)?,
        Frequency::Weekly => date.checked_sub_days(Days::new(u64::from(days_since(date.weekday(), rule.week_start))))?,
        Frequency::Daily => date,
        Frequency::Hourly => return start.date().and_hms_opt(start.hour(), 0, start.second()),
        Frequency::Minutely => return Some(start),
    };
    Some(date.and_time(NaiveTime::MIN))
}

/// The period `interval` units after `period`.
pub(super) fn next(rule: &Rule, period: NaiveDateTime) -> Option<NaiveDateTime> {
    let interval = i64::from(rule.interval);
    match rule.frequency {
        Frequency::Yearly => period.checked_add_months(Months::new(rule.interval.checked_mul(12)?)),
        Frequency::Monthly => period.checked_add_months(Months::new(rule.interval)),
        Frequency::Weekly => period.checked_add_signed(TimeDelta::weeks(interval)),
        Frequency::Daily => period.checked_add_signed(TimeDelta::days(interval)),
        Frequency::Hourly => period.checked_add_signed(TimeDelta::hours(interval)),
        Frequency::Minutely => period.checked_add_signed(TimeDelta::minutes(interval)),
    }
}

fn days_since(day: Weekday, first: Weekday) -> u32 {
    (day.num_days_from_monday() + 7 - first.num_days_from_monday()) % 7
}

/// The days of a period that the rule takes.
pub(super) fn days(rule: &Rule, period: NaiveDateTime, start: NaiveDateTime) -> Vec<NaiveDate> {
    let first = period.date();
    let end = match rule.frequency {
        Frequency::Yearly => first.checked_add_months(Months::new(12)),
        Frequency::Monthly => first.checked_add_months(Months::new(1)),
        Frequency::Weekly => first.checked_add_days(Days::new(7)),
        _ => first.succ_opt(),
    };
    let Some(end) = end else { return Vec::new() };
    first.iter_days().take_while(|date| *date < end).filter(|date| takes(rule, *date, start.date())).collect()
}

fn takes(rule: &Rule, date: NaiveDate, start: NaiveDate) -> bool {
    let month = number(date.month());
    let any = |list: &[i32], value: i32| list.is_empty() || list.contains(&value);
    if !any(&rule.by_month, month) {
        return false;
    }
    if !rule.says_which_days() {
        return follows_start(rule, date, start);
    }
    let length = if date.leap_year() { 366 } else { 365 };
    let year_day = number(date.ordinal());
    any_of_both(&rule.by_year_day, year_day, length)
        && (rule.by_month_day.is_empty() || month_day(rule, date, &rule.by_month_day))
        && (rule.by_week.is_empty() || in_week(rule, date))
        && (rule.by_day.is_empty() || rule.by_day.iter().any(|by_day| is_day(rule, date, *by_day)))
}

/// Without any part that names days, they are the start's own.
fn follows_start(rule: &Rule, date: NaiveDate, start: NaiveDate) -> bool {
    match rule.frequency {
        Frequency::Yearly => (!rule.by_month.is_empty() || date.month() == start.month()) && month_day(rule, date, &[number(start.day())]),
        Frequency::Monthly => month_day(rule, date, &[number(start.day())]),
        Frequency::Weekly => date.weekday() == start.weekday(),
        Frequency::Daily | Frequency::Hourly | Frequency::Minutely => true,
    }
}

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// `value` counted from the front or, by a negative number, from the back of `length`.
fn any_of_both(list: &[i32], value: i32, length: i32) -> bool {
    list.is_empty() || list.contains(&value) || list.contains(&(value - length - 1))
}

fn month_day(rule: &Rule, date: NaiveDate, wanted: &[i32]) -> bool {
    let length = i32::from(date.num_days_in_month());
    let day = number(date.day());
    let clamped = rule.clamp_to_month_end && day == length && wanted.iter().any(|wanted| *wanted > length);
    clamped || any_of_both(wanted, day, length)
}

/// The week of the year by the rule's first weekday: week 1 has at least four days in the year.
fn in_week(rule: &Rule, date: NaiveDate) -> bool {
    let week = |date: NaiveDate| {
        let offset = i64::from(days_since(date.weekday(), rule.week_start));
        // The week belongs to the year of its fourth day.
        let fourth = date + TimeDelta::days(3 - offset);
        (fourth.year(), number(fourth.ordinal0() / 7 + 1))
    };
    let (year, number_of) = week(date);
    if year != date.year() {
        return false;
    }
    let last = NaiveDate::from_ymd_opt(year, 12, 28)
        .map_or(52, |date| week(date).1.max(week(date + TimeDelta::days(3)).1 * i32::from(week(date + TimeDelta::days(3)).0 == year)));
    any_of_both(&rule.by_week, number_of, last)
}

/// True when the date is the wanted weekday, or the wanted one of its month or year.
fn is_day(rule: &Rule, date: NaiveDate, wanted: ByDay) -> bool {
    if date.weekday() != wanted.day {
        return false;
    }
    let Some(ordinal) = wanted.ordinal else { return true };
    let of_year = rule.frequency == Frequency::Yearly && rule.by_month.is_empty();
    let (index, length) = if of_year {
        (number(date.ordinal0()), if date.leap_year() { 366 } else { 365 })
    } else {
        (number(date.day0()), i32::from(date.num_days_in_month()))
    };
    if ordinal > 0 { index / 7 + 1 == ordinal } else { (length - 1 - index) / 7 + 1 == -ordinal }
}

/// The times of day in a period.
pub(super) fn times(rule: &Rule, period: NaiveDateTime, start: NaiveDateTime) -> Vec<NaiveTime> {
    let or = |list: &[i32], own: u32| if list.is_empty() { vec![number(own)] } else { list.to_vec() };
    let hours = match rule.frequency {
        Frequency::Hourly | Frequency::Minutely => kept(&rule.by_hour, period.hour()),
        _ => or(&rule.by_hour, start.hour()),
    };
    let minutes = match rule.frequency {
        Frequency::Minutely => kept(&rule.by_minute, period.minute()),
        _ => or(&rule.by_minute, start.minute()),
    };
    let mut times = Vec::with_capacity(hours.len() * minutes.len());
    for hour in &hours {
        for minute in &minutes {
            let (hour, minute) = (u32::try_from(*hour).unwrap_or(0), u32::try_from(*minute).unwrap_or(0));
            times.extend(NaiveTime::from_hms_opt(hour, minute, start.second()));
        }
    }
    times
}

/// The period's own hour or minute, when the rule keeps it.
fn kept(list: &[i32], own: u32) -> Vec<i32> {
    let own = number(own);
    if list.is_empty() || list.contains(&own) { vec![own] } else { Vec::new() }
}
