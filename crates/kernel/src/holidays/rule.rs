//! How one holiday finds its dates: fixed, by weekday, by Easter, or decreed. No region is named here.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::Observed;

/// One holiday of one region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    when: When,
    first: i32,
    last: i32,
    every: i32,
    observance: Observance,
}

#[derive(Clone, Copy, Debug)]
enum When {
    /// Month and day.
    Fixed(u32, u32),
    /// The nth weekday of a month, and so many days after it.
    Nth { nth: u8, day: Weekday, month: u32, plus: i64 },
    /// The last such weekday on or before a date.
    OnOrBefore { day: Weekday, month: u32, latest: u32 },
    /// Days from Easter Sunday.
    Easter(i64),
    /// Set by proclamation or by another calendar, for the listed (year, month, day) only.
    Decreed(&'static [(i32, u32, u32)]),
}

/// What happens when the date falls at the weekend: days to move by from a Friday, Saturday and Sunday; 0 is not at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observance {
    friday: i64,
    saturday: i64,
    sunday: i64,
    /// The holiday itself moves, instead of a second day being named "(observed)".
    instead: bool,
}

const NEVER: Observance = shift(0, 0, 0);
/// Saturday to Friday, Sunday to Monday.
pub(super) const NEAREST: Observance = shift(0, -1, 1);
pub(super) const SUNDAY_TO_MONDAY: Observance = shift(0, 0, 1);
pub(super) const TO_MONDAY: Observance = shift(0, 2, 1);
/// For a holiday whose next day, or day before, is one too.
pub(super) const TWO_DAYS_ON: Observance = shift(0, 2, 2);
/// The working day before, past another holiday on the next day.
pub(super) const DAYS_BEFORE: Observance = shift(-1, -1, -2);

const fn shift(friday: i64, saturday: i64, sunday: i64) -> Observance {
    Observance { friday, saturday, sunday, instead: false }
}

pub(super) const fn fixed(name: &'static str, month: u32, day: u32) -> Rule {
    rule(name, When::Fixed(month, day))
}

pub(super) const fn nth(name: &'static str, nth: u8, day: Weekday, month: u32) -> Rule {
    after_nth(name, nth, day, month, 0)
}

pub(super) const fn after_nth(name: &'static str, nth: u8, day: Weekday, month: u32, plus: i64) -> Rule {
    rule(name, When::Nth { nth, day, month, plus })
}

pub(super) const fn on_or_before(name: &'static str, day: Weekday, month: u32, latest: u32) -> Rule {
    rule(name, When::OnOrBefore { day, month, latest })
}

pub(super) const fn from_easter(name: &'static str, days: i64) -> Rule {
    rule(name, When::Easter(days))
}

pub(super) const fn decreed(name: &'static str, dates: &'static [(i32, u32, u32)]) -> Rule {
    rule(name, When::Decreed(dates))
}

const fn rule(name: &'static str, when: When) -> Rule {
    Rule { name, when, first: i32::MIN, last: i32::MAX, every: 1, observance: NEVER }
}

impl Rule {
    pub(super) const fn since(mut self, year: i32) -> Self {
        self.first = year;
        self
    }

    pub(super) const fn until(mut self, year: i32) -> Self {
        self.last = year;
        self
    }

    /// Every so many years, counted from the first.
    pub(super) const fn every(mut self, years: i32) -> Self {
        self.every = years;
        self
    }

    pub(super) const fn observed(mut self, observance: Observance) -> Self {
        self.observance = observance;
        self
    }

    /// The holiday itself moves off the weekend where observed days are listed.
    pub(super) const fn moved(mut self, observance: Observance) -> Self {
        self.observance = Observance { instead: true, ..observance };
        self
    }

    pub(super) const fn is_observed(&self) -> bool {
        self.observance.friday != 0 || self.observance.saturday != 0 || self.observance.sunday != 0
    }

    /// The dates this rule gives for the holiday of `year`, with their names.
    pub(super) fn dates(&self, year: i32, observed: Observed) -> Vec<(NaiveDate, String)> {
        let counted = year >= self.first && year <= self.last && (self.every == 1 || (year - self.first) % self.every == 0);
        let Some(date) = counted.then(|| self.when.date(year)).flatten() else { return Vec::new() };
        let days = match date.weekday() {
            Weekday::Fri => self.observance.friday,
            Weekday::Sat => self.observance.saturday,
            Weekday::Sun => self.observance.sunday,
            _ => 0,
        };
        let name = self.name.to_owned();
        if days == 0 || observed == Observed::Omitted {
            return vec![(date, name)];
        }
        let moved = date + TimeDelta::days(days);
        if self.observance.instead {
            return vec![(moved, name)];
        }
        vec![(moved, format!("{name} (observed)")), (date, name)]
    }
}

impl When {
    fn date(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Nth { nth, day, month, plus } => {
                Some(NaiveDate::from_weekday_of_month_opt(year, month, day, nth)? + TimeDelta::days(plus))
            }
            Self::OnOrBefore { day, month, latest } => {
                let latest = NaiveDate::from_ymd_opt(year, month, latest)?;
                Some(latest - TimeDelta::days(i64::from(latest.weekday().days_since(day))))
            }
            Self::Easter(days) => Some(easter(year)? + TimeDelta::days(days)),
            Self::Decreed(dates) => {
                let (_, month, day) = dates.iter().find(|(decreed, ..)| *decreed == year)?;
                NaiveDate::from_ymd_opt(year, *month, *day)
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar: the Sunday after the full moon on or after 21 March, by the epact reckoning.
#[must_use]
pub fn easter(year: i32) -> Option<NaiveDate> {
    let century = year / 100;
    let golden = year % 19;
    let sun_correction = century - century / 4;
    let moon_correction = (8 * century + 13) / 25;
    let moon_age = (19 * golden + sun_correction - moon_correction + 15).rem_euclid(30);
    // Two epacts share the last day of the cycle, so that no full moon falls later than 18 April.
    let full_moon = moon_age - i32::from(moon_age == 29 || (moon_age == 28 && golden > 10));
    let moon = NaiveDate::from_ymd_opt(year, 3, 21)? + TimeDelta::days(i64::from(full_moon));
    Some(moon + TimeDelta::days(7 - i64::from(moon.weekday().num_days_from_sunday())))
}
