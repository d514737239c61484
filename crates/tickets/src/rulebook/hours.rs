//! Hours of people and branches, which are no promise's: whether a calendar is open, and which day it is at a branch.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::calendar::Calendar;
use kernel::id::{BranchId, CalendarId};

use super::{CalendarEntry, Rulebook, in_effect};

impl Rulebook {
    fn version_of(&self, entry: &CalendarEntry, at: DateTime<Utc>) -> Option<&Calendar> {
        let version = in_effect(&entry.versions, at, |(_, from)| *from).or_else(|| entry.versions.first());
        version.and_then(|(id, _)| self.versions.get(id))
    }

    /// True while a calendar is open; an unknown one never closes.
    pub(crate) fn is_open(&self, calendar: CalendarId, at: DateTime<Utc>) -> bool {
        let entry = self.calendars.iter().find(|entry| entry.id == calendar);
        entry.and_then(|entry| self.version_of(entry, at)).is_none_or(|calendar| calendar.is_open(at))
    }

    /// The local date at a branch: by its calendar, else by the default one.
    pub(crate) fn date_in(&self, branch: BranchId, at: DateTime<Utc>) -> NaiveDate {
        let of_branch = self.calendars.iter().find(|entry| entry.branch_id == Some(branch));
        let entry = of_branch.or_else(|| self.calendars.iter().find(|entry| entry.is_default));
        entry.and_then(|entry| self.version_of(entry, at)).map_or_else(|| at.date_naive(), |calendar| calendar.date_of(at))
    }
}
