//! What callers send and receive about calendars.

use chrono::{DateTime, Utc};
use kernel::calendar::{Pause, Span};
use kernel::id::{BranchId, CalendarId, CalendarVersionId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{BusinessCalendar, CalendarVersion, Hours};
use crate::obligation::preview::wire::PreviewPosition;
use crate::vocabulary::ClockKind;

/// Names one calendar.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CalendarPath {
    /// The calendar.
    pub calendar_id: CalendarId,
}

/// A new calendar with its first version, which holds from the beginning.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateCalendar {
    #[schema(min_length = 1, max_length = 120, example = "Chicago office")]
    pub name: String,
    /// Counts for tickets of this branch that name no calendar.
    pub branch_id: Option<BranchId>,
    /// Counts where nothing else does; the present default stops being it.
    #[serde(default)]
    pub is_default: bool,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    pub hours: Hours,
}

impl CreateCalendar {
    pub(crate) fn into_calendar(self, touch: Touch) -> BusinessCalendar {
        BusinessCalendar {
            id: CalendarId::generate(),
            stamp: Stamp::new(touch),
            external_ref: self.external_ref,
            name: self.name,
            branch_id: self.branch_id,
            is_default: self.is_default,
        }
    }
}

/// Changes of a calendar's name and place (RFC 7396). Its hours change by publishing a version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchCalendar {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    pub is_default: Option<bool>,
}

impl PatchCalendar {
    pub(crate) fn apply(self, calendar: BusinessCalendar, touch: Touch) -> BusinessCalendar {
        BusinessCalendar {
            name: self.name.unwrap_or(calendar.name),
            branch_id: self.branch_id.unwrap_or(calendar.branch_id),
            is_default: self.is_default.unwrap_or(calendar.is_default),
            stamp: calendar.stamp.touched(touch),
            ..calendar
        }
    }
}

/// A new version of a calendar.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublishCalendarVersion {
    pub hours: Hours,
    /// When it takes effect; now when absent.
    pub effective_from: Option<DateTime<Utc>>,
    /// Must be true for a version that took effect in the past: the running promises are recalculated from then on.
    #[serde(default)]
    pub recompute: bool,
}

/// A change of a calendar that is only supposed, and the page of its effects: other hours, another place, or both. What is absent
/// stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PreviewCalendarVersion {
    pub hours: Option<Hours>,
    /// Whose tickets it would count for; null for no branch's.
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    /// Whether it would count where nothing else does.
    pub is_default: Option<bool>,
    /// When it would take effect; now when absent.
    pub effective_from: Option<DateTime<Utc>>,
    /// `next` of the page before.
    pub after: Option<PreviewPosition>,
    /// Tickets and subjects that a page goes through; 10,000 when absent.
    #[schema(minimum = 1, maximum = 10000)]
    pub limit: Option<u64>,
}

/// A calendar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarView {
    pub id: CalendarId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    #[schema(max_length = 120)]
    pub name: String,
    pub branch_id: Option<BranchId>,
    pub is_default: bool,
    /// The version that was published last; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<CalendarVersionView>,
}

impl From<&BusinessCalendar> for CalendarView {
    fn from(calendar: &BusinessCalendar) -> Self {
        Self {
            id: calendar.id,
            version: calendar.stamp.version,
            created_at: calendar.stamp.created_at,
            updated_at: calendar.stamp.updated_at,
            external_ref: calendar.external_ref.clone(),
            name: calendar.name.clone(),
            branch_id: calendar.branch_id,
            is_default: calendar.is_default,
            latest: None,
        }
    }
}

/// A published version of a calendar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarVersionView {
    pub id: CalendarVersionId,
    pub calendar_id: CalendarId,
    #[schema(minimum = 1, maximum = 1000000)]
    pub number: i32,
    pub effective_from: DateTime<Utc>,
    pub published_at: DateTime<Utc>,
    pub published_by: Uuid,
    pub hours: Hours,
}

impl From<&CalendarVersion> for CalendarVersionView {
    fn from(version: &CalendarVersion) -> Self {
        Self {
            id: version.id,
            calendar_id: version.calendar_id,
            number: version.number,
            effective_from: version.effective_from,
            published_at: version.published_at,
            published_by: version.published_by,
            hours: version.hours.clone(),
        }
    }
}

/// The versions of a calendar, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarVersionsView {
    #[schema(max_items = 1000)]
    pub data: Vec<CalendarVersionView>,
}

/// The end of the business day, with a cutoff.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndOfDay {
    #[serde(default)]
    #[schema(minimum = 0, maximum = 86400)]
    pub cutoff_before_close_s: i64,
}

/// A question about due instants; exactly one of `target_s`, `end_of_day` and `until`.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Calculate {
    pub start: DateTime<Utc>,
    pub clock: Option<ClockKind>,
    /// Seconds on the clock.
    #[schema(minimum = 0, maximum = 315360000, example = 7200)]
    pub target_s: Option<i64>,
    pub end_of_day: Option<EndOfDay>,
    /// Asks how much is worked until this instant.
    pub until: Option<DateTime<Utc>>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub pauses: Vec<Pause>,
    /// The version to count by; the one in effect at `start` when absent.
    pub version_id: Option<CalendarVersionId>,
}

/// The answer to a question about due instants.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Calculation {
    /// None when an endless pause or a calendar that does not open comes first.
    pub due_at: Option<DateTime<Utc>>,
    /// The open time from the start to the due instant, at most 200 windows.
    #[schema(max_items = 200)]
    pub windows: Vec<Span>,
    /// Open seconds from the start to the due instant, without pauses.
    #[schema(minimum = 0)]
    pub worked_s: i64,
    pub calendar_version_id: CalendarVersionId,
    /// True when the start is inside an open window.
    pub open_at_start: bool,
}
