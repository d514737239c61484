//! Which messages may be moved, and what the new ticket is. Pure rules.

use std::collections::BTreeSet;

use kernel::Fault;
use kernel::id::MessageId;

use crate::message::model::{Author, Message, NewMessage};
use crate::ticket::model::{NewTicket, Ticket};
use crate::vocabulary::{Channel, Direction, MessageKind, TicketType};

/// A conversation taken in two.
#[derive(Debug)]
pub(super) struct Parts {
    /// The customer's first message among those that move; it opens the new ticket.
    pub(super) opening: Message,
    /// The others that move, in their order.
    pub(super) others: Vec<Message>,
    pub(super) staying: Vec<Message>,
}

/// Takes a ticket's conversation in two.
///
/// # Errors
/// 422 when a message is none of the ticket's, cannot be moved, or none of them is the customer's; 409 `nothing_left`.
pub(super) fn take(conversation: Vec<Message>, chosen: &[MessageId]) -> Result<Parts, Fault> {
    for (place, id) in chosen.iter().enumerate() {
        let pointer = || format!("/message_ids/{place}");
        match conversation.iter().find(|message| message.id == *id) {
            None => return Err(Fault::field(pointer(), "unknown_reference", "The ticket has no such message.")),
            Some(message) if message.content.kind == MessageKind::System => {
                return Err(Fault::field(pointer(), "not_movable", "What the system noted stays where it was noted."));
            }
            Some(_) => {}
        }
    }
    let chosen: BTreeSet<MessageId> = chosen.iter().copied().collect();
    let (mut moving, staying): (Vec<Message>, Vec<Message>) = conversation.into_iter().partition(|message| chosen.contains(&message.id));
    if staying.iter().all(|message| message.content.kind == MessageKind::System) {
        return Err(Fault::conflict("nothing_left", "Something must stay on the ticket."));
    }
    moving.sort_by_key(|message| (message.content.occurred_at, message.seq));
    let first = moving.iter().position(|message| message.content.is_from_customer());
    let first = first.ok_or_else(|| Fault::field("/message_ids", "no_customer_message", "One of them must be the customer's."))?;
    let opening = moving.remove(first);
    Ok(Parts { opening, others: moving, staying })
}

/// The ticket that the moved messages become.
pub(super) fn ticket(from: &Ticket, opening: &Message, subject: Option<String>) -> NewTicket {
    NewTicket {
        // The emergency stays where it was raised: what is taken out of the conversation pages nobody.
        kind: if from.kind == TicketType::ServiceEmergency { TicketType::General } else { from.kind },
        participants: from.participants.clone(),
        account_id: from.account_id,
        site_id: from.site_id,
        branch_id: from.branch_id,
        group_id: from.group_id,
        assignee_id: from.assignee_id,
        priority: from.priority,
        severity: from.severity,
        direction: Direction::Inbound,
        language: from.language.clone(),
        confidential: from.confidential,
        calendar_id: from.calendar_id,
        ..NewTicket::inbound(
            subject.unwrap_or_else(|| from.subject.clone()),
            from.requester.clone(),
            opening.content.channel,
            opening.content.occurred_at,
        )
    }
}

/// What stands at the place of a message that went to another ticket.
pub(super) fn placeholder(moved: &Message, to: &str, author: Author) -> Message {
    let note = NewMessage::new(MessageKind::System, Channel::Internal, author, format!("Moved to {to}."), moved.content.occurred_at);
    let content = NewMessage { automatic: true, ..note };
    Message { id: content.id, split_from: None, content, ..moved.clone() }
}
