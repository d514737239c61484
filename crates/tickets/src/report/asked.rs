//! What a report is asked for: which days, in which zone, whose work, and what it is broken down by.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::calendar::{date_of, midnight};
use kernel::{Fault, FaultKind, words};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::rulebook::Rulebook;

words! {
    /// What figures are broken down by.
    pub(super) enum Dimension {
        Kind = "kind",
        Type = "type",
        Channel = "channel",
        Branch = "branch",
        Group = "group",
        Assignee = "assignee",
        Account = "account",
        Day = "day",
        Week = "week",
        Month = "month",
    }
}

/// The most days, weeks or months that a report is broken down by.
const MOST_STRETCHES: usize = 400;
/// The days that are counted when none are named, today among them.
const DAYS: Days = Days::new(29);

/// What is counted. Days are those of the stated zone.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// The first day; 29 days before today when absent.
    pub(super) from: Option<NaiveDate>,
    /// The day after the last; tomorrow when absent.
    pub(super) to: Option<NaiveDate>,
    /// An IANA zone; the default calendar's when absent.
    #[param(max_length = 64, example = "America/Chicago")]
    pub(super) time_zone: Option<String>,
    /// Separated by commas, at most one of day, week and month among them. A week begins on Monday.
    #[param(value_type = Vec<Dimension>, style = Form, explode = false, inline, max_items = 6)]
    pub(super) group_by: Option<String>,
    /// Only this branch's.
    pub(super) branch_id: Option<Uuid>,
    /// Only this group's.
    pub(super) group_id: Option<Uuid>,
    /// Only this agent's.
    pub(super) assignee_id: Option<Uuid>,
    /// Only this account's.
    pub(super) account_id: Option<Uuid>,
}

/// Days that figures are of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ReportPeriod {
    from: NaiveDate,
    /// The day after the last.
    to: NaiveDate,
    #[schema(max_length = 64)]
    time_zone: String,
}

/// A day, week or month, as far as it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) on: NaiveDate,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

/// A report's question, understood.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) start: Option<DateTime<Utc>>,
    pub(super) end: Option<DateTime<Utc>>,
    pub(super) by: Vec<Dimension>,
    /// None unless it is broken down by day, week or month.
    pub(super) stretches: Vec<Stretch>,
    /// Whose only, by the names of columns and filters.
    pub(super) owners: Vec<(&'static str, Uuid)>,
}

pub(super) fn refused(parameter: &str, code: &'static str, message: impl Into<String>) -> Fault {
    let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The report cannot be asked like this.");
    fault.and_field(format!("?{parameter}"), code, message)
}

/// The words of `text`, each one that the report knows.
///
/// # Errors
/// 400 for another word, or one that is there twice.
pub(super) fn dimensions(text: &str, known: &[Dimension]) -> Result<Vec<Dimension>, Fault> {
    let mut by = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word.parse::<Dimension>().ok().filter(|one| known.contains(one) && !by.contains(one)) {
            Some(one) => by.push(one),
            None => {
                let known: Vec<&str> = known.iter().map(|one| one.as_str()).collect();
                return Err(refused("group_by", "invalid_value", format!("Expected some of: {}.", known.join(", "))));
            }
        }
    }
    if by.iter().filter(|one| one.is_of_time()).count() > 1 {
        return Err(refused("group_by", "invalid_value", "Name one of day, week and month."));
    }
    Ok(by)
}

/// A zone by name, or the default calendar's.
///
/// # Errors
/// 400 for an unknown one.
pub(super) fn zone(name: Option<&str>, rules: &Rulebook, now: DateTime<Utc>) -> Result<Tz, Fault> {
    match name {
        Some(name) => name.parse().map_err(|_| refused("time_zone", "invalid_value", "Expected an IANA zone, such as America/Chicago.")),
        None => Ok(rules.hours(None, None, now).map_or(Tz::UTC, kernel::calendar::Calendar::zone)),
    }
}

impl Dimension {
    const fn is_of_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }

    /// The first day of the stretch after the one that `day` is in.
    fn next(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Week => day.checked_add_days(Days::new(7 - u64::from(day.weekday().num_days_from_monday()))),
            Self::Month => day.with_day(1)?.checked_add_months(Months::new(1)),
            _ => day.succ_opt(),
        }
    }
}

