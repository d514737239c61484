//! The states of a scheduling request: which step leads where.

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// Where a scheduling request stands.
    pub enum SchedulingState {
        Requested = "requested",
        /// The desk has proposed another window.
        Countered = "countered",
        Confirmed = "confirmed",
        Declined = "declined",
        /// Nobody answered the counter-proposal in time.
        Expired = "expired",
        /// It was carried out.
        Completed = "completed",
        /// It was confirmed and not carried out.
        Failed = "failed",
    }

    /// A step of a scheduling request.
    pub enum Step {
        Confirm = "confirm",
        Decline = "decline",
        Counter = "counter",
        /// The customer agrees to the counter-proposal.
        Accept = "accept",
        /// The customer does not agree to it.
        Reject = "reject",
        Expire = "expire",
        Complete = "complete",
        Fail = "fail",
    }
}

impl SchedulingState {
    /// True while nobody has decided.
    #[must_use]
    pub(crate) const fn is_undecided(self) -> bool {
        matches!(self, Self::Requested | Self::Countered)
    }
}

/// The state after a step.
#[must_use]
pub(crate) const fn after(state: SchedulingState, step: Step) -> Option<SchedulingState> {
    use SchedulingState::{Completed, Confirmed, Countered, Declined, Expired, Failed, Requested};
    match (state, step) {
        (Requested, Step::Confirm) | (Countered, Step::Accept) => Some(Confirmed),
        (Requested, Step::Decline) | (Countered, Step::Reject) => Some(Declined),
        (Requested, Step::Counter) => Some(Countered),
        (Countered, Step::Expire) => Some(Expired),
        (Confirmed, Step::Complete) => Some(Completed),
        (Confirmed, Step::Fail) => Some(Failed),
        (Requested, Step::Accept | Step::Reject | Step::Expire | Step::Complete | Step::Fail)
        | (Countered, Step::Confirm | Step::Decline | Step::Counter | Step::Complete | Step::Fail)
        | (Confirmed, Step::Confirm | Step::Decline | Step::Counter | Step::Accept | Step::Reject | Step::Expire)
        | (Declined | Expired | Completed | Failed, _) => None,
    }
}

/// The state after a step.
///
/// # Errors
/// 409 `illegal_transition` with the steps that are allowed.
pub(crate) fn moved(state: SchedulingState, step: Step) -> Result<SchedulingState, Fault> {
    transition::moved(state, step, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let mut table = String::new();
        for state in SchedulingState::ALL {
            table.push_str(&format!("{state}:"));
            for step in Step::ALL {
                if let Some(next) = after(*state, *step) {
                    table.push_str(&format!(" {step}={next}"));
                }
            }
            table.push('\n');
        }
        let expected = "requested: confirm=confirmed decline=declined counter=countered\n\
            countered: accept=confirmed reject=declined expire=expired\n\
            confirmed: complete=completed fail=failed\n\
            declined:\nexpired:\ncompleted:\nfailed:\n";
        assert_eq!(table, expected);
        let fault = moved(SchedulingState::Countered, Step::Complete).unwrap_err();
        assert_eq!(
            (&*fault.code, fault.allowed.clone()),
            ("illegal_transition", ["accept", "reject", "expire"].map(str::to_owned).to_vec())
        );
    }
}
