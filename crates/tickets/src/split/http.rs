//! The operation that splits a ticket.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use kernel::id::{MessageId, TicketId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{self, Parts};
use crate::Tickets;
use crate::access::MergeTickets;
use crate::intake;
use crate::link;
use crate::link::model::{Link, LinkKind};
use crate::message;
use crate::message::model::{Author, Message};
use crate::ticket::case::Case;
use crate::ticket::model::Ticket;
use crate::ticket::wire::{TicketPath, TicketView};
use crate::ticket::{commands, event};

pub(crate) fn operations() -> Operations {
    operations!["tickets"; split]
}

/// Messages that become a ticket of their own.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SplitTicket {
    /// One of them must be the customer's, and something must stay.
    #[schema(min_items = 1, max_items = 200)]
    message_ids: Vec<MessageId>,
    /// What the new ticket is about; the old subject when absent.
    #[schema(min_length = 1, max_length = 300)]
    subject: Option<String>,
}

/// What was split from what.
#[derive(Debug, Serialize)]
struct SplitEvent {
    from_ticket_id: TicketId,
    to_ticket_id: TicketId,
    message_ids: Vec<MessageId>,
}

/// Make some messages of a ticket a ticket of their own.
///
/// Its clocks run as if the customer's first moved message had opened it; what was owed only for moved messages is not owed on
/// the old ticket any more.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/split", params(TicketPath), request_body = SplitTicket,
    responses((status = 201, body = TicketView)))]
async fn split(
    caller: Caller<MergeTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<SplitTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.split", async |tx| {
            let mut from = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(from.ticket.stamp.version - 1)?;
            from.ticket.demand_unmerged()?;
            let conversation = message::store::own(tx, from.ticket.id).await?;
            let parts = model::take(conversation, &command.message_ids)?;
            let made = carry_out(tx, &mut from, parts, command.subject.clone()).await?;
            let view = TicketView::of(&made.ticket, caller.scope());
            Ok(Reply::created(format!("/v1/tickets/{}", made.ticket.id), &view)?.tagged(made.ticket.stamp.version))
        })
        .await
}

async fn carry_out(tx: &Tx, from: &mut Case, parts: Parts, subject: Option<String>) -> Result<Case, Problem> {
    let touch = Touch::of(tx);
    let ticket = Ticket::open(model::ticket(&from.ticket, &parts.opening, subject), touch);
    let mut made = Case::open(Arc::clone(&from.rules), ticket, parts.opening.content.clone(), touch);
    for other in &parts.others {
        made.adopt(other.content.clone());
    }
    let moved: Vec<Message> = std::iter::once(parts.opening).chain(parts.others).collect();
    let placed = commands::insert(tx, &mut made).await?;
    relocate(tx, from, &made.ticket, (&moved, placed)).await?;
    from.ticket.recall(&parts.staying);
    if !from.ticket.is_unanswered() {
        from.promises.release_responses(tx.now());
    }
    commands::write(tx, from).await?;
    let link = Link::new(made.ticket.id, LinkKind::Related, from.ticket.id, touch)?;
    link::store::insert(tx, &link).await?;
    let message_ids = moved.iter().map(|message| message.id).collect();
    let told = SplitEvent { from_ticket_id: from.ticket.id, to_ticket_id: made.ticket.id, message_ids };
    for ticket in [&from.ticket, &made.ticket] {
        tx.record(event::internal("ticket.split", ticket).after(&told));
    }
    Ok(made)
}

/// Gives the messages to the new ticket, with all that came with them, and leaves notes at their places.
async fn relocate(tx: &Tx, from: &Case, to: &Ticket, (moved, placed): (&[Message], Vec<Message>)) -> Result<(), Problem> {
    for message in placed {
        let message = Message { split_from: Some(from.ticket.id), ..message };
        message::store::relocate(tx, &message, to.number).await?;
    }
    let ids: Vec<_> = moved.iter().map(|message| message.id.uuid()).collect();
    intake::relocate::messages(tx, &ids, to.id).await?;
    for message in moved {
        let note = model::placeholder(message, &to.reference(), Author::of(tx.actor()));
        message::store::insert(tx, &note, from.ticket.number).await?;
    }
    Ok(())
}
