//! The states of a quote version and what leads from one to another. Pure.
//!
//! Expired is not a state: it is derived from the validity date, and never hides a decision that was made in time.

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// Where a quote version stands.
    pub enum QuoteState {
        /// Prices and content may change.
        Draft = "draft",
        PendingApproval = "pending_approval",
        Approved = "approved",
        /// The customer has it and may decide.
        Sent = "sent",
        Accepted = "accepted",
        /// Some of it became orders.
        PartlyConverted = "partly_converted",
        Converted = "converted",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
        /// A later version was sent.
        Superseded = "superseded",
    }

    /// What can be done to a quote version.
    pub enum QuoteStep {
        Submit = "submit",
        Approve = "approve",
        /// Back to draft.
        Return = "return",
        Send = "send",
        Accept = "accept",
        Reject = "reject",
        Withdraw = "withdraw",
        Supersede = "supersede",
        ConvertPart = "convert_part",
        ConvertRest = "convert_rest",
    }
}

/// The state machine.
///
/// # Errors
/// 409 `illegal_transition` with the steps the state has.
pub fn next_state(state: QuoteState, step: QuoteStep) -> Result<QuoteState, Fault> {
    transition::moved(state, step, after)
}

/// The state after a step.
fn after(state: QuoteState, step: QuoteStep) -> Option<QuoteState> {
    use QuoteState as S;
    use QuoteStep as T;
    match (state, step) {
        (S::Draft, T::Submit) => Some(S::PendingApproval),
        (S::PendingApproval, T::Approve) => Some(S::Approved),
        (S::PendingApproval | S::Approved, T::Return) => Some(S::Draft),
        (S::Approved, T::Send) => Some(S::Sent),
        (S::Sent, T::Accept) => Some(S::Accepted),
        (S::Sent, T::Reject) => Some(S::Rejected),
        (S::Sent, T::Supersede) => Some(S::Superseded),
        (S::Draft | S::PendingApproval | S::Approved | S::Sent, T::Withdraw) => Some(S::Withdrawn),
        (S::Accepted | S::PartlyConverted, T::ConvertPart) => Some(S::PartlyConverted),
        (S::Accepted | S::PartlyConverted, T::ConvertRest) => Some(S::Converted),
        (S::Draft, T::Approve | T::Return | T::Send | T::Accept | T::Reject | T::Supersede | T::ConvertPart | T::ConvertRest)
        | (S::PendingApproval, T::Submit | T::Send | T::Accept | T::Reject | T::Supersede | T::ConvertPart | T::ConvertRest)
        | (S::Approved, T::Submit | T::Approve | T::Accept | T::Reject | T::Supersede | T::ConvertPart | T::ConvertRest)
        | (S::Sent, T::Submit | T::Approve | T::Return | T::Send | T::ConvertPart | T::ConvertRest)
        | (
            S::Accepted | S::PartlyConverted,
            T::Submit | T::Approve | T::Return | T::Send | T::Accept | T::Reject | T::Withdraw | T::Supersede,
        )
        | (S::Converted | S::Rejected | S::Withdrawn | S::Superseded, _) => None,
    }
}

impl QuoteState {
    /// True while the version can still run out of time.
    #[must_use]
    pub const fn may_expire(self) -> bool {
        matches!(self, Self::Approved | Self::Sent)
    }

    /// True once the customer may see it.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::Draft | Self::PendingApproval | Self::Approved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_transition_table() {
        let mut table = Vec::new();
        for state in QuoteState::ALL {
            for step in QuoteStep::ALL {
                if let Ok(next) = next_state(*state, *step) {
                    table.push(format!("{} {} {}", state.as_str(), step.as_str(), next.as_str()));
                }
            }
        }
        let expected = [
            "draft submit pending_approval",
            "draft withdraw withdrawn",
            "pending_approval approve approved",
            "pending_approval return draft",
            "pending_approval withdraw withdrawn",
            "approved return draft",
            "approved send sent",
            "approved withdraw withdrawn",
            "sent accept accepted",
            "sent reject rejected",
            "sent withdraw withdrawn",
            "sent supersede superseded",
            "accepted convert_part partly_converted",
            "accepted convert_rest converted",
            "partly_converted convert_part partly_converted",
            "partly_converted convert_rest converted",
        ];
        assert_eq!(table, expected);
    }
}
