//! A text that goes out and its states. Pure rules; instants are passed in.

use chrono::{DateTime, Utc};
use kernel::id::{BranchId, TicketId, UserId};
use kernel::words;
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use crate::intake::outgoing::model::{Delivered, MailState, REDACTED};
use crate::intake::outgoing::recipient::{Recipient, RecipientState};
use crate::message::model::NewMessage;
use crate::page::model::Page;
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, MessageKind};

words! {
    /// What an outgoing text is.
    pub(crate) enum TextKind {
        /// What was answered to the customer.
        Reply = "reply",
        /// A call for somebody on call to take charge; its link needs no login.
        Page = "page",
    }

    /// By which way it goes.
    pub(crate) enum TextMedium { Sms = "sms", Chat = "chat" }

    /// Where an outgoing text stands.
    pub(crate) enum TextState {
        Queued = "queued",
        /// A provider has accepted it.
        Sent = "sent",
        /// It will not arrive.
        Failed = "failed",
        /// It has arrived.
        Delivered = "delivered",
    }

    /// What a relay reports of a text.
    pub(crate) enum TextReport { Sent = "sent", Failed = "failed", Delivered = "delivered" }
}

/// The state after a report. Providers report late, twice and out of order: whatever the order of the same reports, the state
/// they lead to is the same, and what has arrived stays so.
pub(crate) const fn after(state: TextState, report: TextReport) -> TextState {
    match (state, report) {
        (TextState::Delivered, _) | (_, TextReport::Delivered) => TextState::Delivered,
        (TextState::Failed, _) | (_, TextReport::Failed) => TextState::Failed,
        (TextState::Queued | TextState::Sent, TextReport::Sent) => TextState::Sent,
    }
}

/// Where a text goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) medium: TextMedium,
    /// Who carries a chat.
    pub(crate) provider: Option<String>,
    /// A number, or the session of a chat; none for a person whose number the relay knows.
    pub(crate) address: Option<String>,
}

/// True for what was written here to be read by the customer; what a provider delivered as said has been said already.
pub(crate) fn is_to_be_sent(message: &NewMessage) -> bool {
    let ours = matches!(message.author.kind, AuthorKind::Agent | AuthorKind::Automation);
    message.kind == MessageKind::PublicReply && ours && message.dedupe_key.is_none()
}

/// A text that goes out.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) id: Uuid,
    pub(crate) stamp: Stamp,
    pub(crate) kind: TextKind,
    pub(crate) ticket_id: TicketId,
    pub(crate) branch_id: Option<BranchId>,
    /// The message or the page.
    pub(crate) carried_id: Uuid,
    /// Whom a page is for; none for the duty manager.
    pub(crate) user_id: Option<UserId>,
    pub(crate) target: Target,
    pub(crate) body: String,
    pub(crate) state: TextState,
    pub(crate) error: Option<String>,
    /// What its provider calls it.
    pub(crate) provider_ref: Option<String>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    /// How often it was claimed.
    pub(crate) claims: i32,
    /// When it may be claimed next.
    pub(crate) next_at: DateTime<Utc>,
    /// What it had satisfied was taken back, because it did not arrive.
    pub(crate) withdrawn: bool,
}

impl Text {
    fn queued((kind, carried_id): (TextKind, Uuid), ticket: &Ticket, (target, body): (Target, String), touch: Touch) -> Self {
        Self {
            id: kernel::id::new_uuid(),
            stamp: Stamp::new(touch),
            kind,
            ticket_id: ticket.id,
            branch_id: ticket.branch_id,
            carried_id,
            user_id: None,
            target,
            body,
            state: TextState::Queued,
            error: None,
            provider_ref: None,
            sent_at: None,
            claims: 0,
            next_at: touch.at,
            withdrawn: false,
        }
    }

    /// A reply, ready to be claimed.
    pub(crate) fn reply(ticket: &Ticket, message: &NewMessage, target: Target, touch: Touch) -> Self {
        Self::queued((TextKind::Reply, message.id.uuid()), ticket, (target, message.body.clone()), touch)
    }

    /// A page, ready to be claimed.
    pub(crate) fn page(ticket: &Ticket, (page, number): (&Page, Option<String>), body: String, touch: Touch) -> Self {
        let target = Target { medium: TextMedium::Sms, provider: None, address: number };
        Self { user_id: page.call.user, ..Self::queued((TextKind::Page, page.id.uuid()), ticket, (target, body), touch) }
    }

    /// As it stands after a report; none when the report says nothing new.
    pub(crate) fn report(
        mut self,
        report: TextReport,
        (error, provider_ref): (Option<String>, Option<String>),
        touch: Touch,
    ) -> Option<Self> {
        let state = after(self.state, report);
        let known = provider_ref.is_none() || provider_ref == self.provider_ref;
        if state == self.state && known {
            return None;
        }
        if state != TextState::Failed {
            self.error = None;
            self.sent_at = self.sent_at.or(Some(touch.at));
        } else if self.state != state {
            self.error = error;
        }
        self.state = state;
        self.provider_ref = provider_ref.or(self.provider_ref);
        self.stamp = self.stamp.touched(touch);
        Some(self)
    }

    /// Without its words: it is not sent any more. A relay that has it may send it yet, and reports that, or it is given up in time.
    pub(crate) fn redacted(mut self, touch: Touch) -> Self {
        self.body.clear();
        if self.state == TextState::Queued && self.next_at <= touch.at {
            (self.state, self.error) = (TextState::Failed, Some(REDACTED.to_owned()));
        }
        self.stamp = self.stamp.touched(touch);
        self
    }

    /// True once somebody has been reached, as far as is known.
    pub(crate) const fn has_gone_out(&self) -> bool {
        matches!(self.state, TextState::Sent | TextState::Delivered)
    }
}

impl From<Text> for Delivered {
    fn from(text: Text) -> Self {
        let (state, each) = match text.state {
            TextState::Queued => (MailState::Queued, RecipientState::Queued),
            TextState::Sent => (MailState::Sent, RecipientState::Sent),
            TextState::Failed => (MailState::Failed, RecipientState::Failed),
            TextState::Delivered => (MailState::Delivered, RecipientState::Delivered),
        };
        let address = text.target.address.unwrap_or_default();
        Self { state, recipients: vec![Recipient { address, state: each, detail: text.error }] }
    }
}
