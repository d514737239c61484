//! What callers send and receive about on-call schedules.

use chrono::{DateTime, Utc};
use kernel::calendar::Span;
use kernel::id::{BranchId, OnCallOverrideId, OnCallScheduleId, OnCallVersionId, UserId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::expansion::{Reason, Shift};
use super::model::{OnCallOverride, OnCallSchedule, OnCallVersion};
use super::plan::OnCallPlan;

/// Names one on-call schedule.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OnCallSchedulePath {
    /// The schedule.
    pub(super) schedule_id: OnCallScheduleId,
}

/// Names one override of a schedule.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OnCallOverridePath {
    /// The schedule.
    pub(super) schedule_id: OnCallScheduleId,
    /// The override.
    pub(super) override_id: OnCallOverrideId,
}

/// At which instant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OnCallInstant {
    /// Now when absent.
    pub(super) at: Option<DateTime<Utc>>,
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OnCallPeriod {
    /// Now when absent.
    pub(super) from: Option<DateTime<Utc>>,
    /// Two weeks later when absent; at most 92 days later.
    pub(super) to: Option<DateTime<Utc>>,
}

/// A new schedule with its first plan, which holds from now on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateOnCallSchedule {
    #[schema(min_length = 1, max_length = 120, example = "Chicago, nights")]
    name: String,
    /// Its emergencies page these people.
    branch_id: Option<BranchId>,
    /// Emergencies that no branch's schedule takes page these people.
    #[serde(default)]
    is_default: bool,
    pub(super) plan: OnCallPlan,
}

impl CreateOnCallSchedule {
    pub(super) fn schedule(&self, touch: Touch) -> OnCallSchedule {
        OnCallSchedule {
            id: OnCallScheduleId::generate(),
            stamp: Stamp::new(touch),
            name: self.name.clone(),
            branch_id: self.branch_id,
            is_default: self.is_default,
            active: true,
        }
    }
}

/// Changes of a schedule's name and place (RFC 7396). Who is on call changes by publishing a plan.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchOnCallSchedule {
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    branch_id: Option<Option<BranchId>>,
    is_default: Option<bool>,
    /// False: it pages nobody any more.
    active: Option<bool>,
}

impl PatchOnCallSchedule {
    pub(super) fn apply(self, schedule: &OnCallSchedule, touch: Touch) -> OnCallSchedule {
        OnCallSchedule {
            id: schedule.id,
            stamp: schedule.stamp.touched(touch),
            name: self.name.unwrap_or_else(|| schedule.name.clone()),
            branch_id: self.branch_id.unwrap_or(schedule.branch_id),
            is_default: self.is_default.unwrap_or(schedule.is_default),
            active: self.active.unwrap_or(schedule.active),
        }
    }
}

/// A plan that holds from an instant on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishOnCallPlan {
    pub(super) plan: OnCallPlan,
    /// Now when absent; not in the past.
    pub(super) effective_from: Option<DateTime<Utc>>,
}

/// Somebody stands in for a time.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct AddOnCallOverride {
    /// Whose place is taken: the level of the page chain; 1 when absent.
    #[schema(minimum = 1, maximum = 10)]
    level: Option<i16>,
    pub(super) user_id: UserId,
    start_at: DateTime<Utc>,
    end_at: DateTime<Utc>,
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
}

impl AddOnCallOverride {
    pub(super) fn into_override(self, schedule_id: OnCallScheduleId, touch: Touch) -> OnCallOverride {
        OnCallOverride {
            id: OnCallOverrideId::generate(),
            schedule_id,
            level: self.level.unwrap_or(1),
            user_id: self.user_id,
            start_at: self.start_at,
            end_at: self.end_at,
            reason: self.reason,
            created_at: touch.at,
            created_by: touch.by,
        }
    }
}

/// An on-call schedule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OnCallScheduleView {
    id: OnCallScheduleId,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    name: String,
    branch_id: Option<BranchId>,
    is_default: bool,
    active: bool,
    /// The plan that was published last; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<OnCallVersionView>,
}

impl From<&OnCallSchedule> for OnCallScheduleView {
    fn from(schedule: &OnCallSchedule) -> Self {
        Self {
            id: schedule.id,
            version: schedule.stamp.version,
            created_at: schedule.stamp.created_at,
            updated_at: schedule.stamp.updated_at,
            name: schedule.name.clone(),
            branch_id: schedule.branch_id,
            is_default: schedule.is_default,
            active: schedule.active,
            latest: None,
        }
    }
}

