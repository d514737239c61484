//! Macros: named sets of actions that a person applies to a ticket in one step. What they do are the person's own acts.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;

use kernel::id::{BranchId, MacroId};
use platform::stamp::Stamp;

use crate::action::Actions;

/// A named set of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    pub id: MacroId,
    pub stamp: Stamp,
    pub external_ref: Option<String>,
    pub name: String,
    /// Staff of other branches do not see it.
    pub branch_id: Option<BranchId>,
    pub active: bool,
    pub actions: Actions,
}
