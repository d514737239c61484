//! What a payment is and which steps it can take. Pure.

use kernel::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The states of a payment. A reversed one stays reversed: money that comes again is another payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Recorded,
    Reversed,
}

/// What can be done to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Apply,
    Unapply,
    Reverse,
}

impl State {
    pub const NAMES: &'static [&'static str] = &["recorded", "reversed"];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Reversed => "reversed",
        }
    }

    /// Reads a stored state.
    ///
    /// # Errors
    /// `unknown_state` for a text that is none.
    pub fn stored(text: &str) -> Result<Self, Fault> {
        match text {
            "recorded" => Ok(Self::Recorded),
            "reversed" => Ok(Self::Reversed),
            _ => Err(Fault::invalid("unknown_state", "Unknown payment state.")),
        }
    }

    /// # Errors
    /// 409 `illegal_transition` when the payment has been reversed.
    pub fn check(self, step: Step) -> Result<(), Fault> {
        let name = match step {
            Step::Apply => "apply",
            Step::Unapply => "unapply",
            Step::Reverse => "reverse",
        };
        match (self, step) {
            (Self::Recorded, Step::Apply | Step::Unapply | Step::Reverse) => Ok(()),
            (Self::Reversed, Step::Apply | Step::Unapply | Step::Reverse) => {
                Err(Fault::illegal_transition::<&str>(name, self.as_str(), []))
            }
        }
    }
}

/// How money came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Ach,
    Check,
    Wire,
    Card,
    Cash,
    Other,
}

impl Method {
    pub const NAMES: &'static [&'static str] = &["ach", "check", "wire", "card", "cash", "other"];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ach => "ach",
            Self::Check => "check",
            Self::Wire => "wire",
            Self::Card => "card",
            Self::Cash => "cash",
            Self::Other => "other",
        }
    }
}

/// Why a payment is reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReversalReason {
    Nsf,
    Chargeback,
    Error,
}

impl ReversalReason {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nsf => "nsf",
            Self::Chargeback => "chargeback",
            Self::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_state_table() {
        for step in [Step::Apply, Step::Unapply, Step::Reverse] {
            assert!(State::Recorded.check(step).is_ok());
            assert_eq!(State::Reversed.check(step).unwrap_err().code, "illegal_transition");
        }
    }
}
