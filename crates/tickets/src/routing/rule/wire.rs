//! What callers send and receive about routing rules.

use chrono::{DateTime, Utc};
use kernel::id::{GroupId, RoutingRuleId};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{RoutingRule, RuleConditions};
use crate::agent::model::RequiredSkill;

/// Names one routing rule.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RulePath {
    /// The rule.
    pub rule_id: RoutingRuleId,
}

/// A new rule; it is tried last until the order is changed.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateRoutingRule {
    #[schema(min_length = 1, max_length = 120, example = "Hazardous waste")]
    pub name: String,
    #[serde(default)]
    pub conditions: RuleConditions,
    /// Who gets the tickets.
    pub group_id: GroupId,
    /// What it takes to work on them.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub required_skills: Vec<RequiredSkill>,
}

impl CreateRoutingRule {
    pub(crate) fn into_rule(self, touch: Touch) -> RoutingRule {
        RoutingRule {
            id: RoutingRuleId::generate(),
            stamp: Stamp::new(touch),
            name: self.name,
            conditions: self.conditions,
            group_id: self.group_id,
            required_skills: self.required_skills,
            active: true,
        }
    }
}

/// Changes of a rule (RFC 7396). Conditions and skills are replaced as a whole.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchRoutingRule {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    pub conditions: Option<RuleConditions>,
    pub group_id: Option<GroupId>,
    #[schema(max_items = 20)]
    pub required_skills: Option<Vec<RequiredSkill>>,
    /// An inactive rule is passed over.
    pub active: Option<bool>,
}

impl PatchRoutingRule {
    pub(crate) fn apply(self, rule: RoutingRule, touch: Touch) -> RoutingRule {
        RoutingRule {
            name: self.name.unwrap_or(rule.name),
            conditions: self.conditions.unwrap_or(rule.conditions),
            group_id: self.group_id.unwrap_or(rule.group_id),
            required_skills: self.required_skills.unwrap_or(rule.required_skills),
            active: self.active.unwrap_or(rule.active),
            stamp: rule.stamp.touched(touch),
            ..rule
        }
    }
}

/// A routing rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutingRuleView {
    pub id: RoutingRuleId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub name: String,
    pub conditions: RuleConditions,
    pub group_id: GroupId,
    #[schema(max_items = 20)]
    pub required_skills: Vec<RequiredSkill>,
    pub active: bool,
}

impl From<&RoutingRule> for RoutingRuleView {
    fn from(rule: &RoutingRule) -> Self {
        Self {
            id: rule.id,
            version: rule.stamp.version,
            created_at: rule.stamp.created_at,
            updated_at: rule.stamp.updated_at,
            name: rule.name.clone(),
            conditions: rule.conditions.clone(),
            group_id: rule.group_id,
            required_skills: rule.required_skills.clone(),
            active: rule.active,
        }
    }
}

/// The rules in the order in which they are tried: every one, once.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RoutingOrder {
    #[schema(max_items = 500)]
    pub rule_ids: Vec<RoutingRuleId>,
}
