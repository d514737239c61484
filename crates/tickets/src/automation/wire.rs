//! What callers send and receive about automations.

use chrono::{DateTime, Utc};
use kernel::id::{AutomationId, TicketId};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Automation, AutomationTerms};
use super::run_entity;
use crate::ticket::wire::TicketView;

/// Names one automation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AutomationPath {
    /// The automation.
    pub automation_id: AutomationId,
}

/// A new automation. It acts on what happens from now on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateAutomation {
    #[schema(min_length = 1, max_length = 120, example = "Urgent for strategic accounts")]
    pub name: String,
    /// The lowest is tried first.
    #[schema(minimum = 0, maximum = 1000000, example = 100)]
    pub position: i32,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    pub terms: AutomationTerms,
}

impl CreateAutomation {
    pub(crate) fn into_automation(self, touch: Touch) -> Automation {
        Automation {
            id: AutomationId::generate(),
            stamp: Stamp::new(touch),
            external_ref: self.external_ref,
            name: self.name,
            position: self.position,
            active: true,
            terms: self.terms,
        }
    }
}

/// Changes of an automation (RFC 7396). Its terms are replaced as a whole.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchAutomation {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[schema(minimum = 0, maximum = 1000000)]
    pub position: Option<i32>,
    pub active: Option<bool>,
    pub terms: Option<AutomationTerms>,
}

impl PatchAutomation {
    pub(crate) fn apply(self, rule: Automation, touch: Touch) -> Automation {
        Automation {
            name: self.name.unwrap_or(rule.name),
            position: self.position.unwrap_or(rule.position),
            active: self.active.unwrap_or(rule.active),
            terms: self.terms.unwrap_or(rule.terms),
            stamp: rule.stamp.touched(touch),
            ..rule
        }
    }
}

/// An automation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AutomationView {
    pub id: AutomationId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    #[schema(max_length = 120)]
    pub name: String,
    pub position: i32,
    pub active: bool,
    pub terms: AutomationTerms,
}

impl From<&Automation> for AutomationView {
    fn from(rule: &Automation) -> Self {
        Self {
            id: rule.id,
            version: rule.stamp.version,
            created_at: rule.stamp.created_at,
            updated_at: rule.stamp.updated_at,
            external_ref: rule.external_ref.clone(),
            name: rule.name.clone(),
            position: rule.position,
            active: rule.active,
            terms: rule.terms.clone(),
        }
    }
}

/// The ticket that a rule is tried on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DryRunAutomation {
    pub ticket_id: TicketId,
}

/// What a rule would do to a ticket as it is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DryRunView {
    /// The ticket is one that the rule is for.
    pub covers: bool,
    /// The code of what would refuse it; then nothing would be done.
    #[schema(max_length = 100)]
    pub refused: Option<String>,
    /// The ticket as the rule would leave it; null when it would do nothing.
    pub ticket: Option<TicketView>,
    /// The note it would write.
    #[schema(max_length = 100_000)]
    pub note: Option<String>,
    /// The word it would leave.
    #[schema(max_items = 10)]
    pub notices: Vec<String>,
}

/// One run of a rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AutomationRunView {
    pub id: Uuid,
    pub automation_id: AutomationId,
    /// The version of the rule that ran.
    #[schema(minimum = 1)]
    pub automation_version: i64,
    pub ticket_id: TicketId,
    /// How many runs led to it; 0 when a person or time did.
    #[schema(minimum = 0, maximum = 5)]
    pub depth: i32,
    /// The code of what refused it.
    #[schema(max_length = 100)]
    pub refused: Option<String>,
    pub ran_at: DateTime<Utc>,
}

impl From<run_entity::Model> for AutomationRunView {
    fn from(row: run_entity::Model) -> Self {
        Self {
            id: row.id,
            automation_id: row.automation_id.into(),
            automation_version: row.automation_version,
            ticket_id: row.ticket_id.into(),
            depth: row.depth,
            refused: row.refused,
            ran_at: row.ran_at,
        }
    }
}
