//! Operations on messages.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use chrono::TimeDelta;
use kernel::Fault;
use kernel::id::{MessageId, TicketId};
use platform::caller::{Actor, Caller};
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{CursorKey, Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;
use sea_orm::Select;

use super::entity::{Column, Entity};
use super::model::{Author, NewMessage};
use super::wire::{AddMessage, AddedMessage, MarkCourtesy, MessagePath, MessageView};
use super::{collision, store};
use crate::Tickets;
use crate::access::{DeliverIntake, EditTickets, ReadTickets, TransitionTickets, WriteTickets};
use crate::attachment;
use crate::intake::outgoing::model::Delivered;
use crate::intake::outgoing::store as outgoing;
use crate::link::tracker;
use crate::outgoing_text::store as texts;
use crate::routing::facts::Asked;
use crate::rulebook::DeskSettings;
use crate::ticket;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::event;
use crate::ticket::wire::{TicketPath, TicketView};
use crate::vocabulary::{Channel, MessageKind};

pub(crate) fn operations() -> Operations {
    operations!["messages"; list, add, mark, undelivered].and(super::redaction::operations()).and(super::listed::operations())
}

/// What the list of a ticket's messages can be asked for.
pub(crate) struct MessageList;

impl ListSpec for MessageList {
    type Entity = Entity;
    type View = MessageView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::integer("seq", Column::Seq).sortable(),
        Field::choice("kind", Column::Kind, MessageKind::TEXTS),
        Field::instant("occurred_at", Column::OccurredAt).sortable(),
        Field::boolean("courtesy", Column::Courtesy),
    ];
    const DEFAULT_SORT: &'static str = "seq";
}

/// The same for a ticket that others were merged into: their messages stand where they were said.
struct ThreadList;

impl ListSpec for ThreadList {
    type Entity = Entity;
    type View = MessageView;
    const FIELDS: &'static [Field<Column>] = MessageList::FIELDS;
    const DEFAULT_SORT: &'static str = "occurred_at,seq";
}

/// List a ticket's messages, those of the tickets merged into it among them; portal customers see the public ones.
///
/// They are in the order of `seq`; in that of `occurred_at` when tickets were merged.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/messages", params(TicketPath, Listing<MessageList>), responses((status = 200, body = Page<MessageView>)))]
async fn list(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    listing: Listing<MessageList>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find(app.db.read(), caller.scope(), path.ticket_id).await?;
    let messages = store::of_thread(caller.scope(), &ticket);
    if ticket.members.is_empty() {
        return listed(&app, caller.scope(), &listing, (messages, ticket.id)).await;
    }
    let key = request.app_data::<Data<CursorKey>>().ok_or_else(|| Problem::internal("there is no key for cursors"))?;
    listed(&app, caller.scope(), &Listing::<ThreadList>::parse(request.query_string(), key)?, (messages, ticket.id)).await
}

async fn listed<S>(
    app: &Tickets,
    scope: &RowScope,
    listing: &Listing<S>,
    (messages, ticket): (Select<Entity>, TicketId),
) -> Result<Reply, Problem>
where
    S: ListSpec<Entity = Entity>,
{
    let page = listing.page(app.db.read(), messages).await?;
    let mut mails = if scope.is_customer() { HashMap::new() } else { deliveries(app, ticket).await? };
    listing.reply(&page.try_map(|row| {
        let message = store::message(row)?;
        Ok::<_, Problem>(MessageView { delivery: mails.remove(&message.id), ..MessageView::shown_in(&message, ticket) })
    })?)
}

/// How what was sent of a ticket's messages fares, by mail or as text.
async fn deliveries(app: &Tickets, ticket: TicketId) -> Result<HashMap<MessageId, Delivered>, Problem> {
    let mut sent = outgoing::of_ticket(app.db.read(), ticket).await?;
    sent.extend(texts::of_ticket(app.db.read(), ticket).await?);
    Ok(sent)
}

/// Add a message to a ticket, and move it in the same step.
///
/// A human's public reply keeps the response promise; a customer's message reopens what waits or is resolved. The message
/// is applied first, then the transition.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/messages", params(TicketPath), request_body = AddMessage, responses((status = 201, body = AddedMessage)))]
async fn add(
    caller: Caller<WriteTickets>,
    path: Path<TicketPath>,
    command: Valid<AddMessage>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    if command.transition.is_some() {
        caller.demand::<TransitionTickets>()?;
    }
    let scope = caller.scope();
    let asked = app.asked_for(scope, path.ticket_id).await?;
    app.db.command(&caller, "message.add", async |tx| added(&command.add(tx, &app, scope, (path.ticket_id, &asked)).await?, scope)).await
}

fn added(case: &Case, scope: &RowScope) -> Result<Reply, Problem> {
    let message = case.latest_message().ok_or_else(|| Problem::internal("the added message is gone"))?;
    let view = AddedMessage { message: message.into(), ticket: TicketView::of(&case.ticket, scope) };
    Ok(Reply::created(format!("/v1/tickets/{}/messages", case.ticket.id), &view)?.tagged(case.ticket.stamp.version))
}

