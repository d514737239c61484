//! What callers send and receive about messages.

use chrono::{DateTime, Utc};
use kernel::id::{MessageId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Author, Call, CountsAs, MailHead, Message};
use super::redaction::Redaction;
use crate::intake::outgoing::model::Delivered;
use crate::ticket::wire::{MoveTicket, TicketView};
use crate::vocabulary::{Channel, MessageKind};

/// Names one message of a ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MessagePath {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The message.
    pub message_id: MessageId,
}

/// A message to be added. A portal customer's message is always `inbound`.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddMessage {
    /// `public_reply` when absent, `inbound` for portal customers.
    pub kind: Option<MessageKind>,
    #[schema(min_length = 1, max_length = 100_000)]
    pub body: String,
    /// When a logged call or a customer's word took place, if not now.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Needed for `call`.
    pub call: Option<Call>,
    /// Says no more than thanks: neither reopens the ticket nor asks for an answer.
    #[serde(default)]
    pub courtesy: bool,
    /// Files that the writer has sent here before, in their order.
    #[schema(max_items = 20)]
    pub attachments: Option<Vec<Uuid>>,
    /// The latest message that the writer had read; when others came after it, the message is refused with 409 `collision`
    /// naming them.
    pub expected_last_message_id: Option<MessageId>,
    /// A move to another status; the message is added first.
    pub transition: Option<MoveTicket>,
}

/// Whether a customer's message says no more than thanks.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MarkCourtesy {
    pub courtesy: bool,
}

/// A message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageView {
    pub id: MessageId,
    pub ticket_id: TicketId,
    /// Dense on each ticket, from 1; portal customers see gaps where messages are internal.
    #[schema(minimum = 1)]
    pub seq: i32,
    pub kind: MessageKind,
    pub channel: Channel,
    pub author: Author,
    #[schema(max_length = 1_000_000)]
    pub body: String,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// Written by a machine.
    pub automatic: bool,
    pub courtesy: bool,
    /// One of many alike, written at once: it counts as no touch.
    pub bulk: bool,
    pub call: Option<Call>,
    pub mail: Option<MailHead>,
    pub counts_as: CountsAs,
    /// How its mail or text fares, for staff who list the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivered>,
    /// The merged ticket that it belongs to, when it is shown in the one that goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_from: Option<TicketId>,
    /// The ticket that it was taken from by a split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_from: Option<TicketId>,
    /// Its words and files were taken away; `body` is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redaction: Option<Redaction>,
}

impl MessageView {
    /// As it is shown in the conversation of `ticket`, which may be another's that was merged into it.
    pub(crate) fn shown_in(message: &Message, ticket: TicketId) -> Self {
        let merged_from = Some(message.ticket_id).filter(|own| *own != ticket);
        Self { merged_from, ..Self::from(message) }
    }
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        let content = &message.content;
        Self {
            id: message.id,
            ticket_id: message.ticket_id,
            seq: message.seq,
            kind: content.kind,
            channel: content.channel,
            author: content.author.clone(),
            body: content.body.clone(),
            occurred_at: content.occurred_at,
            recorded_at: message.recorded_at,
            automatic: content.automatic,
            courtesy: content.courtesy,
            bulk: content.bulk,
            call: content.call.clone(),
            mail: content.mail.clone(),
            counts_as: content.counts_as(),
            delivery: None,
            merged_from: None,
            split_from: message.split_from,
            redaction: message.redaction.clone(),
        }
    }
}

/// An added message, and the ticket as it left it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AddedMessage {
    pub message: MessageView,
    pub ticket: TicketView,
}
