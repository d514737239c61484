//! Queries of messages.

use kernel::Fault;
use kernel::id::{MessageId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word};
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::entity::{Column, Entity, Model};
use super::model::{Author, Message, NewMessage};
use crate::ticket::model::Ticket;
use crate::ticket::{entity as ticket_entity, store};
use crate::vocabulary::AuthorKind;

/// The code of a delivery that another request has just stored.
pub(crate) const DUPLICATE: &str = "duplicate_delivery";
/// How many messages a ticket's number leaves room for in the key of the full-text table.
pub(crate) const MOST_MESSAGES: i64 = 1_000_000;

/// What of a conversation a caller may see: customers only what is public.
pub(crate) fn readable(scope: &RowScope) -> Condition {
    if scope.is_customer() { Condition::all().add(Column::Public.eq(true)) } else { Condition::all() }
}

/// The messages of a ticket that the caller has been found to see.
pub(crate) fn of_ticket(scope: &RowScope, ticket: TicketId) -> Select<Entity> {
    Entity::find().filter(Column::TicketId.eq(ticket.uuid())).filter(readable(scope))
}

/// The messages of all tickets that staff see, each with its ticket.
pub(crate) fn with_tickets(scope: &RowScope) -> Select<Entity> {
    let messages = Entity::find().filter(scope.staff_only()).filter(store::within(scope));
    let mut messages = messages.filter(ticket_entity::Column::DeletedAt.is_null());
    let same = Expr::col((ticket_entity::Entity, ticket_entity::Column::Id)).equals((Entity, Column::TicketId));
    QueryTrait::query(&mut messages).inner_join(ticket_entity::Entity, same);
    messages
}

/// The messages of a ticket that the caller has been found to see, with those of the tickets merged into it that he may see too.
pub(crate) fn of_thread(scope: &RowScope, ticket: &Ticket) -> Select<Entity> {
    if ticket.members.is_empty() {
        return of_ticket(scope, ticket.id);
    }
    let members = store::visible(scope).filter(ticket_entity::Column::Id.is_in(ticket.members.iter().map(|id| id.uuid())));
    let members = members.select_only().column(ticket_entity::Column::Id).into_query();
    let any = Condition::any().add(Column::TicketId.eq(ticket.id.uuid())).add(Column::TicketId.in_subquery(members));
    Entity::find().filter(any).filter(readable(scope))
}

/// A ticket's conversation, oldest first.
pub(crate) async fn conversation<C: ConnectionTrait>(db: &C, scope: &RowScope, ticket: &Ticket) -> Result<Vec<Message>, Problem> {
    let thread = of_thread(scope, ticket);
    let rows = if ticket.members.is_empty() {
        thread.order_by_asc(Column::Seq).all(db).await?
    } else {
        thread.order_by_asc(Column::OccurredAt).order_by_asc(Column::TicketId).order_by_asc(Column::Seq).all(db).await?
    };
    rows.into_iter().map(message).collect()
}

/// The message that a delivery made earlier, if it did.
pub(crate) async fn by_dedupe_key<C: ConnectionTrait>(db: &C, key: &str) -> Result<Option<Message>, Problem> {
    Entity::find().filter(Column::DedupeKey.eq(key)).one(db).await?.map(message).transpose()
}

pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, ticket: TicketId, id: MessageId) -> Result<Message, Problem> {
    let row = of_ticket(scope, ticket).filter(Column::Id.eq(id.uuid())).one(db).await?;
    message(row.ok_or_else(|| Fault::not_found(MessageId::NOUN))?)
}

/// A message of a ticket's conversation that a request's body names.
///
/// # Errors
/// A field fault at `/message_id` when the conversation has none.
pub(crate) async fn named<C: ConnectionTrait>(db: &C, ticket: &Ticket, id: MessageId) -> Result<Message, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::TicketId.is_in(ticket.with_members())).one(db).await?;
    message(row.ok_or_else(|| Fault::field("/message_id", "unknown_reference", "The ticket has no such message."))?)
}

/// What a human of ours said to the customer on a ticket.
pub(crate) async fn answers<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<Vec<Message>, Problem> {
    let of_agents = Entity::find().filter(Column::TicketId.eq(ticket.uuid())).filter(Column::AuthorKind.eq(AuthorKind::Agent.as_str()));
    let messages = of_agents.all(db).await?.into_iter().map(message).collect::<Result<Vec<_>, _>>()?;
    Ok(messages.into_iter().filter(|message| message.content.is_answer()).collect())
}

