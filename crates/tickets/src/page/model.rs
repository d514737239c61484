//! A page and what may become of it. Pure rules; instants are passed in.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{EmergencyId, PageId, TicketId, UserId};
use kernel::{transition, words};
use platform::stamp::{Stamp, Touch};

use crate::emergency::paging::Call;

words! {
    /// What became of a page.
    pub(crate) enum PageState {
        Sent = "sent",
        /// Somebody has taken charge.
        Acked = "acked",
        TimedOut = "timed_out",
        /// It did not go out.
        Failed = "failed",
    }

    /// A step of a page.
    pub(crate) enum PageStep { Acknowledge = "acknowledge", TimeOut = "time_out", Fail = "fail" }
}

/// The state after a step.
pub(crate) const fn after(state: PageState, step: PageStep) -> Option<PageState> {
    match (state, step) {
        (PageState::Sent, PageStep::Acknowledge) => Some(PageState::Acked),
        (PageState::Sent, PageStep::TimeOut) => Some(PageState::TimedOut),
        (PageState::Sent, PageStep::Fail) => Some(PageState::Failed),
        (PageState::Acked | PageState::TimedOut | PageState::Failed, PageStep::Acknowledge | PageStep::TimeOut | PageStep::Fail) => None,
    }
}

/// A call for somebody to take charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) id: PageId,
    pub(crate) stamp: Stamp,
    pub(crate) emergency_id: EmergencyId,
    pub(crate) ticket_id: TicketId,
    pub(crate) call: Call,
    pub(crate) state: PageState,
    pub(crate) sent_at: DateTime<Utc>,
    /// When somebody else is paged.
    pub(crate) times_out_at: Option<DateTime<Utc>>,
    /// How long after it was due it was sent.
    pub(crate) late_by_s: i64,
    pub(crate) ack_at: Option<DateTime<Utc>>,
    /// Who took charge, by whatever way; none when a duty manager's link was followed.
    pub(crate) ack_by: Option<UserId>,
    pub(crate) fail_reason: Option<String>,
    pub(crate) token_hash: String,
}

impl Page {
    fn step(self, step: PageStep, touch: Touch) -> Result<Self, Fault> {
        let state = transition::moved(self.state, step, after)?;
        Ok(Self { state, stamp: self.stamp.touched(touch), ..self })
    }

    /// Somebody has taken charge.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn answered(self, by: Option<UserId>, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { ack_at: Some(touch.at), ack_by: by, ..self.step(PageStep::Acknowledge, touch)? })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn timed_out(self, touch: Touch) -> Result<Self, Fault> {
        self.step(PageStep::TimeOut, touch)
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn failed(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { fail_reason: Some(reason), ..self.step(PageStep::Fail, touch)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let steps = |state: PageState| PageStep::ALL.iter().filter_map(|step| after(state, *step)).collect::<Vec<_>>();
        assert_eq!(steps(PageState::Sent), [PageState::Acked, PageState::TimedOut, PageState::Failed]);
        for ended in [PageState::Acked, PageState::TimedOut, PageState::Failed] {
            assert!(steps(ended).is_empty(), "{ended}");
        }
    }
}
