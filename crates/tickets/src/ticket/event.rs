//! What other services and portals learn of a ticket. Nothing here is internal to the desk.

use kernel::id::{AccountId, BranchId, MessageId, SiteId, TicketId, UserId};
use platform::outbox::Change;
use serde::Serialize;

use super::model::Ticket;
use crate::message::model::Message;
use crate::vocabulary::{AuthorKind, Channel, MessageKind, Priority, Status, TicketType};

/// A ticket in an event.
#[derive(Debug, Serialize)]
pub(crate) struct TicketEvent<'a> {
    id: TicketId,
    number: i64,
    reference: String,
    subject: &'a str,
    #[serde(rename = "type")]
    kind: TicketType,
    status: Status,
    priority: Priority,
    channel: Channel,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageEvent<'a>>,
}

#[derive(Debug, Serialize)]
struct MessageEvent<'a> {
    id: MessageId,
    seq: i32,
    kind: MessageKind,
    author: AuthorKind,
    author_name: &'a str,
    body: &'a str,
}

impl<'a> TicketEvent<'a> {
    pub(crate) fn of(ticket: &'a Ticket) -> Self {
        Self {
            id: ticket.id,
            number: ticket.number,
            reference: ticket.reference(),
            subject: &ticket.subject,
            kind: ticket.kind,
            status: ticket.status,
            priority: ticket.priority,
            channel: ticket.channel,
            account_id: ticket.account_id,
            site_id: ticket.site_id,
            branch_id: ticket.branch_id,
            assignee_id: None,
            message: None,
        }
    }

    fn with(self, message: &'a Message) -> Self {
        let content = &message.content;
        let message = MessageEvent {
            id: message.id,
            seq: message.seq,
            kind: content.kind,
            author: content.author.kind,
            author_name: &content.author.name,
            body: &content.body,
        };
        Self { message: Some(message), ..self }
    }
}

/// A change of a ticket that only the desk sees.
pub(crate) fn internal(event: &'static str, ticket: &Ticket) -> Change {
    Change::new(event, "ticket", ticket.id, ticket.stamp.version).account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id)
}

/// A change that the customer sees too, unless the ticket is not for customers.
pub(crate) fn public(event: &'static str, ticket: &Ticket) -> Change {
    let change = internal(event, ticket).after(&TicketEvent::of(ticket));
    if ticket.is_for_customers() { change.portal() } else { change }
}

/// A message was added.
pub(crate) fn message_added(ticket: &Ticket, message: &Message) -> Change {
    let change = internal("ticket.message_added", ticket).after(&TicketEvent::of(ticket).with(message));
    if message.content.kind.is_public() && ticket.is_for_customers() { change.portal() } else { change }
}

/// Someone else works on it.
pub(crate) fn assigned(before: Option<&Ticket>, ticket: &Ticket) -> Change {
    let change = internal("ticket.assigned", ticket);
    let view = |ticket| TicketEvent { assignee_id: Ticket::assignee(ticket), ..TicketEvent::of(ticket) };
    let change = change.after(&view(ticket));
    match before {
        Some(before) => change.before(&view(before)),
        None => change,
    }
}

impl Ticket {
    fn assignee(ticket: &Self) -> Option<UserId> {
        ticket.assignee_id
    }
}

/// The name of a change of status.
pub(crate) fn moved(from: Status, to: Status) -> &'static str {
    match (from, to) {
        (_, Status::Resolved) => "ticket.resolved",
        (_, Status::Closed) => "ticket.closed",
        (_, Status::Merged) => "ticket.merged",
        (Status::Resolved | Status::Closed, _) => "ticket.reopened",
        _ => "ticket.status_changed",
    }
}
