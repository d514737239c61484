//! The states of a notice: which step leads where. What a step demands beyond that is in [`super::model`].

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// Where a notice stands.
    pub enum NoticeState {
        Draft = "draft",
        /// Its text is fixed; it may go out.
        Approved = "approved",
        /// It has left us for at least one recipient.
        Sent = "sent",
        /// At least one recipient has it.
        Delivered = "delivered",
        Acknowledged = "acknowledged",
        Refused = "refused",
        /// Nobody answered in time.
        Expired = "expired",
        /// It reached nobody; a new revision can be drafted.
        Bounced = "bounced",
        /// It was called off before it went out, or given up after it came back.
        Withdrawn = "withdrawn",
    }

    /// A step of a notice.
    pub enum Step {
        Approve = "approve",
        Send = "send",
        Deliver = "deliver",
        Bounce = "bounce",
        Acknowledge = "acknowledge",
        Refuse = "refuse",
        Expire = "expire",
        Withdraw = "withdraw",
    }
}

impl NoticeState {
    /// The states in which the account's own people see it.
    pub(crate) const PUBLISHED: [Self; 5] = [Self::Sent, Self::Delivered, Self::Acknowledged, Self::Refused, Self::Expired];

    /// True once the account's own people may see it.
    pub(crate) fn is_published(self) -> bool {
        Self::PUBLISHED.contains(&self)
    }
}

/// The state after a step. An answer proves that the notice arrived, so it may follow the sending at once.
pub(crate) const fn after(state: NoticeState, step: Step) -> Option<NoticeState> {
    use NoticeState::{Acknowledged, Approved, Bounced, Delivered, Draft, Expired, Refused, Sent, Withdrawn};
    match (state, step) {
        (Draft, Step::Approve) => Some(Approved),
        (Approved, Step::Send) => Some(Sent),
        (Sent, Step::Deliver) => Some(Delivered),
        (Sent, Step::Bounce) => Some(Bounced),
        (Sent | Delivered, Step::Acknowledge) => Some(Acknowledged),
        (Sent | Delivered, Step::Refuse) => Some(Refused),
        (Sent | Delivered, Step::Expire) => Some(Expired),
        (Draft | Approved | Bounced, Step::Withdraw) => Some(Withdrawn),
        (Draft, Step::Send | Step::Deliver | Step::Bounce | Step::Acknowledge | Step::Refuse | Step::Expire)
        | (Approved, Step::Approve | Step::Deliver | Step::Bounce | Step::Acknowledge | Step::Refuse | Step::Expire)
        | (Sent, Step::Approve | Step::Send | Step::Withdraw)
        | (Delivered, Step::Approve | Step::Send | Step::Deliver | Step::Bounce | Step::Withdraw)
        | (Bounced, Step::Approve | Step::Send | Step::Deliver | Step::Bounce | Step::Acknowledge | Step::Refuse | Step::Expire)
        | (Acknowledged | Refused | Expired | Withdrawn, _) => None,
    }
}

/// The state after a step.
///
/// # Errors
/// 409 `illegal_transition` with the steps that are allowed.
pub(crate) fn moved(state: NoticeState, step: Step) -> Result<NoticeState, Fault> {
    transition::moved(state, step, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let mut table = String::new();
        for state in NoticeState::ALL {
            table.push_str(&format!("{state}:"));
            for step in Step::ALL {
                if let Some(next) = after(*state, *step) {
                    table.push_str(&format!(" {step}={next}"));
                }
            }
            table.push('\n');
        }
        let expected = "draft: approve=approved withdraw=withdrawn\n\
            approved: send=sent withdraw=withdrawn\n\
            sent: deliver=delivered bounce=bounced acknowledge=acknowledged refuse=refused expire=expired\n\
            delivered: acknowledge=acknowledged refuse=refused expire=expired\n\
            acknowledged:\nrefused:\nexpired:\n\
            bounced: withdraw=withdrawn\n\
            withdrawn:\n";
        assert_eq!(table, expected);
        let fault = moved(NoticeState::Draft, Step::Send).unwrap_err();
        assert_eq!((&*fault.code, fault.allowed.clone()), ("illegal_transition", ["approve", "withdraw"].map(str::to_owned).to_vec()));
    }
}