/// Writes a message with what else the command leaves, or at once when its delivery may have come before.
///
/// # Errors
/// 409 [`DUPLICATE`].
pub(crate) async fn insert(tx: &Tx, message: &Message, ticket_number: i64) -> Result<(), Problem> {
    let insert = Entity::insert(row(message, ticket_number)?.into_active_model());
    if message.content.dedupe_key.is_none() {
        tx.write_later(insert.into_query());
        return Ok(());
    }
    let inserted = insert.exec_without_returning(tx).await;
    inserted.map_err(|error| Problem::from(error).on_unique("dedupe_key", || Fault::conflict(DUPLICATE, "This delivery came before.")))?;
    Ok(())
}

/// All messages of a ticket's own, in order.
pub(crate) async fn own<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<Vec<Message>, Problem> {
    let rows = of_ticket(&RowScope::All, ticket).order_by_asc(Column::Seq).all(db).await?;
    rows.into_iter().map(message).collect()
}

/// Gives a stored message to the ticket and place that it has now.
pub(crate) async fn relocate(tx: &Tx, message: &Message, ticket_number: i64) -> Result<(), Problem> {
    let row = row(message, ticket_number)?;
    let change = super::entity::ActiveModel {
        ticket_id: sea_orm::Set(row.ticket_id),
        seq: sea_orm::Set(row.seq),
        words_key: sea_orm::Set(row.words_key),
        split_from: sea_orm::Set(row.split_from),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// Marks a message as a courtesy, or as none.
pub(crate) async fn mark_courtesy<C: ConnectionTrait>(db: &C, id: MessageId, courtesy: bool) -> Result<(), Problem> {
    let change = super::entity::ActiveModel { courtesy: sea_orm::Set(courtesy), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id.uuid())).exec(db).await?;
    Ok(())
}

/// Completes what is known of a call, and who took it.
pub(crate) async fn complete_call<C: ConnectionTrait>(db: &C, message: &Message) -> Result<(), Problem> {
    let content = &message.content;
    let change = super::entity::ActiveModel {
        call: sea_orm::Set(content.call.as_ref().map(to_json).transpose()?),
        author_kind: sea_orm::Set(content.author.kind.to_string()),
        author_id: sea_orm::Set(content.author.id),
        author_name: sea_orm::Set(content.author.name.clone()),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(message.id.uuid())).exec(db).await?;
    Ok(())
}

/// Takes the words of a message away, for ever.
pub(crate) async fn redact(tx: &Tx, message: &Message) -> Result<(), Problem> {
    let change = super::entity::ActiveModel {
        body: sea_orm::Set(message.content.body.clone()),
        call: sea_orm::Set(message.content.call.as_ref().map(to_json).transpose()?),
        redaction: sea_orm::Set(message.redaction.as_ref().map(to_json).transpose()?),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(message.id.uuid())).exec(tx).await?;
    Ok(())
}

fn row(message: &Message, ticket_number: i64) -> Result<Model, Problem> {
    let content = &message.content;
    Ok(Model {
        id: message.id.uuid(),
        ticket_id: message.ticket_id.uuid(),
        seq: message.seq,
        kind: content.kind.to_string(),
        public: content.kind.is_public(),
        channel: content.channel.to_string(),
        author_kind: content.author.kind.to_string(),
        author_id: content.author.id,
        author_name: content.author.name.clone(),
        body: content.body.clone(),
        occurred_at: content.occurred_at,
        recorded_at: message.recorded_at,
        automatic: content.automatic,
        courtesy: content.courtesy,
        bulk: content.bulk,
        call: content.call.as_ref().map(to_json).transpose()?,
        mail: content.mail.as_ref().map(to_json).transpose()?,
        mail_message_id: content.mail.as_ref().and_then(|mail| mail.message_id.clone()),
        dedupe_key: content.dedupe_key.clone(),
        split_from: message.split_from.map(TicketId::uuid),
        redaction: message.redaction.as_ref().map(to_json).transpose()?,
        words_key: ticket_number * MOST_MESSAGES + i64::from(message.seq),
    })
}

/// The message of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn message(row: Model) -> Result<Message, Problem> {
    Ok(Message {
        id: row.id.into(),
        ticket_id: row.ticket_id.into(),
        seq: row.seq,
        recorded_at: row.recorded_at,
        split_from: row.split_from.map(Into::into),
        redaction: row.redaction.map(from_json).transpose()?,
        content: NewMessage {
            id: row.id.into(),
            kind: word(&row.kind)?,
            channel: word(&row.channel)?,
            author: Author { kind: word(&row.author_kind)?, id: row.author_id, name: row.author_name },
            body: row.body,
            occurred_at: row.occurred_at,
            automatic: row.automatic,
            courtesy: row.courtesy,
            bulk: row.bulk,
            call: row.call.map(from_json).transpose()?,
            mail: row.mail.map(from_json).transpose()?,
            dedupe_key: row.dedupe_key,
        },
    })
}
