//! One recipient of a notice, and how the notice fared with them.

use chrono::{DateTime, Utc};
use kernel::id::ContactId;
use kernel::{Fault, words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::intake::address::normalise;

words! {
    /// By which way a notice goes to a recipient.
    pub enum NoticeMedium { Email = "email", Letter = "letter" }

    /// How a notice stands with one recipient.
    pub enum NoticeDeliveryState {
        /// It has not been sent.
        Pending = "pending",
        /// It waits for a mail server.
        Queued = "queued",
        /// A mail server has accepted it, or it is in the post.
        Sent = "sent",
        Delivered = "delivered",
        /// It was sent and came back.
        Bounced = "bounced",
        /// No mail server accepted it.
        Failed = "failed",
    }
}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NoticeRecipient {
    pub(crate) id: Uuid,
    pub(crate) contact_id: Option<ContactId>,
    #[schema(max_length = 200)]
    pub(crate) name: Option<String>,
    pub(crate) channel: NoticeMedium,
    /// The address of mail, or of the letter.
    #[schema(max_length = 500)]
    pub(crate) address: String,
    pub(crate) state: NoticeDeliveryState,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    /// When it became known that it does not arrive.
    pub(crate) failed_at: Option<DateTime<Utc>>,
}

impl NoticeRecipient {
    pub(crate) fn new(contact_id: Option<ContactId>, name: Option<String>, channel: NoticeMedium, address: String) -> Self {
        let address = match channel {
            NoticeMedium::Email => normalise(&address).unwrap_or(address),
            NoticeMedium::Letter => address,
        };
        let id = kernel::id::new_uuid();
        let state = NoticeDeliveryState::Pending;
        Self { id, contact_id, name, channel, address, state, sent_at: None, delivered_at: None, failed_at: None }
    }

    /// The same place, with nothing behind it yet.
    pub(super) fn afresh(&self) -> Self {
        Self::new(self.contact_id, self.name.clone(), self.channel, self.address.clone())
    }

    /// # Errors
    /// A field fault when mail cannot be written to the address.
    pub(super) fn check(&self, pointer: &str) -> Result<(), Fault> {
        if self.channel == NoticeMedium::Email && normalise(&self.address).is_none() {
            return Err(Fault::field(format!("{pointer}/address"), "email_address", "This is no address of mail."));
        }
        Ok(())
    }

    pub(super) fn same_place_as(&self, other: &Self) -> bool {
        self.channel == other.channel && self.address == other.address
    }

    /// It leaves us: mail waits for a mail server, a letter is in the post.
    pub(super) fn dispatch(&mut self, at: DateTime<Utc>) {
        match self.channel {
            NoticeMedium::Email => self.state = NoticeDeliveryState::Queued,
            NoticeMedium::Letter => self.fare(NoticeDeliveryState::Sent, at),
        }
    }

    /// Takes in what became known. What arrived has arrived, whatever else is heard.
    pub(super) fn fare(&mut self, state: NoticeDeliveryState, at: DateTime<Utc>) {
        if self.state == NoticeDeliveryState::Delivered {
            return;
        }
        self.state = state;
        match state {
            NoticeDeliveryState::Pending | NoticeDeliveryState::Queued => self.failed_at = None,
            NoticeDeliveryState::Sent => (self.sent_at, self.failed_at) = (self.sent_at.or(Some(at)), None),
            NoticeDeliveryState::Delivered => (self.delivered_at, self.failed_at) = (Some(at), None),
            NoticeDeliveryState::Bounced | NoticeDeliveryState::Failed => self.failed_at = Some(at),
        }
    }

    /// True when it does not arrive.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self.state, NoticeDeliveryState::Bounced | NoticeDeliveryState::Failed)
    }
}
