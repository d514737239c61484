//! What callers send and receive about corrective actions.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, CorrectiveActionId, SafetyReportId, SiteId, TicketId, UserId};
use platform::patch::present;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{ActionEvidence, ControlHierarchy, CorrectiveAction, EffectivenessCheck, Plan};
use super::state::CorrectiveActionState;

/// Names one corrective action.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CorrectiveActionPath {
    /// The corrective action.
    pub(crate) action_id: CorrectiveActionId,
}

/// Names one file that shows that an action is done.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ActionFilePath {
    /// The corrective action.
    pub(crate) action_id: CorrectiveActionId,
    /// The file.
    pub(crate) attachment_id: Uuid,
}

/// A new corrective action.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCorrectiveAction {
    pub(crate) safety_report_id: SafetyReportId,
    #[schema(min_length = 1, max_length = 10_000)]
    description: String,
    owner_id: UserId,
    /// The last local day on which it is done in time.
    due_on: NaiveDate,
    hierarchy: ControlHierarchy,
    /// The local day on which somebody looks whether it helped.
    effectiveness_check_on: Option<NaiveDate>,
}

impl PlanCorrectiveAction {
    pub(crate) fn plan(&self) -> Plan {
        Plan {
            description: self.description.clone(),
            owner_id: self.owner_id,
            due_on: self.due_on,
            hierarchy: self.hierarchy,
            effectiveness_check_on: self.effectiveness_check_on,
        }
    }
}

/// Changes of what is to be done (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchCorrectiveAction {
    #[schema(min_length = 1, max_length = 10_000)]
    description: Option<String>,
    owner_id: Option<UserId>,
    due_on: Option<NaiveDate>,
    hierarchy: Option<ControlHierarchy>,
    #[serde(default, deserialize_with = "present")]
    effectiveness_check_on: Option<Option<NaiveDate>>,
}

impl PatchCorrectiveAction {
    pub(crate) fn apply(&self, plan: &Plan) -> Plan {
        Plan {
            description: self.description.clone().unwrap_or_else(|| plan.description.clone()),
            owner_id: self.owner_id.unwrap_or(plan.owner_id),
            due_on: self.due_on.unwrap_or(plan.due_on),
            hierarchy: self.hierarchy.unwrap_or(plan.hierarchy),
            effectiveness_check_on: self.effectiveness_check_on.unwrap_or(plan.effectiveness_check_on),
        }
    }
}

/// Says that an action is done, and shows it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteCorrectiveAction {
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) evidence: Vec<ActionEvidence>,
}

/// Says why an action is sent back to its owner.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectCorrectiveAction {
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) reason: String,
}

/// Says why an action need not be done.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelCorrectiveAction {
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) reason: String,
}

/// Says whether an action helped.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckEffectiveness {
    pub(crate) effective: bool,
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) note: Option<String>,
}

/// A corrective action.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CorrectiveActionView {
    pub(crate) id: CorrectiveActionId,
    pub(crate) version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    safety_report_id: SafetyReportId,
    ticket_id: Option<TicketId>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    /// Of its local dates.
    #[schema(max_length = 64)]
    time_zone: String,
    #[schema(max_length = 10_000)]
    description: String,
    owner_id: UserId,
    due_on: NaiveDate,
    /// The end of that day.
    due_at: DateTime<Utc>,
    hierarchy: ControlHierarchy,
    state: CorrectiveActionState,
    #[schema(max_items = 50)]
    evidence: Vec<ActionEvidence>,
    done_by: Option<Uuid>,
    done_at: Option<DateTime<Utc>>,
    verified_by: Option<Uuid>,
    verified_at: Option<DateTime<Utc>>,
    #[schema(max_length = 2000)]
    rejected_reason: Option<String>,
    #[schema(max_length = 2000)]
    cancelled_reason: Option<String>,
    effectiveness_check_on: Option<NaiveDate>,
    effectiveness: Option<EffectivenessCheck>,
}

impl From<&CorrectiveAction> for CorrectiveActionView {
    fn from(action: &CorrectiveAction) -> Self {
        let (stamp, place, plan, history) = (action.stamp, action.place, action.plan.clone(), action.history.clone());
        Self {
            id: action.id,
            version: stamp.version,
            created_at: stamp.created_at,
            updated_at: stamp.updated_at,
            created_by: stamp.created_by,
            safety_report_id: action.report_id,
            ticket_id: place.ticket_id,
            account_id: place.account_id,
            site_id: place.site_id,
            branch_id: place.branch_id,
            time_zone: action.zone.name().to_owned(),
            description: plan.description,
            owner_id: plan.owner_id,
            due_on: plan.due_on,
            due_at: action.due_at(),
            hierarchy: plan.hierarchy,
            state: action.state,
            evidence: history.evidence,
            done_by: history.done_by,
            done_at: history.done_at,
            verified_by: history.verified_by,
            verified_at: history.verified_at,
            rejected_reason: history.rejected_reason,
            cancelled_reason: history.cancelled_reason,
            effectiveness_check_on: plan.effectiveness_check_on,
            effectiveness: history.effectiveness,
        }
    }
}
