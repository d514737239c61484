//! Queries of outgoing mail. Staff of some branches see that of their mailboxes and of none; portal customers see none.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::{BranchId, MessageId, NoticeId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Delivered, MailKind, MailState, Outgoing};
use crate::attachment::store as attachments;
use crate::intake::mailbox::store::of_staff;
use crate::intake::record::store::mailbox_key;
use crate::message::entity as message;
use crate::message::model::Message;
use crate::notification::entity as notification;
use crate::ticket::entity as ticket;
use crate::vocabulary::{Channel, MessageKind};

/// What strangers get without asking, and little of it.
const AUTOMATIC: [&str; 2] = [MailKind::Acknowledgement.as_str(), MailKind::Survey.as_str()];
/// Older replies are never sent late.
const LATEST: TimeDelta = TimeDelta::days(1);

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Outgoing, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id)).one(db).await?;
    outgoing(row.ok_or_else(|| Fault::not_found("outgoing mail"))?)
}

/// As [`find`], held until the transaction ends, whoever asks.
pub(crate) async fn hold(tx: &Tx, id: Uuid) -> Result<Outgoing, Problem> {
    let row = Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    outgoing(row.ok_or_else(|| Fault::not_found("outgoing mail"))?)
}

/// The mail that carries a message, held.
pub(crate) async fn carrying_one(tx: &Tx, message: MessageId) -> Result<Option<Outgoing>, Problem> {
    Entity::find().filter(Column::MessageId.eq(message.uuid())).lock_exclusive().one(tx).await?.map(outgoing).transpose()
}

/// The mails of a ticket and of word about it, held.
pub(crate) async fn about(tx: &Tx, ticket: TicketId) -> Result<Vec<Outgoing>, Problem> {
    let words = notification::Entity::find().filter(notification::Column::TicketId.eq(ticket.uuid()));
    let words = words.select_only().column(notification::Column::Id).into_query();
    let any = Condition::any().add(Column::TicketId.eq(ticket.uuid())).add(Column::MessageId.in_subquery(words));
    Entity::find().filter(any).lock_exclusive().all(tx).await?.into_iter().map(outgoing).collect()
}

/// Queues a mail; the mail of one message is queued once.
pub(crate) async fn queue<C: ConnectionTrait>(db: &C, mail: &Outgoing) -> Result<(), Problem> {
    let once = OnConflict::column(Column::MessageId).do_nothing().to_owned();
    Entity::insert(row(mail)?.into_active_model()).on_conflict(once).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, mail: &Outgoing) -> Result<(), Problem> {
    rows::save(db, row(mail)?, mail.id, mail.stamp.version).await
}

/// The sent mail with one of these Message-IDs, whoever asks: a bounce must find it.
pub(crate) async fn by_mail_ids<C: ConnectionTrait>(db: &C, ids: &[String]) -> Result<Option<Outgoing>, Problem> {
    if ids.is_empty() {
        return Ok(None);
    }
    Entity::find().filter(Column::MailId.is_in(ids)).one(db).await?.map(outgoing).transpose()
}

/// How the mails of a ticket's messages fare.
pub(crate) async fn of_ticket<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<HashMap<MessageId, Delivered>, Problem> {
    let rows = Entity::find().filter(Column::TicketId.eq(ticket.uuid())).all(db).await?;
    rows.into_iter().map(|row| outgoing(row).map(|mail| (mail.message_id, Delivered::from(mail)))).collect()
}

/// How the mails fare that carry these.
pub(crate) async fn carrying<C: ConnectionTrait>(db: &C, carried: &[Uuid]) -> Result<HashMap<Uuid, Delivered>, Problem> {
    if carried.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find().filter(Column::MessageId.is_in(carried.iter().copied())).all(db).await?;
    rows.into_iter().map(|row| outgoing(row).map(|mail| (mail.message_id.uuid(), Delivered::from(mail)))).collect()
}

/// How many automatic mails went to an address since an instant, from one mailbox or from all.
pub(crate) async fn count_automatic<C: ConnectionTrait>(
    db: &C,
    address: &str,
    mailbox: Option<Uuid>,
    since: DateTime<Utc>,
) -> Result<u64, Problem> {
    let automatic = Entity::find().filter(Column::Address.eq(address)).filter(Column::Kind.is_in(AUTOMATIC));
    let automatic = automatic.filter(Column::CreatedAt.gt(since));
    let automatic = match mailbox {
        Some(mailbox) => automatic.filter(Column::MailboxId.eq(mailbox)),
        None => automatic,
    };
    Ok(automatic.count(db).await?)
}

