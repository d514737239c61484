//! The rules as they would be: copies in which one thing differs, for previews and simulations.

use chrono::{DateTime, Utc};
use kernel::calendar::Calendar;
use kernel::id::{BranchId, CalendarId, CalendarVersionId};

use super::{PolicyEntry, Rulebook};
use crate::vocabulary::Cause;

impl Rulebook {
    /// With one more version of a calendar, published last.
    #[must_use]
    pub(crate) fn with_hours(mut self, calendar: CalendarId, from: DateTime<Utc>, hours: Calendar) -> Self {
        let version = CalendarVersionId::generate();
        self.versions.insert(version, hours);
        for entry in self.calendars.iter_mut().filter(|entry| entry.id == calendar) {
            entry.versions.push((version, from));
        }
        self
    }

    /// With a calendar in another place, which whatever has that place loses.
    #[must_use]
    pub(crate) fn with_calendar_at(mut self, calendar: CalendarId, (branch, default): (Option<BranchId>, bool)) -> Self {
        for entry in &mut self.calendars {
            if entry.id == calendar {
                (entry.branch_id, entry.is_default) = (branch, default);
            } else {
                entry.branch_id = entry.branch_id.filter(|own| Some(*own) != branch);
                entry.is_default &= !default;
            }
        }
        self
    }

    /// When rules that are published take effect, later than `from` and not later than `to`.
    pub(crate) fn changes(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, Cause)> {
        let calendars = self.calendars.iter().flat_map(|entry| &entry.versions).map(|(_, at)| (*at, Cause::CalendarChanged));
        let policies = self.policies.iter().flat_map(|entry| &entry.versions).map(|version| (version.effective_from, Cause::PolicyChanged));
        let mut changes: Vec<_> = calendars.chain(policies).filter(|(at, _)| *at > from && *at <= to).collect();
        changes.sort_by_key(|(at, _)| *at);
        changes
    }

    /// With a policy as it would be, or without it when it would not be active.
    #[must_use]
    pub(crate) fn with_policy(mut self, policy: PolicyEntry, active: bool) -> Self {
        self.policies.retain(|entry| entry.id != policy.id);
        if active {
            self.policies.push(policy);
            self.policies.sort_by_key(|entry| (entry.position, entry.id));
        }
        self
    }
}
