//! A mail to be sent and its states.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, MailboxId, MessageId, TicketId};
use kernel::words;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::intake::mailbox::model::Mailbox;
use crate::message::model::MailHead;

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
    /// The recipients for whom it failed for good.
    pub failed: Vec<String>,
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
            failed: Vec::new(),
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
        if state == MailState::Queued {
            self.failed.clear();
        }
        self.state = state;
        self.error = error;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Everybody it is for.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = &String> {
        self.head.fields.to.iter().chain(&self.head.fields.cc)
    }

    /// The state after a report that it failed for good at `addresses`. Servers report each recipient by itself: it is
    /// bounced once all have failed.
    pub(crate) fn came_back<'a>(mut self, addresses: impl Iterator<Item = &'a str>, touch: Touch) -> Self {
        for address in addresses {
            let meant = self.recipients().find(|one| one.eq_ignore_ascii_case(address)).cloned();
            if let Some(recipient) = meant.filter(|one| !self.failed.contains(one)) {
                self.failed.push(recipient);
                self.failed.sort();
            }
        }
        if self.recipients().all(|one| self.failed.contains(one)) {
            self.state = MailState::Bounced;
        }
        self.stamp = self.stamp.touched(touch);
        self
    }

    /// True for a person's reply that has reached nobody and, unless it is queued again, will not.
    pub(crate) fn is_lost(&self) -> bool {
        self.kind == MailKind::Reply && matches!(self.state, MailState::Failed | MailState::Bounced)
    }
}