/// Replies on tickets that came by mail which nobody has queued yet.
fn unqueued(now: DateTime<Utc>) -> Select<message::Entity> {
    let queued = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::MessageId)).equals((message::Entity, message::Column::Id)))
        .take();
    let by_mail = Query::select()
        .expr(Expr::val(1))
        .from(ticket::Entity)
        .and_where(Expr::col((ticket::Entity, ticket::Column::Id)).equals((message::Entity, message::Column::TicketId)))
        .and_where(Expr::col((ticket::Entity, ticket::Column::Channel)).eq(Channel::Email.as_str()))
        .and_where(Expr::col((ticket::Entity, ticket::Column::RequesterEmail)).is_not_null())
        .and_where(Expr::col((ticket::Entity, ticket::Column::DeletedAt)).is_null())
        .take();
    message::Entity::find()
        .filter(message::Column::Kind.eq(MessageKind::PublicReply.as_str()))
        .filter(message::Column::RecordedAt.gt(now - LATEST))
        .filter(Expr::exists(queued).not())
        .filter(Expr::exists(by_mail))
}

/// Replies that are to be queued, oldest first.
pub(crate) async fn waiting<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Message>, Problem> {
    let waiting = unqueued(now).filter(message::Column::Redaction.is_null()).order_by_asc(message::Column::RecordedAt);
    waiting.limit(limit).all(db).await?.into_iter().map(crate::message::store::message).collect()
}

/// True for a reply that nobody had queued yet, whether or not its words were taken away meanwhile.
pub(crate) async fn was_to_be_queued<C: ConnectionTrait>(db: &C, id: MessageId, now: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(unqueued(now).filter(message::Column::Id.eq(id.uuid())).count(db).await? > 0)
}

/// The mails that may be tried now, longest waiting first; where unscanned files are held, those with such files wait.
pub(crate) async fn due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, holds: bool, limit: u64) -> Result<Vec<Outgoing>, Problem> {
    let queued = Entity::find().filter(Column::State.eq(MailState::Queued.as_str())).filter(Column::NextAt.lte(now));
    let queued = if holds { queued.filter(Column::MessageId.not_in_subquery(attachments::unscanned())) } else { queued };
    queued.order_by_asc(Column::NextAt).limit(limit).all(db).await?.into_iter().map(outgoing).collect()
}

/// Puts a mail off while it is being sent, so that nobody else sends it meanwhile; false when somebody has changed it.
pub(crate) async fn claim<C: ConnectionTrait>(db: &C, mail: &Outgoing, until: DateTime<Utc>) -> Result<bool, Problem> {
    let unchanged = Entity::update_many().filter(Column::Id.eq(mail.id)).filter(Column::Version.eq(mail.stamp.version));
    let claimed = unchanged.filter(Column::NextAt.eq(mail.next_at)).col_expr(Column::NextAt, Expr::value(until)).exec(db).await?;
    Ok(claimed.rows_affected == 1)
}

fn row(mail: &Outgoing) -> Result<Model, Problem> {
    Ok(Model {
        id: mail.id,
        version: mail.stamp.version,
        created_at: mail.stamp.created_at,
        updated_at: mail.stamp.updated_at,
        created_by: mail.stamp.created_by,
        updated_by: mail.stamp.updated_by,
        ticket_id: mail.ticket_id.map(TicketId::uuid),
        message_id: mail.message_id.uuid(),
        notice_id: mail.notice_id.map(NoticeId::uuid),
        kind: mail.kind.to_string(),
        mailbox_id: mailbox_key(mail.mailbox_id),
        branch_id: mail.branch_id.map(BranchId::uuid),
        address: mail.head.fields.to.first().cloned().unwrap_or_default(),
        mail_id: mail.head.fields.message_id.clone().unwrap_or_default(),
        head: to_json(&mail.head)?,
        body: mail.body.clone(),
        state: mail.state.to_string(),
        error: mail.error.clone(),
        sent_at: mail.sent_at,
        recipients: to_json(&mail.recipients)?,
        attempts: mail.attempts,
        queued_at: mail.queued_at,
        next_at: mail.next_at,
        withdrawn: mail.withdrawn,
    })
}

/// The mail of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn outgoing(row: Model) -> Result<Outgoing, Problem> {
    let stamp = stamp_of!(row);
    let state: MailState = word(&row.state)?;
    Ok(Outgoing {
        id: row.id,
        stamp,
        ticket_id: row.ticket_id.map(Into::into),
        message_id: MessageId::from(row.message_id),
        notice_id: row.notice_id.map(Into::into),
        kind: word(&row.kind)?,
        mailbox_id: Some(row.mailbox_id).filter(|id| !id.is_nil()).map(Into::into),
        branch_id: row.branch_id.map(Into::into),
        head: from_json(row.head)?,
        body: row.body,
        state,
        error: row.error,
        sent_at: row.sent_at,
        recipients: from_json(row.recipients)?,
        attempts: row.attempts,
        queued_at: row.queued_at,
        next_at: row.next_at,
        withdrawn: row.withdrawn,
    })
}
