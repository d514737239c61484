//! A mail to be sent and its states.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, MailboxId, MessageId, TicketId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::intake::mailbox::model::Mailbox;
use crate::message::model::MailHead;
use crate::stamp::{Stamp, Touch};
use crate::vocabulary::words;

words! {
    /// What an outgoing mail is.
    pub(crate) enum MailKind {
        /// Written by a machine: the answer to a new ticket.
        Acknowledgement = "acknowledgement",
        /// Written by a person.
        Reply = "reply",
    }

    /// Where an outgoing mail stands.
    pub(crate) enum MailState {
        Queued = "queued",
        /// A mail server has accepted it.
        Sent = "sent",
        /// It could not be sent.
        Failed = "failed",
        /// It was sent and came back.
        Bounced = "bounced",
    }

    /// What a relay reports.
    pub(crate) enum Delivery { Sent = "sent", Failed = "failed", Retry = "retry" }
}

/// What stands above the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub from_name: String,
    pub reply_to: String,
    /// The value of `X-Loop-Id`, for automatic mail.
    pub loop_id: Option<String>,
    pub fields: MailHead,
}

/// A mail to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub id: Uuid,
    pub stamp: Stamp,
    pub ticket_id: TicketId,
    pub message_id: MessageId,
    pub kind: MailKind,
    pub mailbox_id: Option<MailboxId>,
    pub branch_id: Option<BranchId>,
    pub head: Head,
    pub body: String,
    pub state: MailState,
    pub error: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
}

impl Outgoing {
    /// A mail from a mailbox, ready to be sent.
    pub(crate) fn queued(
        kind: MailKind,
        (ticket, message): (TicketId, MessageId),
        mailbox: &Mailbox,
        (head, body): (Head, String),
        touch: Touch,
    ) -> Self {
        Self {
            id: kernel::id::new_uuid(),
            stamp: Stamp::new(touch),
            ticket_id: ticket,
            message_id: message,
            kind,
            mailbox_id: Some(mailbox.id),
            branch_id: mailbox.branch_id,
            head,
            body,
            state: MailState::Queued,
            error: None,
            sent_at: None,
        }
    }

    /// The state after a relay's report.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn report(mut self, delivery: Delivery, error: Option<String>, touch: Touch) -> Result<Self, Fault> {
        let state = match (self.state, delivery) {
            (MailState::Queued, Delivery::Sent) => MailState::Sent,
            (MailState::Queued, Delivery::Failed) => MailState::Failed,
            (MailState::Queued | MailState::Failed | MailState::Bounced, Delivery::Retry) => MailState::Queued,
            (MailState::Sent, Delivery::Failed) => MailState::Bounced,
            (MailState::Sent, Delivery::Sent | Delivery::Retry)
            | (MailState::Failed | MailState::Bounced, Delivery::Sent | Delivery::Failed) => {
                let allowed: Vec<&str> = match self.state {
                    MailState::Sent => vec!["failed"],
                    _ => vec!["retry"],
                };
                return Err(Fault::illegal_transition(delivery.as_str(), self.state.as_str(), allowed));
            }
        };
        self.sent_at = if state == MailState::Sent { Some(touch.at) } else { self.sent_at };
        self.state = state;
        self.error = error;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }
}
