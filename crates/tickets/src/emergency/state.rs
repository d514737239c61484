//! The states of an emergency: which step leads where.

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// Where an emergency stands.
    pub(crate) enum EmergencyState {
        Raised = "raised",
        /// People on call are being paged, one level after the other.
        Paging = "paging",
        /// No level has answered: the duty manager is paged.
        Exhausted = "exhausted",
        Acknowledged = "acknowledged",
        Dispatched = "dispatched",
        Contained = "contained",
        /// The customer has heard from a person that it is over.
        LoopClosed = "loop_closed",
        /// It was none after all.
        CalledOff = "called_off",
    }

    /// A step of an emergency.
    pub(crate) enum EmergencyStep {
        Page = "page",
        Exhaust = "exhaust",
        Acknowledge = "acknowledge",
        /// Somebody is sent, or somebody else than before.
        Dispatch = "dispatch",
        Contain = "contain",
        CloseLoop = "close_loop",
        CallOff = "call_off",
    }
}

impl EmergencyState {
    /// True while nobody has taken charge.
    pub(crate) const fn is_unacknowledged(self) -> bool {
        matches!(self, Self::Raised | Self::Paging | Self::Exhausted)
    }

    /// True until its end.
    pub(crate) const fn is_open(self) -> bool {
        !matches!(self, Self::LoopClosed | Self::CalledOff)
    }

    /// What its customer is told: whom the desk wakes is the desk's own business.
    pub(crate) const fn for_customers(self) -> Self {
        if self.is_unacknowledged() { Self::Raised } else { self }
    }
}

/// The state after a step.
pub(crate) const fn after(state: EmergencyState, step: EmergencyStep) -> Option<EmergencyState> {
    use EmergencyState::{Acknowledged, CalledOff, Contained, Dispatched, Exhausted, LoopClosed, Paging, Raised};
    use EmergencyStep::{Acknowledge, CallOff, CloseLoop, Contain, Dispatch, Exhaust, Page};
    match (state, step) {
        (Raised | Paging, Page) => Some(Paging),
        (Exhausted, Page) | (Raised | Paging, Exhaust) => Some(Exhausted),
        (Raised | Paging | Exhausted, Acknowledge) => Some(Acknowledged),
        (Acknowledged | Dispatched, Dispatch) => Some(Dispatched),
        (Dispatched, Contain) => Some(Contained),
        (Contained, CloseLoop) => Some(LoopClosed),
        (Raised | Paging | Exhausted | Acknowledged | Dispatched | Contained, CallOff) => Some(CalledOff),
        (Raised | Paging | Exhausted, Dispatch | Contain | CloseLoop)
        | (Exhausted, Exhaust)
        | (Acknowledged, Page | Exhaust | Acknowledge | Contain | CloseLoop)
        | (Dispatched, Page | Exhaust | Acknowledge | CloseLoop)
        | (Contained, Page | Exhaust | Acknowledge | Dispatch | Contain)
        | (LoopClosed | CalledOff, Page | Exhaust | Acknowledge | Dispatch | Contain | CloseLoop | CallOff) => None,
    }
}

/// The state after a step.
///
/// # Errors
/// 409 `illegal_transition` with the steps that are allowed.
pub(crate) fn moved(state: EmergencyState, step: EmergencyStep) -> Result<EmergencyState, Fault> {
    transition::moved(state, step, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let mut table = String::new();
        for state in EmergencyState::ALL {
            let steps: Vec<String> =
                EmergencyStep::ALL.iter().filter_map(|step| after(*state, *step).map(|next| format!("{step}>{next}"))).collect();
            table.push_str(&format!("{state}: {}\n", steps.join(" ")));
        }
        let expected = "raised: page>paging exhaust>exhausted acknowledge>acknowledged call_off>called_off\n\
            paging: page>paging exhaust>exhausted acknowledge>acknowledged call_off>called_off\n\
            exhausted: page>exhausted acknowledge>acknowledged call_off>called_off\n\
            acknowledged: dispatch>dispatched call_off>called_off\n\
            dispatched: dispatch>dispatched contain>contained call_off>called_off\n\
            contained: close_loop>loop_closed call_off>called_off\n\
            loop_closed: \n\
            called_off: \n";
        assert_eq!(table, expected);
        let fault = moved(EmergencyState::Contained, EmergencyStep::Dispatch).unwrap_err();
        assert_eq!((&*fault.code, fault.allowed.clone()), ("illegal_transition", vec!["close_loop".to_owned(), "call_off".to_owned()]));
    }

    #[test]
    fn customers_are_not_told_whom_the_desk_wakes() {
        use EmergencyState::{Dispatched, Exhausted, Paging, Raised};
        assert_eq!([Raised, Paging, Exhausted, Dispatched].map(EmergencyState::for_customers), [Raised, Raised, Raised, Dispatched]);
    }
}
