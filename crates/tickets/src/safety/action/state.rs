//! The states of a corrective action: which step leads where. What a step demands beyond that is in [`super::model`].

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// Where a corrective action stands.
    pub enum CorrectiveActionState {
        Open = "open",
        InProgress = "in_progress",
        /// Its owner says that it is done.
        Done = "done",
        /// Somebody else has found it done.
        Verified = "verified",
        /// Somebody else has not; its owner goes on with it.
        Rejected = "rejected",
        Cancelled = "cancelled",
    }

    /// A step of a corrective action.
    pub enum Step {
        Start = "start",
        Complete = "complete",
        Verify = "verify",
        Reject = "reject",
        Cancel = "cancel",
    }
}

impl CorrectiveActionState {
    /// True when nobody has to do anything for it any more.
    pub(crate) const fn is_settled(self) -> bool {
        matches!(self, Self::Verified | Self::Cancelled)
    }

    /// True while its owner has to do something.
    pub(crate) const fn is_owed(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::Rejected)
    }
}

/// The state after a step.
pub(crate) const fn after(state: CorrectiveActionState, step: Step) -> Option<CorrectiveActionState> {
    use CorrectiveActionState::{Cancelled, Done, InProgress, Open, Rejected, Verified};
    match (state, step) {
        (Open | Rejected, Step::Start) => Some(InProgress),
        (InProgress, Step::Complete) => Some(Done),
        (Done, Step::Verify) => Some(Verified),
        (Done, Step::Reject) => Some(Rejected),
        (Open | InProgress | Done | Rejected, Step::Cancel) => Some(Cancelled),
        (Open | Rejected, Step::Complete | Step::Verify | Step::Reject)
        | (InProgress, Step::Start | Step::Verify | Step::Reject)
        | (Done, Step::Start | Step::Complete)
        | (Verified | Cancelled, _) => None,
    }
}

/// The state after a step.
///
/// # Errors
/// 409 `illegal_transition` with the steps that are allowed.
pub(crate) fn moved(state: CorrectiveActionState, step: Step) -> Result<CorrectiveActionState, Fault> {
    transition::moved(state, step, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let mut table = String::new();
        for state in CorrectiveActionState::ALL {
            table.push_str(&format!("{state}:"));
            for step in Step::ALL {
                if let Some(next) = after(*state, *step) {
                    table.push_str(&format!(" {step}={next}"));
                }
            }
            table.push('\n');
        }
        let expected = "open: start=in_progress cancel=cancelled\n\
            in_progress: complete=done cancel=cancelled\n\
            done: verify=verified reject=rejected cancel=cancelled\n\
            verified:\n\
            rejected: start=in_progress cancel=cancelled\n\
            cancelled:\n";
        assert_eq!(table, expected);
        let fault = moved(CorrectiveActionState::Done, Step::Start).unwrap_err();
        assert_eq!(fault.allowed, ["verify", "reject", "cancel"]);
    }
}
