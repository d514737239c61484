//! Safety: reports of what happened or nearly did, and the corrective actions that follow from them.
//!
//! Who reported and who was involved is kept apart from the report, in a table that no list, event, audit entry or search reads,
//! and is shown to those alone who hold the permission for it. What is filed names nobody as its author, and of an anonymous
//! report no trace of its author is kept at all; an attempt to file names nobody either. Free texts may name somebody, so no event or
//! audit entry carries one. A regulator's clock runs from the moment we learned of an injury; a corrective action is verified by
//! somebody other than its owner, and a report closes when everything that was to be done is verified.

pub(crate) mod action;
pub(crate) mod migration;
pub(crate) mod report;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
pub(crate) mod worker;

use platform::operation::Operations;
use platform::permissions;

permissions! {
    /// Read safety reports, without who reported and who was involved.
    pub ReadSafetyReports = "safety-reports:read";
    /// Report what happened, or nearly did.
    pub FileSafetyReports = "safety-reports:file";
    /// Investigate safety reports, tell regulators of them and close them.
    pub WorkSafetyReports = "safety-reports:write";
    /// Read who reported and who was involved.
    pub ReadSafetyIdentities = "safety-identities:read";
    /// Correct who was involved.
    pub WriteSafetyIdentities = "safety-identities:write";
    /// Read corrective actions.
    pub ReadCorrectiveActions = "corrective-actions:read";
    /// Plan, change and cancel corrective actions.
    pub PlanCorrectiveActions = "corrective-actions:write";
    /// Begin corrective actions and say that they are done.
    pub WorkCorrectiveActions = "corrective-actions:work";
    /// Verify the corrective actions of others, and check whether they helped.
    pub VerifyCorrectiveActions = "corrective-actions:verify";
}

pub(crate) fn operations() -> Operations {
    report::http::operations().and(action::http::operations())
}
