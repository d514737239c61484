//! The states of a safety report: which step leads where. What a step demands beyond that is in [`super::model`].

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// What was reported.
    pub enum SafetyReportKind {
        /// Somebody or something came to harm, or the environment did.
        Incident = "incident",
        /// Nothing happened, by luck.
        NearMiss = "near_miss",
        /// Nothing happened, because somebody took care.
        GoodCatch = "good_catch",
    }

    /// Where a safety report stands.
    pub enum SafetyReportState {
        Reported = "reported",
        Triaged = "triaged",
        Investigating = "investigating",
        /// The cause is known; corrective actions are under way.
        ActionsOpen = "actions_open",
        /// Everything that was to be done is verified.
        Verified = "verified",
        Closed = "closed",
    }

    /// A step of a safety report.
    pub enum Step {
        Triage = "triage",
        Investigate = "investigate",
        OpenActions = "open_actions",
        Verify = "verify",
        Close = "close",
    }
}

/// The state after a step. Only a good catch may need no investigation.
pub(crate) const fn after(state: SafetyReportState, step: Step, kind: SafetyReportKind) -> Option<SafetyReportState> {
    use SafetyReportState::{ActionsOpen, Closed, Investigating, Reported, Triaged, Verified};
    match (state, step) {
        (Reported, Step::Triage) => Some(Triaged),
        (Triaged, Step::Investigate) => Some(Investigating),
        (Triaged, Step::Close) => match kind {
            SafetyReportKind::GoodCatch => Some(Closed),
            SafetyReportKind::Incident | SafetyReportKind::NearMiss => None,
        },
        (Investigating, Step::OpenActions) => Some(ActionsOpen),
        (ActionsOpen, Step::Verify) => Some(Verified),
        (Verified, Step::Close) => Some(Closed),
        (Reported, Step::Investigate | Step::OpenActions | Step::Verify | Step::Close)
        | (Triaged, Step::Triage | Step::OpenActions | Step::Verify)
        | (Investigating, Step::Triage | Step::Investigate | Step::Verify | Step::Close)
        | (ActionsOpen, Step::Triage | Step::Investigate | Step::OpenActions | Step::Close)
        | (Verified, Step::Triage | Step::Investigate | Step::OpenActions | Step::Verify)
        | (Closed, _) => None,
    }
}

/// The state after a step.
///
/// # Errors
/// 409 `illegal_transition` with the steps that are allowed.
pub(crate) fn moved(state: SafetyReportState, step: Step, kind: SafetyReportKind) -> Result<SafetyReportState, Fault> {
    transition::moved(state, step, |state, step| after(state, step, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kind: SafetyReportKind) -> String {
        let mut table = String::new();
        for state in SafetyReportState::ALL {
            table.push_str(&format!("{state}:"));
            for step in Step::ALL {
                if let Some(next) = after(*state, *step, kind) {
                    table.push_str(&format!(" {step}={next}"));
                }
            }
            table.push('\n');
        }
        table
    }

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let expected = "reported: triage=triaged\n\
            triaged: investigate=investigating\n\
            investigating: open_actions=actions_open\n\
            actions_open: verify=verified\n\
            verified: close=closed\n\
            closed:\n";
        assert_eq!(table(SafetyReportKind::Incident), expected);
        assert_eq!(table(SafetyReportKind::NearMiss), expected);
        let shorter = expected.replace("triaged: investigate=investigating", "triaged: investigate=investigating close=closed");
        assert_eq!(table(SafetyReportKind::GoodCatch), shorter);
        let fault = moved(SafetyReportState::Triaged, Step::Close, SafetyReportKind::Incident).unwrap_err();
        assert_eq!((&*fault.code, fault.allowed.clone()), ("illegal_transition", ["investigate"].map(str::to_owned).to_vec()));
    }
}
