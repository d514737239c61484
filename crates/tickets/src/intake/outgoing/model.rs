//! A mail to be sent and its states.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, MailboxId, MessageId, NoticeId, TicketId};
use kernel::words;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::recipient::{Recipient, RecipientState, Verdict};
use crate::intake::mailbox::model::Mailbox;
use crate::message::model::MailHead;
use crate::rulebook::MailSettings;

/// Why what a redacted message had still to say is not sent.
pub(crate) const REDACTED: &str = "Its words were taken away before it was sent.";

words! {
    /// What an outgoing mail is.
    pub(crate) enum MailKind {
        /// Written by a machine: the answer to a new ticket.
        Acknowledgement = "acknowledgement",
        /// Written by a person.
        Reply = "reply",
        /// Written by a machine: the question how we did.
        Survey = "survey",
        /// A notice to one of its recipients.
        Notice = "notice",
        /// Word for people of the desk, left by whatever happened.
        Notification = "notification",
    }

    /// Where an outgoing mail stands.
    pub(crate) enum MailState {
        Queued = "queued",
        /// A mail server has accepted it for at least one recipient.
        Sent = "sent",
        /// Its server reports that it has arrived wherever it was sent.
        Delivered = "delivered",
        /// It could not be sent.
        Failed = "failed",
        /// It was sent and came back.
        Bounced = "bounced",
    }

    /// What a relay reports.
    pub(crate) enum Delivery { Sent = "sent", Failed = "failed", Retry = "retry" }
}

impl MailKind {
    /// True for what no person wrote: it is marked as such, and has no sender on the envelope.
    pub(crate) const fn is_automatic(self) -> bool {
        matches!(self, Self::Acknowledgement | Self::Survey | Self::Notification)
    }
}

/// How the mail of a message fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivered {
    pub(crate) state: MailState,
    #[schema(max_items = 200)]
    pub(crate) recipients: Vec<Recipient>,
}

impl From<Outgoing> for Delivered {
    fn from(mail: Outgoing) -> Self {
        Self { state: mail.state, recipients: mail.recipients }
    }
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
    /// None for a notice that hangs on no ticket, and for a notification: what comes back of it is nothing of the customer's.
    pub ticket_id: Option<TicketId>,
    /// What it carries: a message; of a notice, the recipient that it is for; a notification.
    pub message_id: MessageId,
    pub notice_id: Option<NoticeId>,
    pub kind: MailKind,
    pub mailbox_id: Option<MailboxId>,
    pub branch_id: Option<BranchId>,
    pub head: Head,
    pub body: String,
    pub state: MailState,
    pub error: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// Everybody it is for, and how it stands with each.
    pub recipients: Vec<Recipient>,
    /// How often a mail server was tried since it was queued.
    pub attempts: i32,
    pub queued_at: DateTime<Utc>,
    /// When it may be tried next.
    pub next_at: DateTime<Utc>,
    /// What it had satisfied was taken back, because it reached nobody.
    pub withdrawn: bool,
}

impl Outgoing {
    /// A mail from a mailbox, ready to be sent.
    pub(crate) fn queued(
        kind: MailKind,
        (ticket, message): (Option<TicketId>, MessageId),
        mailbox: &Mailbox,
        (head, body): (Head, String),
        touch: Touch,
    ) -> Self {
        let addresses = head.fields.to.iter().chain(&head.fields.cc);
        Self {
            id: kernel::id::new_uuid(),
            stamp: Stamp::new(touch),
            ticket_id: ticket,
            message_id: message,
            notice_id: None,
            kind,
            mailbox_id: Some(mailbox.id),
            branch_id: mailbox.branch_id,
            recipients: addresses.map(|address| Recipient::queued(address)).collect(),
            head,
            body,
            state: MailState::Queued,
            error: None,
            sent_at: None,
            attempts: 0,
            queued_at: touch.at,
            next_at: touch.at,
            withdrawn: false,
        }
    }

    /// The state after a relay's report.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 409 `message_redacted` when it is to be sent again and has no words any more.
    pub(crate) fn report(mut self, delivery: Delivery, error: Option<String>, touch: Touch) -> Result<Self, Fault> {
        if delivery == Delivery::Retry && self.is_redacted() {
            return Err(Fault::conflict("message_redacted", "The words of this mail were taken away: there is nothing to be sent."));
        }
        let (from, to) = match (self.state, delivery) {
            (MailState::Queued, Delivery::Sent) => (RecipientState::Queued, RecipientState::Sent),
            (MailState::Queued, Delivery::Failed) => (RecipientState::Queued, RecipientState::Failed),
            (MailState::Queued | MailState::Failed | MailState::Bounced, Delivery::Retry) => {
                self.queue_again(touch.at);
                (RecipientState::Failed, RecipientState::Queued)
            }
            (MailState::Sent | MailState::Delivered, Delivery::Failed) => (RecipientState::Sent, RecipientState::Bounced),
            (MailState::Sent | MailState::Delivered, Delivery::Sent | Delivery::Retry)
            | (MailState::Failed | MailState::Bounced, Delivery::Sent | Delivery::Failed) => {
                let allowed = if matches!(self.state, MailState::Sent | MailState::Delivered) { "failed" } else { "retry" };
                return Err(Fault::illegal_transition(delivery.as_str(), self.state.as_str(), vec![allowed]));
            }
        };
        for recipient in &mut self.recipients {
            let came_back = from == RecipientState::Failed && recipient.state == RecipientState::Bounced;
            let arrived = to == RecipientState::Bounced && recipient.state == RecipientState::Delivered;
            if recipient.state == from || came_back || arrived {
                recipient.state = to;
                recipient.detail.clone_from(&error);
            }
        }
        self.error = error;
        Ok(self.settled(touch))
    }

