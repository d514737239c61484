//! What callers send and receive about SLA policies.

use chrono::{DateTime, Utc};
use kernel::id::{SlaPolicyId, SlaPolicyVersionId};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{PolicyTerms, SlaPolicy, SlaPolicyVersion};
use crate::obligation::preview::wire::PreviewPosition;

/// Names one policy.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PolicyPath {
    /// The policy.
    pub policy_id: SlaPolicyId,
}

/// A new policy with its first version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateSlaPolicy {
    #[schema(min_length = 1, max_length = 120, example = "Strategic accounts")]
    pub name: String,
    /// The lowest is tried first; the built-in policies stand at 1000.
    #[schema(minimum = 0, maximum = 1000000, example = 100)]
    pub position: i32,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    pub terms: PolicyTerms,
    /// False makes nothing of it yet: preview it, then activate it. True when absent.
    pub active: Option<bool>,
}

impl CreateSlaPolicy {
    pub(crate) fn into_policy(self, touch: Touch) -> SlaPolicy {
        SlaPolicy {
            id: SlaPolicyId::generate(),
            stamp: Stamp::new(touch),
            external_ref: self.external_ref,
            name: self.name,
            position: self.position,
            active: self.active.unwrap_or(true),
        }
    }
}

/// Changes of a policy's name, place and use (RFC 7396). Its terms change by publishing a version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchSlaPolicy {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[schema(minimum = 0, maximum = 1000000)]
    pub position: Option<i32>,
    /// An inactive policy makes no promises: running ones that no other policy makes are cancelled.
    pub active: Option<bool>,
}

impl PatchSlaPolicy {
    pub(crate) fn apply(self, policy: SlaPolicy, touch: Touch) -> SlaPolicy {
        SlaPolicy {
            name: self.name.unwrap_or(policy.name),
            position: self.position.unwrap_or(policy.position),
            active: self.active.unwrap_or(policy.active),
            stamp: policy.stamp.touched(touch),
            ..policy
        }
    }
}

/// A new version of a policy.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublishSlaPolicyVersion {
    pub terms: PolicyTerms,
    /// When it takes effect, not in the past; now when absent.
    pub effective_from: Option<DateTime<Utc>>,
}

/// A change of a policy that is only supposed, and the page of its effects. What is absent stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PreviewSlaPolicy {
    pub terms: Option<PolicyTerms>,
    #[schema(minimum = 0, maximum = 1000000)]
    pub position: Option<i32>,
    pub active: Option<bool>,
    /// When it would take effect, not in the past; now when absent.
    pub effective_from: Option<DateTime<Utc>>,
    /// `next` of the page before.
    pub after: Option<PreviewPosition>,
    /// Tickets and subjects that a page goes through; 10,000 when absent.
    #[schema(minimum = 1, maximum = 10000)]
    pub limit: Option<u64>,
}

/// A policy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaPolicyView {
    pub id: SlaPolicyId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    #[schema(max_length = 120)]
    pub name: String,
    pub position: i32,
    pub active: bool,
    /// The version that was published last; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<SlaPolicyVersionView>,
}

impl From<&SlaPolicy> for SlaPolicyView {
    fn from(policy: &SlaPolicy) -> Self {
        Self {
            id: policy.id,
            version: policy.stamp.version,
            created_at: policy.stamp.created_at,
            updated_at: policy.stamp.updated_at,
            external_ref: policy.external_ref.clone(),
            name: policy.name.clone(),
            position: policy.position,
            active: policy.active,
            latest: None,
        }
    }
}

/// A published version of a policy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaPolicyVersionView {
    pub id: SlaPolicyVersionId,
    pub policy_id: SlaPolicyId,
    #[schema(minimum = 1, maximum = 1000000)]
    pub number: i32,
    pub effective_from: DateTime<Utc>,
    pub published_at: DateTime<Utc>,
    pub published_by: Uuid,
    pub terms: PolicyTerms,
}

impl From<&SlaPolicyVersion> for SlaPolicyVersionView {
    fn from(version: &SlaPolicyVersion) -> Self {
        Self {
            id: version.id,
            policy_id: version.policy_id,
            number: version.number,
            effective_from: version.effective_from,
            published_at: version.published_at,
            published_by: version.published_by,
            terms: version.terms.clone(),
        }
    }
}

/// The versions of a policy, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaPolicyVersionsView {
    #[schema(max_items = 1000)]
    pub data: Vec<SlaPolicyVersionView>,
}
