//! What callers send and receive about escalation policies.

use chrono::{DateTime, Utc};
use kernel::id::{EscalationPolicyId, EscalationPolicyVersionId, ObligationId, TicketId};
use platform::problem::Problem;
use platform::rows::word;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{EscalationAction, EscalationPolicy, EscalationPolicyVersion, EscalationStep};
use super::run_entity;

/// Names one escalation policy.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EscalationPolicyPath {
    /// The policy.
    pub policy_id: EscalationPolicyId,
}

/// A new escalation policy with its first version. SLA policies refer to it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateEscalationPolicy {
    #[schema(min_length = 1, max_length = 120, example = "Strategic accounts")]
    pub name: String,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    pub steps: Vec<EscalationStep>,
}

impl CreateEscalationPolicy {
    pub(crate) fn into_policy(self, touch: Touch) -> EscalationPolicy {
        EscalationPolicy {
            id: EscalationPolicyId::generate(),
            stamp: Stamp::new(touch),
            external_ref: self.external_ref,
            name: self.name,
            active: true,
        }
    }
}

/// Changes of an escalation policy's name and use (RFC 7396). Its steps change by publishing a version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchEscalationPolicy {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// The steps of an inactive policy are not carried out, not even those that are planned.
    pub active: Option<bool>,
}

impl PatchEscalationPolicy {
    pub(crate) fn apply(self, policy: EscalationPolicy, touch: Touch) -> EscalationPolicy {
        EscalationPolicy {
            name: self.name.unwrap_or(policy.name),
            active: self.active.unwrap_or(policy.active),
            stamp: policy.stamp.touched(touch),
            ..policy
        }
    }
}

/// A new version of an escalation policy, for promises that are made or recalculated from now on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublishEscalationPolicyVersion {
    #[schema(min_items = 1, max_items = 20)]
    pub steps: Vec<EscalationStep>,
}

/// An escalation policy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscalationPolicyView {
    pub id: EscalationPolicyId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    #[schema(max_length = 120)]
    pub name: String,
    pub active: bool,
    /// The version that was published last; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<EscalationPolicyVersionView>,
}

impl From<&EscalationPolicy> for EscalationPolicyView {
    fn from(policy: &EscalationPolicy) -> Self {
        Self {
            id: policy.id,
            version: policy.stamp.version,
            created_at: policy.stamp.created_at,
            updated_at: policy.stamp.updated_at,
            external_ref: policy.external_ref.clone(),
            name: policy.name.clone(),
            active: policy.active,
            latest: None,
        }
    }
}

/// A published version of an escalation policy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscalationPolicyVersionView {
    pub id: EscalationPolicyVersionId,
    pub policy_id: EscalationPolicyId,
    #[schema(minimum = 1, maximum = 1000000)]
    pub number: i32,
    pub published_at: DateTime<Utc>,
    pub published_by: Uuid,
    #[schema(max_items = 20)]
    pub steps: Vec<EscalationStep>,
}

impl From<&EscalationPolicyVersion> for EscalationPolicyVersionView {
    fn from(version: &EscalationPolicyVersion) -> Self {
        Self {
            id: version.id,
            policy_id: version.policy_id,
            number: version.number,
            published_at: version.published_at,
            published_by: version.published_by,
            steps: version.steps.clone(),
        }
    }
}

/// The versions of an escalation policy, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscalationPolicyVersionsView {
    #[schema(max_items = 1000)]
    pub data: Vec<EscalationPolicyVersionView>,
}

/// One step that was carried out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscalationRunView {
    pub id: Uuid,
    pub policy_id: EscalationPolicyId,
    pub policy_version_id: EscalationPolicyVersionId,
    pub obligation_id: ObligationId,
    pub ticket_id: Option<TicketId>,
    /// Which step, and the time it was repeated.
    #[schema(max_length = 60, example = "#1 50% x2")]
    pub step: String,
    pub action: EscalationAction,
    /// What came of it.
    #[schema(max_length = 500)]
    pub outcome: String,
    pub planned_at: DateTime<Utc>,
    pub ran_at: DateTime<Utc>,
    #[schema(minimum = 0)]
    pub late_by_s: i64,
}

impl TryFrom<run_entity::Model> for EscalationRunView {
    type Error = Problem;

    fn try_from(row: run_entity::Model) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            policy_id: row.policy_id.into(),
            policy_version_id: row.version_id.into(),
            obligation_id: row.obligation_id.into(),
            ticket_id: row.ticket_id.map(Into::into),
            step: row.step,
            action: word(&row.action)?,
            outcome: row.outcome,
            planned_at: row.planned_at,
            ran_at: row.ran_at,
            late_by_s: row.late_by_s,
        })
    }
}
