//! What a payment is and which steps it can take. Pure.

use kernel::Fault;
use kernel::words;

words! {
    /// The states of a payment. A reversed one stays reversed: money that comes again is another payment.
    pub enum State {
        Recorded = "recorded",
        Reversed = "reversed",
    }

    /// What can be done to a payment.
    pub enum Step {
        Apply = "apply",
        Unapply = "unapply",
        Reverse = "reverse",
    }

    /// How money came.
    pub enum Method {
        Ach = "ach",
        Check = "check",
        Wire = "wire",
        Card = "card",
        Cash = "cash",
        Other = "other",
    }

    /// Why a payment is reversed.
    pub enum ReversalReason {
        Nsf = "nsf",
        Chargeback = "chargeback",
        Error = "error",
    }
}

impl State {
    /// # Errors
    /// 409 `illegal_transition` when the payment has been reversed.
    pub fn check(self, step: Step) -> Result<(), Fault> {
        match (self, step) {
            (Self::Recorded, Step::Apply | Step::Unapply | Step::Reverse) => Ok(()),
            (Self::Reversed, Step::Apply | Step::Unapply | Step::Reverse) => {
                Err(Fault::illegal_transition::<&str>(step.as_str(), self.as_str(), []))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_state_table() {
        for step in Step::ALL.iter().copied() {
            assert!(State::Recorded.check(step).is_ok());
            assert_eq!(State::Reversed.check(step).unwrap_err().code, "illegal_transition");
        }
    }
}