impl Asked {
    /// # Errors
    /// 400 when it is broken down by time without end, or into too many stretches.
    pub(super) fn new((start, end): (Option<DateTime<Utc>>, Option<DateTime<Utc>>), by: Vec<Dimension>, zone: Tz) -> Result<Self, Fault> {
        let mut stretches = Vec::new();
        if let Some(unit) = by.iter().find(|one| one.is_of_time()) {
            let period = start.zip(end).ok_or_else(|| refused("group_by", "invalid_value", "Name from and to."))?;
            stretches = cut(period, *unit, zone)?;
        }
        Ok(Self { start, end, by, stretches, owners: Vec::new() })
    }
}

fn cut((start, end): (DateTime<Utc>, DateTime<Utc>), unit: Dimension, zone: Tz) -> Result<Vec<Stretch>, Fault> {
    let mut stretches = Vec::new();
    let (mut on, mut from) = (date_of(zone, start), start);
    while from < end {
        if stretches.len() == MOST_STRETCHES {
            return Err(refused("to", "too_long", format!("A report has at most {MOST_STRETCHES} of each.")));
        }
        let next = unit.next(on).ok_or_else(Fault::overflow)?;
        let until = midnight(zone, next).min(end);
        stretches.push(Stretch { on, start: from, end: until });
        (on, from) = (next, until);
    }
    Ok(stretches)
}

impl ReportQuery {
    /// # Errors
    /// 400 naming the parameter that makes no sense.
    pub(super) fn read(
        &self,
        rules: &Rulebook,
        now: DateTime<Utc>,
        (known, default): (&[Dimension], &[Dimension]),
    ) -> Result<(Asked, ReportPeriod), Fault> {
        let zone = zone(self.time_zone.as_deref(), rules, now)?;
        let today = date_of(zone, now);
        let tomorrow = today.succ_opt().ok_or_else(Fault::overflow)?;
        let to = self.to.unwrap_or(tomorrow);
        let from = self.from.or_else(|| today.min(to).checked_sub_days(DAYS)).ok_or_else(Fault::overflow)?;
        if from >= to {
            return Err(refused("to", "invalid_value", "Expected a day after from."));
        }
        let by = self.group_by.as_deref().map_or_else(|| Ok(default.to_vec()), |text| dimensions(text, known))?;
        let asked = Asked::new((Some(midnight(zone, from)), Some(midnight(zone, to))), by, zone)?;
        Ok((Asked { owners: self.owners(), ..asked }, ReportPeriod { from, to, time_zone: zone.name().to_owned() }))
    }

    pub(super) fn owners(&self) -> Vec<(&'static str, Uuid)> {
        let owners = [
            ("branch_id", self.branch_id),
            ("group_id", self.group_id),
            ("assignee_id", self.assignee_id),
            ("account_id", self.account_id),
        ];
        owners.into_iter().filter_map(|(name, id)| id.map(|id| (name, id))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_weeks_and_months_are_local_and_cut_to_the_period() {
        let chicago: Tz = "America/Chicago".parse().unwrap();
        let period = (at("2026-03-05T06:00:00Z"), at("2026-04-02T05:00:00Z"));
        let days = cut(period, Dimension::Day, chicago).unwrap();
        assert_eq!((days.len(), days[3].on, days[3].end - days[3].start), (28, day("2026-03-08"), chrono::TimeDelta::hours(23)));
        let weeks: Vec<NaiveDate> = cut(period, Dimension::Week, chicago).unwrap().iter().map(|one| one.on).collect();
        assert_eq!(weeks, ["2026-03-05", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"].map(day));
        let months = cut(period, Dimension::Month, chicago).unwrap();
        assert_eq!((months[0].end, months[1].on, months[1].end), (at("2026-04-01T05:00:00Z"), day("2026-04-01"), period.1));
        assert!(cut((period.0, at("2028-01-01T00:00:00Z")), Dimension::Day, chicago).is_err());
    }

    #[test]
    fn only_what_a_report_knows_breaks_it_down_and_by_one_unit_of_time() {
        let known = [Dimension::Branch, Dimension::Day, Dimension::Week];
        assert_eq!(dimensions("branch, day", &known).unwrap(), [Dimension::Branch, Dimension::Day]);
        for text in ["account", "branch,branch", "day,week", "x"] {
            assert_eq!(dimensions(text, &known).unwrap_err().code, "invalid_query", "{text}");
        }
    }
}
