//! Business calendars and their versions: rules only.
//!
//! A version is never changed. It takes effect at an instant and holds until the next one does; which version a promise
//! was counted by is recorded with the promise.

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use kernel::Fault;
use kernel::calendar::{Calendar, Window};
use kernel::id::{BranchId, CalendarId, CalendarVersionId};
use kernel::words;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// A day of the week.
    pub enum Day { Mon = "mon", Tue = "tue", Wed = "wed", Thu = "thu", Fri = "fri", Sat = "sat", Sun = "sun" }

    /// How a date differs from the week.
    pub enum ExceptionKind { Closed = "closed", Hours = "hours" }
}

impl Day {
    pub(crate) const fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Mon,
            Self::Tue => Weekday::Tue,
            Self::Wed => Weekday::Wed,
            Self::Thu => Weekday::Thu,
            Self::Fri => Weekday::Fri,
            Self::Sat => Weekday::Sat,
            Self::Sun => Weekday::Sun,
        }
    }
}

/// An open window of a weekday, in local minutes from midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayWindow {
    pub day: Day,
    #[schema(minimum = 0, maximum = 1439, example = 480)]
    pub start_min: u16,
    #[schema(minimum = 1, maximum = 1440, example = 1020)]
    pub end_min: u16,
}

/// A date that differs: closed, or open at other hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DateException {
    pub date: NaiveDate,
    pub kind: ExceptionKind,
    #[serde(default)]
    #[schema(max_items = 24)]
    pub windows: Vec<Window>,
}

/// What a version says: a time zone, a week, and the dates that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// An IANA name.
    #[schema(min_length = 1, max_length = 60, example = "America/Chicago")]
    pub time_zone: String,
    #[schema(max_items = 168)]
    pub weekly: Vec<DayWindow>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub exceptions: Vec<DateException>,
}

impl Hours {
    /// The calendar these hours make.
    ///
    /// # Errors
    /// Every fault, with pointers below `/`.
    pub fn calendar(&self) -> Result<Calendar, Fault> {
        let mut faults = Vec::new();
        let zone = self.time_zone.parse::<Tz>().unwrap_or_else(|_| {
            faults.push(Fault::field("/time_zone", "unknown_time_zone", "Expected an IANA time zone such as America/Chicago."));
            Tz::UTC
        });
        let mut calendar = Calendar::new(zone);
        for (index, window) in self.weekly.iter().enumerate() {
            match Window::new(window.start_min, window.end_min) {
                Ok(checked) => calendar = calendar.open(window.day.weekday(), checked),
                Err(fault) => faults.push(Fault::field(format!("/weekly/{index}"), "invalid_window", fault.detail.clone())),
            }
        }
        for (index, exception) in self.exceptions.iter().enumerate() {
            let pointer = format!("/exceptions/{index}");
            match exception.windows() {
                Ok(windows) => calendar = calendar.except(exception.date, windows),
                Err(fault) => faults.push(Fault::field(pointer, "invalid_exception", fault.detail.clone())),
            }
        }
        Fault::all(faults)?;
        Ok(calendar)
    }
}

impl DateException {
    fn windows(&self) -> Result<Vec<Window>, Fault> {
        match self.kind {
            ExceptionKind::Closed if self.windows.is_empty() => Ok(Vec::new()),
            ExceptionKind::Hours if !self.windows.is_empty() => {
                self.windows.iter().map(|window| Window::new(window.start_min, window.end_min)).collect()
            }
            ExceptionKind::Closed => Err(Fault::invalid("invalid_exception", "A closed date has no windows.")),
            ExceptionKind::Hours => Err(Fault::invalid("invalid_exception", "A date with its own hours needs windows.")),
        }
    }
}

/// A calendar: a name under which versions are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessCalendar {
    pub id: CalendarId,
    pub stamp: Stamp,
    pub external_ref: Option<String>,
    pub name: String,
    /// Counts for tickets of this branch that name no calendar.
    pub branch_id: Option<BranchId>,
    /// Counts where nothing else does; at most one calendar is the default.
    pub is_default: bool,
}

impl BusinessCalendar {
    /// What is left of its place when another calendar gets its own.
    #[must_use]
    pub(crate) fn without_place_of(self, other: &Self, touch: Touch) -> Self {
        let branch_id = self.branch_id.filter(|branch| other.branch_id != Some(*branch));
        Self { branch_id, is_default: self.is_default && !other.is_default, stamp: self.stamp.touched(touch), ..self }
    }
}

/// One published version of a calendar.
#[derive(Clone, Debug)]
pub struct CalendarVersion {
    pub id: CalendarVersionId,
    pub calendar_id: CalendarId,
    /// 1, 2, 3 ... within its calendar.
    pub number: i32,
    pub effective_from: DateTime<Utc>,
    pub published_at: DateTime<Utc>,
    pub published_by: Uuid,
    pub hours: Hours,
}
