//! A recurrence rule (RFC 5545, section 3.3.10), parsed and checked.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};
use kernel::Fault;

/// The unit that a rule counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The last instant a rule may produce, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Instant(DateTime<Utc>),
    Local(NaiveDateTime),
}

/// A weekday, or the nth of its kind in the month or year (negative counts from the end).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByDay {
    pub ordinal: Option<i32>,
    pub day: Weekday,
}

/// A recurrence rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub frequency: Frequency,
    pub interval: u32,
    pub count: Option<u32>,
    pub until: Option<Until>,
    pub week_start: Weekday,
    pub by_month: Vec<i32>,
    pub by_week: Vec<i32>,
    pub by_year_day: Vec<i32>,
    pub by_month_day: Vec<i32>,
    pub by_day: Vec<ByDay>,
    pub by_hour: Vec<i32>,
    pub by_minute: Vec<i32>,
    pub by_set_pos: Vec<i32>,
    /// Liaison's own extension `MONTH-END=CLAMP`: the 31st is the last day in shorter months, instead of none.
    pub clamp_to_month_end: bool,
}

fn refuse(message: impl Into<String>) -> Fault {
    Fault::field("/rrule", "invalid_rrule", message)
}

impl FromStr for Rule {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            by_month: Vec::new(),
            by_week: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_set_pos: Vec::new(),
            clamp_to_month_end: false,
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| refuse(format!("{part:?} is not NAME=VALUE.")))?;
            if seen.contains(&name) {
                return Err(refuse(format!("{name} is there twice.")));
            }
            seen.push(name);
            rule.take(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err(refuse("FREQ is required."));
        }
        rule.check()
    }
}

impl Rule {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => self.interval = positive(name, value)?,
            "COUNT" => self.count = Some(positive(name, value)?),
            "UNTIL" => self.until = Some(until(value)?),
            "WKST" => self.week_start = weekday(value)?,
            "BYMONTH" => self.by_month = numbers(name, value, 1, 12, false)?,
            "BYWEEKNO" => self.by_week = numbers(name, value, 1, 53, true)?,
            "BYYEARDAY" => self.by_year_day = numbers(name, value, 1, 366, true)?,
            "BYMONTHDAY" => self.by_month_day = numbers(name, value, 1, 31, true)?,
            "BYDAY" => self.by_day = value.split(',').map(by_day).collect::<Result<_, _>>()?,
            "BYHOUR" => self.by_hour = numbers(name, value, 0, 23, false)?,
            "BYMINUTE" => self.by_minute = numbers(name, value, 0, 59, false)?,
            "BYSETPOS" => self.by_set_pos = numbers(name, value, 1, 366, true)?,
            "MONTH-END" if value == "CLAMP" => self.clamp_to_month_end = true,
            other => return Err(refuse(format!("{other} is not supported."))),
        }
        Ok(())
    }

    fn check(self) -> Result<Self, Fault> {
        if self.count.is_some() && self.until.is_some() {
            return Err(refuse("COUNT and UNTIL exclude each other."));
        }
        let coarse = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        if !coarse && self.by_day.iter().any(|by_day| by_day.ordinal.is_some()) {
            return Err(refuse("An ordinal in BYDAY needs FREQ=MONTHLY or FREQ=YEARLY."));
        }
        if self.frequency != Frequency::Yearly && !self.by_week.is_empty() {
            return Err(refuse("BYWEEKNO needs FREQ=YEARLY."));
        }
        Ok(self)
    }

    /// True when a part says which days; otherwise they follow from the start.
    pub(super) fn says_which_days(&self) -> bool {
        !(self.by_week.is_empty() && self.by_year_day.is_empty() && self.by_month_day.is_empty() && self.by_day.is_empty())
    }
}

fn frequency(value: &str) -> Result<Frequency, Fault> {
    match value {
        "MINUTELY" => Ok(Frequency::Minutely),
        "HOURLY" => Ok(Frequency::Hourly),
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        other => Err(refuse(format!("FREQ={other} is not supported."))),
    }
}

fn positive(name: &str, value: &str) -> Result<u32, Fault> {
    let number = value.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| refuse(format!("{name} must be 1 to 10000.")))
}

fn numbers(name: &str, value: &str, least: i32, most: i32, negative: bool) -> Result<Vec<i32>, Fault> {
    let fits = |number: &i32| (least..=most).contains(number) || (negative && (least..=most).contains(&-number));
    let one =
        |text: &str| text.parse().ok().filter(fits).ok_or_else(|| refuse(format!("{name} must hold numbers from {least} to {most}.")));
    let mut numbers: Vec<i32> = value.split(',').map(one).collect::<Result<_, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn weekday(value: &str) -> Result<Weekday, Fault> {
    match value {
        "MO" => Ok(Weekday::Mon),
        "TU" => Ok(Weekday::Tue),
        "WE" => Ok(Weekday::Wed),
        "TH" => Ok(Weekday::Thu),
        "FR" => Ok(Weekday::Fri),
        "SA" => Ok(Weekday::Sat),
        "SU" => Ok(Weekday::Sun),
        other => Err(refuse(format!("{other:?} is not a weekday."))),
    }
}

fn by_day(text: &str) -> Result<ByDay, Fault> {
    let split = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at));
    let (ordinal, day) = split.ok_or_else(|| refuse(format!("{text:?} is not a weekday.")))?;
    let ordinal = match ordinal {
        "" => None,
        digits => {
            let number = digits.parse::<i32>().ok().filter(|number| *number != 0 && number.abs() <= 53);
            Some(number.ok_or_else(|| refuse(format!("{text:?} has no ordinal from 1 to 53.")))?)
        }
    };
    Ok(ByDay { ordinal, day: weekday(day)? })
}

fn until(value: &str) -> Result<Until, Fault> {
    let unreadable = |_| refuse("UNTIL must be like 20261231, 20261231T170000 or 20261231T170000Z.");
    if let Some(utc) = value.strip_suffix('Z') {
        return NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").map(|local| Until::Instant(local.and_utc())).map_err(unreadable);
    }
    if value.contains('T') {
        return NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").map(Until::Local).map_err(unreadable);
    }
    let date = NaiveDate::parse_from_str(value, "%Y%m%d").map_err(unreadable)?;
    Ok(Until::Local(date.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::seconds(86_399)))
}