impl OnCallScheduleView {
    /// With the plan that was published last.
    pub(super) fn with_latest(schedule: &OnCallSchedule, latest: Option<&OnCallVersion>) -> Self {
        Self { latest: latest.map(Into::into), ..Self::from(schedule) }
    }
}

/// A published plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OnCallVersionView {
    id: OnCallVersionId,
    schedule_id: OnCallScheduleId,
    #[schema(minimum = 1)]
    number: i32,
    /// It holds from then on, until the next one does.
    effective_from: DateTime<Utc>,
    published_at: DateTime<Utc>,
    published_by: Uuid,
    plan: OnCallPlan,
}

impl From<&OnCallVersion> for OnCallVersionView {
    fn from(version: &OnCallVersion) -> Self {
        Self {
            id: version.id,
            schedule_id: version.schedule_id,
            number: version.number,
            effective_from: version.effective_from,
            published_at: version.published_at,
            published_by: version.published_by,
            plan: version.plan.clone(),
        }
    }
}

/// The published plans of a schedule, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct OnCallVersionsView {
    #[schema(max_items = 10_000)]
    pub(super) data: Vec<OnCallVersionView>,
}

/// Somebody standing in for a time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OnCallOverrideView {
    id: OnCallOverrideId,
    schedule_id: OnCallScheduleId,
    level: i16,
    user_id: UserId,
    start_at: DateTime<Utc>,
    end_at: DateTime<Utc>,
    #[schema(max_length = 500)]
    reason: Option<String>,
    created_at: DateTime<Utc>,
    created_by: Uuid,
}

impl From<&OnCallOverride> for OnCallOverrideView {
    fn from(one: &OnCallOverride) -> Self {
        Self {
            id: one.id,
            schedule_id: one.schedule_id,
            level: one.level,
            user_id: one.user_id,
            start_at: one.start_at,
            end_at: one.end_at,
            reason: one.reason.clone(),
            created_at: one.created_at,
            created_by: one.created_by,
        }
    }
}

/// Somebody on call on one level for a time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct OnCallShiftView {
    level: i16,
    user_id: UserId,
    start_at: DateTime<Utc>,
    end_at: DateTime<Utc>,
    /// How long it really lasts, whatever the clocks do that night.
    #[schema(minimum = 0)]
    duration_s: i64,
    /// The layer whose turn it is, or the override that wins over it.
    #[schema(max_length = 120)]
    layer: Option<String>,
    override_id: Option<OnCallOverrideId>,
}

impl From<&Shift<'_>> for OnCallShiftView {
    fn from(shift: &Shift<'_>) -> Self {
        let (layer, override_id) = match shift.duty.reason {
            Reason::Layer(name) => (Some(name.to_owned()), None),
            Reason::Override(id) => (None, Some(id)),
        };
        Self {
            level: shift.level,
            user_id: shift.duty.user,
            start_at: shift.span.start,
            end_at: shift.span.end,
            duration_s: (shift.span.end - shift.span.start).num_seconds(),
            layer,
            override_id,
        }
    }
}

/// Who is on call in a period, by level and time, and when nobody is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct OnCallTimelineView {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    #[schema(max_items = 100_000)]
    pub(super) shifts: Vec<OnCallShiftView>,
    #[schema(max_items = 100_000)]
    pub(super) gaps: Vec<Span>,
}

/// Who is on call on one level.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct OnCallNowEntry {
    level: i16,
    user_id: UserId,
    /// Until somebody else is; null when that is not within a month.
    until: Option<DateTime<Utc>>,
    #[schema(max_length = 120)]
    layer: Option<String>,
    override_id: Option<OnCallOverrideId>,
}

impl OnCallNowEntry {
    /// Somebody's shift as far as it is seen.
    pub(super) fn of(shift: &Shift<'_>, seen_until: DateTime<Utc>) -> Self {
        let view = OnCallShiftView::from(shift);
        let until = Some(view.end_at).filter(|end| *end < seen_until);
        Self { level: view.level, user_id: view.user_id, until, layer: view.layer, override_id: view.override_id }
    }
}

/// Who is on call, in the order in which they are paged.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct OnCallNowView {
    pub(super) at: DateTime<Utc>,
    #[schema(max_items = 10)]
    pub(super) levels: Vec<OnCallNowEntry>,
}
