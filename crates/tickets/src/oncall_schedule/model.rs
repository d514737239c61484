//! A schedule, its published plans and its overrides: rules only.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, OnCallOverrideId, OnCallScheduleId, OnCallVersionId, UserId};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use super::plan::OnCallPlan;

/// A name under which plans are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnCallSchedule {
    pub(crate) id: OnCallScheduleId,
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    /// Emergencies of this branch page its people.
    pub(crate) branch_id: Option<BranchId>,
    /// Emergencies that no branch's schedule takes page its people; at most one is the default.
    pub(crate) is_default: bool,
    pub(crate) active: bool,
}

/// A published plan, which never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnCallVersion {
    pub(crate) id: OnCallVersionId,
    pub(crate) schedule_id: OnCallScheduleId,
    /// 1, 2, 3 ... within its schedule.
    pub(crate) number: i32,
    pub(crate) effective_from: DateTime<Utc>,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) published_by: Uuid,
    pub(crate) plan: OnCallPlan,
}

/// Somebody stands in for a time. It never changes; it is taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnCallOverride {
    pub(crate) id: OnCallOverrideId,
    pub(crate) schedule_id: OnCallScheduleId,
    pub(crate) level: i16,
    pub(crate) user_id: UserId,
    pub(crate) start_at: DateTime<Utc>,
    pub(crate) end_at: DateTime<Utc>,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Uuid,
}

impl OnCallOverride {
    /// # Errors
    /// A field fault when it ends before it starts, or is over already.
    pub(crate) fn checked(self, touch: Touch) -> Result<Self, Fault> {
        if self.end_at <= self.start_at {
            return Err(Fault::field("/end_at", "empty_period", "It must end after it starts."));
        }
        if self.end_at <= touch.at {
            return Err(Fault::field("/end_at", "in_the_past", "It must end in the future."));
        }
        Ok(self)
    }

    pub(crate) fn covers(&self, level: i16, at: DateTime<Utc>) -> bool {
        self.level == level && self.start_at <= at && at < self.end_at
    }
}