impl AddMessage {
    /// Adds the message, then moves the ticket.
    async fn add(&self, tx: &Tx, app: &Tickets, scope: &RowScope, (ticket, asked): (TicketId, &Asked)) -> Result<Case, Problem> {
        let case = commands::resume(tx, &app.rules, scope, ticket).await?;
        if let Some(latest) = self.expected_last_message_id {
            collision::demand_latest(tx, scope, ticket, latest).await?;
        }
        let message = self.message(scope, tx, &case.rules.settings, &case)?;
        let id = message.id;
        let mut case = commands::append_to(tx, &app.rules, case, (message, asked)).await?;
        attachment::store::give(tx, self.attachments.as_deref().unwrap_or_default(), (case.ticket.id, id), &case.rules.settings).await?;
        let is_follow_up = case.before.is_none();
        if let Some(transition) = &self.transition {
            if is_follow_up {
                let detail = "This ticket is closed for good: the message opens a follow-up, which cannot be moved in the same step.";
                return Err(Fault::conflict("follow_up", detail).into());
            }
            let step = tracker::with_vendor_thread(tx, case.ticket.id, transition.into()).await?;
            case.move_to(&step, tx.actor().is_human()).map_err(|fault| fault.under("/transition"))?;
        }
        if !is_follow_up {
            commands::write(tx, &mut case).await?;
        }
        Ok(case)
    }

    /// The message that this caller may add.
    pub(crate) fn message(&self, scope: &RowScope, tx: &Tx, settings: &DeskSettings, case: &Case) -> Result<NewMessage, Fault> {
        let kind = self.kind_for(scope)?;
        let now = tx.now();
        let occurred_at = self.occurred_at.unwrap_or(now);
        let (earliest, latest) = (now - TimeDelta::seconds(settings.intake_past_s), now + TimeDelta::seconds(settings.intake_future_s));
        if occurred_at < earliest || occurred_at > latest || (self.occurred_at.is_some() && scope.is_customer()) {
            return Err(Fault::field("/occurred_at", "out_of_range", "A message cannot have occurred then."));
        }
        if (kind == MessageKind::Call) != self.call.is_some() {
            return Err(Fault::field("/call", "call_details", "A call needs its details, and nothing else has them."));
        }
        let occurred_at = occurred_at.max(case.ticket.clock_start_at);
        let channel = match kind {
            MessageKind::Call => Channel::Phone,
            MessageKind::Sms => Channel::Sms,
            _ if scope.is_customer() => Channel::Portal,
            _ => Channel::Api,
        };
        let author = author(kind, tx.actor(), case);
        let message = NewMessage::new(kind, channel, author, self.body.clone(), occurred_at);
        Ok(NewMessage { courtesy: self.courtesy, call: self.call.clone(), ..message })
    }

    fn kind_for(&self, scope: &RowScope) -> Result<MessageKind, Fault> {
        let kind = self.kind.unwrap_or(if scope.is_customer() { MessageKind::Inbound } else { MessageKind::PublicReply });
        let allowed: &[MessageKind] = if scope.is_customer() { &[MessageKind::Inbound] } else { &Case::STAFF_KINDS };
        if allowed.contains(&kind) {
            return Ok(kind);
        }
        let texts: Vec<&str> = allowed.iter().map(|kind| kind.as_str()).collect();
        Err(Fault::field("/kind", "not_a_choice", format!("Expected one of: {}.", texts.join(", "))))
    }
}

/// What staff record as the customer's word is the requester's.
fn author(kind: MessageKind, actor: &Actor, case: &Case) -> Author {
    let author = Author::of(actor);
    if kind != MessageKind::Inbound || author.kind == crate::vocabulary::AuthorKind::Contact {
        return author;
    }
    let requester = &case.ticket.requester;
    let name = requester.name.clone().or_else(|| requester.email.clone()).unwrap_or_default();
    Author { kind: crate::vocabulary::AuthorKind::Contact, id: requester.contact_id, name }
}

/// Say whether a customer's message is a mere courtesy.
///
/// Taking the mark away does what the message should have done, from the message's own time. If-Match names the ticket's
/// version.
#[utoipa::path(patch, path = "/v1/tickets/{ticket_id}/messages/{message_id}", params(MessagePath), request_body = MarkCourtesy,
    responses((status = 200, body = MessageView)))]
async fn mark(
    caller: Caller<EditTickets>,
    path: Path<MessagePath>,
    expected: IfMatch,
    command: Valid<MarkCourtesy>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "message.mark", async |tx| {
            let mut case = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            let mut message = store::find(tx, caller.scope(), path.ticket_id, path.message_id).await?;
            if message.content.courtesy != command.courtesy {
                store::mark_courtesy(tx, message.id, command.courtesy).await?;
                if !command.courtesy {
                    case.is_no_courtesy(&message);
                }
                message.content.courtesy = command.courtesy;
                commands::write(tx, &mut case).await?;
                tx.record(event::internal("ticket.message_marked", &case.ticket).after(&MessageView::from(&message)));
            }
            Reply::ok(&MessageView::from(&message))
        })
        .await
}

/// Report that a message of ours came back from every recipient.
///
/// What it satisfied is owed again from the due instant it had, and is broken when that has passed.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/messages/{message_id}/undelivered", params(MessagePath), responses((status = 200, body = TicketView)))]
async fn undelivered(caller: Caller<DeliverIntake>, path: Path<MessagePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "message.undelivered", async |tx| {
            let case = commands::undelivered(tx, &app.rules, caller.scope(), path.ticket_id, path.message_id).await?;
            Ok(Reply::ok(&TicketView::of(&case.ticket, caller.scope()))?.tagged(case.ticket.stamp.version))
        })
        .await
}