    /// Without its words: whoever has it keeps it, and nobody else gets it.
    pub(crate) fn redacted(mut self, touch: Touch) -> Self {
        self.body.clear();
        for recipient in self.recipients.iter_mut().filter(|one| one.state == RecipientState::Queued) {
            recipient.state = RecipientState::Failed;
            recipient.detail = Some(REDACTED.to_owned());
            self.error = Some(REDACTED.to_owned());
        }
        self.settled(touch)
    }

    fn is_redacted(&self) -> bool {
        self.body.is_empty()
    }

    fn queue_again(&mut self, at: DateTime<Utc>) {
        (self.attempts, self.queued_at, self.next_at) = (0, at, at);
    }

    /// The addresses that a mail server has not taken or refused yet.
    pub(crate) fn pending(&self) -> Vec<String> {
        let queued = self.recipients.iter().filter(|one| one.state == RecipientState::Queued);
        queued.map(|one| one.address.clone()).collect()
    }

    /// The state after an attempt to send it to those who were pending. What may still succeed is tried again, later each
    /// time, once more when patience ends, and then no more.
    pub(crate) fn attempted(mut self, verdicts: &[(String, Verdict)], settings: &MailSettings, touch: Touch) -> Self {
        self.attempts += 1;
        let last = self.is_redacted() || settings.last_attempt(self.queued_at) <= touch.at;
        // A redaction in the middle of the attempt has given up who was still waiting: a server may have taken the mail all the same.
        let open = |one: &Recipient| matches!(one.state, RecipientState::Queued | RecipientState::Failed);
        for (address, verdict) in verdicts {
            for recipient in self.recipients.iter_mut().filter(|one| open(one) && one.address == *address) {
                recipient.judge(verdict, last);
            }
        }
        self.error = verdicts.iter().find_map(|(_, verdict)| verdict.text().map(str::to_owned));
        self.next_at = settings.next_attempt(self.id, self.attempts, self.queued_at, touch.at);
        self.settled(touch)
    }

    /// The state after a report of what happened at some of its recipients. Servers report each recipient by itself: it is
    /// bounced once all have failed.
    pub(crate) fn came_back<'a>(mut self, reports: impl Iterator<Item = (&'a str, RecipientState)>, touch: Touch) -> Self {
        for (address, state) in reports {
            for recipient in self.recipients.iter_mut().filter(|one| one.address.eq_ignore_ascii_case(address)) {
                // What failed has not arrived, whatever an earlier server on its way thought.
                if recipient.state != RecipientState::Bounced {
                    recipient.state = state;
                }
            }
        }
        self.settled(touch)
    }

    /// The next version, in the state that follows from its recipients'.
    fn settled(mut self, touch: Touch) -> Self {
        let any = |state| self.recipients.iter().any(|one| one.state == state);
        let state = if any(RecipientState::Queued) {
            MailState::Queued
        } else if any(RecipientState::Sent) {
            MailState::Sent
        } else if any(RecipientState::Delivered) {
            MailState::Delivered
        } else if any(RecipientState::Bounced) {
            MailState::Bounced
        } else {
            MailState::Failed
        };
        if state == MailState::Sent && matches!(self.state, MailState::Queued | MailState::Failed) {
            self.sent_at = Some(touch.at);
        }
        self.state = state;
        self.stamp = self.stamp.touched(touch);
        self
    }

    /// The sender on the envelope: none for automatic mail, so that nothing answers it.
    pub(crate) fn return_path(&self) -> Option<&str> {
        self.head.fields.from.as_deref().filter(|_| !self.kind.is_automatic())
    }

    /// True for a person's reply that has reached nobody and, unless it is queued again, will not.
    pub(crate) fn is_lost(&self) -> bool {
        self.kind == MailKind::Reply && matches!(self.state, MailState::Failed | MailState::Bounced)
    }

    /// True once somebody has been reached, though others may still be waiting for it.
    pub(crate) fn has_gone_out(&self) -> bool {
        self.recipients.iter().any(|one| matches!(one.state, RecipientState::Sent | RecipientState::Delivered))
    }
}
