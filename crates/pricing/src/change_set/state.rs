//! The states of a change set: which step leads where. What a step demands beyond that is in [`super::model`].

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// Where a change set stands.
    pub enum ChangeSetState {
        /// What it is meant to do can be changed.
        Draft = "draft",
        /// Its rows have been worked out.
        Previewed = "previewed",
        /// Somebody else than its requester agreed to those rows.
        Approved = "approved",
        /// Its books are being published, one after the other.
        Publishing = "publishing",
        Published = "published",
        /// Some of its books could not be published; the others are. Customers are told once it is decided about these.
        PartiallyBlocked = "partially_blocked",
        Cancelled = "cancelled",
    }

    /// A step of a change set.
    pub enum ChangeSetStep {
        Preview = "preview",
        Approve = "approve",
        /// Back to draft.
        Return = "return",
        /// Also once more, for books that were blocked.
        Publish = "publish",
        /// Every book is published.
        Complete = "complete",
        /// No book is left to try, and some were refused.
        Block = "block",
        /// The books that were refused are given up.
        Settle = "settle",
        Cancel = "cancel",
    }
}

impl ChangeSetStep {
    /// The event that tells of it.
    #[must_use]
    pub const fn event(self) -> &'static str {
        match self {
            Self::Preview => "change_set.previewed",
            Self::Approve => "change_set.approved",
            Self::Return => "change_set.returned",
            Self::Publish => "change_set.publishing",
            Self::Complete => "change_set.published",
            Self::Block => "change_set.blocked",
            Self::Settle => "change_set.settled",
            Self::Cancel => "change_set.cancelled",
        }
    }
}

/// The state after a step.
const fn after(state: ChangeSetState, step: ChangeSetStep) -> Option<ChangeSetState> {
    use ChangeSetState as S;
    use ChangeSetStep as T;
    match (state, step) {
        (S::Draft | S::Previewed, T::Preview) => Some(S::Previewed),
        (S::Previewed, T::Approve) => Some(S::Approved),
        (S::Previewed | S::Approved, T::Return) => Some(S::Draft),
        (S::Approved | S::PartiallyBlocked, T::Publish) => Some(S::Publishing),
        (S::Publishing, T::Complete) | (S::PartiallyBlocked, T::Settle) => Some(S::Published),
        (S::Publishing, T::Block) => Some(S::PartiallyBlocked),
        (S::Draft | S::Previewed | S::Approved, T::Cancel) => Some(S::Cancelled),
        (S::Draft, T::Approve | T::Return | T::Publish | T::Complete | T::Block | T::Settle)
        | (S::Previewed, T::Publish | T::Complete | T::Block | T::Settle)
        | (S::Approved, T::Preview | T::Approve | T::Complete | T::Block | T::Settle)
        | (S::Publishing, T::Preview | T::Approve | T::Return | T::Publish | T::Settle | T::Cancel)
        | (S::PartiallyBlocked, T::Preview | T::Approve | T::Return | T::Complete | T::Block | T::Cancel)
        | (S::Published | S::Cancelled, _) => None,
    }
}

/// The state after a step.
///
/// # Errors
/// 409 `illegal_transition` with the steps that the state has.
pub fn moved(state: ChangeSetState, step: ChangeSetStep) -> Result<ChangeSetState, Fault> {
    transition::moved(state, step, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_transition_table() {
        let mut table = String::new();
        for state in ChangeSetState::ALL {
            table.push_str(&format!("{state}:"));
            for step in ChangeSetStep::ALL {
                if let Ok(next) = moved(*state, *step) {
                    table.push_str(&format!(" {step}={next}"));
                }
            }
            table.push('\n');
        }
        let expected = "draft: preview=previewed cancel=cancelled\n\
            previewed: preview=previewed approve=approved return=draft cancel=cancelled\n\
            approved: return=draft publish=publishing cancel=cancelled\n\
            publishing: complete=published block=partially_blocked\n\
            published:\n\
            partially_blocked: publish=publishing settle=published\n\
            cancelled:\n";
        assert_eq!(table, expected);
        assert_eq!(moved(ChangeSetState::Published, ChangeSetStep::Cancel).unwrap_err().code, "illegal_transition");
    }
}
