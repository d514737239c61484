//! What callers send and receive about macros.

use chrono::{DateTime, Utc};
use kernel::id::{BranchId, MacroId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::Macro;
use crate::action::Actions;

/// Names one macro.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MacroPath {
    /// The macro.
    pub macro_id: MacroId,
}

/// A new macro.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateMacro {
    #[schema(min_length = 1, max_length = 120, example = "Missed pickup: apologise and reschedule")]
    pub name: String,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    pub branch_id: Option<BranchId>,
    pub actions: Actions,
}

impl CreateMacro {
    pub(crate) fn into_macro(self, touch: Touch) -> Macro {
        Macro {
            id: MacroId::generate(),
            stamp: Stamp::new(touch),
            external_ref: self.external_ref,
            name: self.name,
            branch_id: self.branch_id,
            active: true,
            actions: self.actions,
        }
    }
}

/// Changes of a macro (RFC 7396): absent keeps, null clears. Actions are replaced as a whole.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchMacro {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    pub active: Option<bool>,
    pub actions: Option<Actions>,
}

impl PatchMacro {
    pub(crate) fn apply(self, one: Macro, touch: Touch) -> Macro {
        Macro {
            name: self.name.unwrap_or(one.name),
            branch_id: self.branch_id.unwrap_or(one.branch_id),
            active: self.active.unwrap_or(one.active),
            actions: self.actions.unwrap_or(one.actions),
            stamp: one.stamp.touched(touch),
            ..one
        }
    }
}

/// Which macro is applied.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApplyMacro {
    pub macro_id: MacroId,
}

/// A macro.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MacroView {
    pub id: MacroId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    #[schema(max_length = 120)]
    pub name: String,
    pub branch_id: Option<BranchId>,
    pub active: bool,
    pub actions: Actions,
}

impl From<&Macro> for MacroView {
    fn from(one: &Macro) -> Self {
        Self {
            id: one.id,
            version: one.stamp.version,
            created_at: one.stamp.created_at,
            updated_at: one.stamp.updated_at,
            external_ref: one.external_ref.clone(),
            name: one.name.clone(),
            branch_id: one.branch_id,
            active: one.active,
            actions: one.actions.clone(),
        }
    }
}
