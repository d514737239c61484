//! What callers send and receive about assignments.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, AssignmentId, SiteId, UserId};
use kernel::{Fault, Period};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Assignee, Assignment, AssignmentRole, Subject};
use crate::checks::{all_sound, optional};

/// Names one assignment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AssignmentPath {
    /// The assignment.
    pub assignment_id: AssignmentId,
}

/// Who looks after an account or a site from a day on. Name either a user or a team.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateAssignment {
    pub account_id: AccountId,
    /// Only this site of the account.
    pub site_id: Option<SiteId>,
    pub role: AssignmentRole,
    pub user_id: Option<UserId>,
    pub team_id: Option<Uuid>,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_until: Option<NaiveDate>,
    /// The one who answers for the subject in this role; at most one at any time.
    #[serde(default)]
    pub primary: bool,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateAssignment {
    /// # Errors
    /// Every field fault.
    pub fn into_assignment(self, touch: Touch) -> Result<Assignment, Fault> {
        let assignee = Assignee::checked(self.user_id, self.team_id);
        let period = Period::new(self.valid_from, self.valid_until)
            .map_err(|_| Fault::field("/valid_until", "empty_period", "The end must be after the start."));
        all_sound!(assignee, period);
        Ok(Assignment {
            id: AssignmentId::generate(),
            subject: Subject { account_id: self.account_id, site_id: self.site_id },
            role: self.role,
            assignee: assignee?,
            period: period?,
            primary: self.primary,
            external_ref: optional(self.external_ref),
            stamp: Stamp::new(touch),
        })
    }
}

/// Changes of an assignment (RFC 7396). Whom it is about and who it is stays; end it and make another.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchAssignment {
    pub primary: Option<bool>,
}

impl PatchAssignment {
    /// The assignment with the changes.
    #[must_use]
    pub fn apply(&self, assignment: Assignment, touch: Touch) -> Assignment {
        let next = assignment.touched(touch);
        Assignment { primary: self.primary.unwrap_or(next.primary), ..next }
    }
}

/// An assignment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    pub id: AssignmentId,
    pub version: i64,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub role: AssignmentRole,
    pub user_id: Option<UserId>,
    pub team_id: Option<Uuid>,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub primary: bool,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&Assignment> for AssignmentView {
    fn from(assignment: &Assignment) -> Self {
        Self {
            id: assignment.id,
            version: assignment.stamp.version,
            account_id: assignment.subject.account_id,
            site_id: assignment.subject.site_id,
            role: assignment.role,
            user_id: assignment.assignee.user(),
            team_id: assignment.assignee.team(),
            valid_from: assignment.period.start,
            valid_until: assignment.period.end,
            primary: assignment.primary,
            external_ref: assignment.external_ref.clone(),
            created_at: assignment.stamp.created_at,
            updated_at: assignment.stamp.updated_at,
        }
    }
}
