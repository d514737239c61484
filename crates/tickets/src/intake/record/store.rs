//! Queries of intake records. Staff of some branches see those of their mailboxes and of none; portal customers see none.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, IntakeId, MailboxId, MessageId, TicketId};
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word, word_or_none};
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::Record;
use super::{delivery_entity as delivery, entity};
use crate::intake::mailbox::store::of_staff;

/// The channel of mail.
pub(crate) const EMAIL: &str = "email";

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: IntakeId) -> Result<Record, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    record(row.ok_or_else(|| Fault::not_found(IntakeId::NOUN))?)
}

/// The mail that came before under this key, whoever asks: a delivery must find it.
pub(crate) async fn by_key<C: ConnectionTrait>(db: &C, key: &str) -> Result<Option<Record>, Problem> {
    let row = Entity::find().filter(Column::Channel.eq(EMAIL)).filter(Column::DedupeKey.eq(key)).one(db).await?;
    row.map(record).transpose()
}

/// How many mails came from a sender to a mailbox since an instant.
pub(crate) async fn count_from<C: ConnectionTrait>(
    db: &C,
    sender: &str,
    mailbox: Option<MailboxId>,
    since: DateTime<Utc>,
) -> Result<u64, Problem> {
    let rows = Entity::find().filter(Column::Sender.eq(sender)).filter(Column::MailboxId.eq(mailbox_key(mailbox)));
    Ok(rows.filter(Column::ReceivedAt.gt(since)).count(db).await?)
}

/// A mailbox as records are keyed by it: nil for mail to no mailbox.
pub(crate) fn mailbox_key(mailbox: Option<MailboxId>) -> Uuid {
    mailbox.map_or(Uuid::nil(), MailboxId::uuid)
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, record: &Record) -> Result<(), Problem> {
    Entity::insert(row(record)?.into_active_model()).exec_without_returning(db).await?;
    deliver(db, record.id, record.mailbox_id, record.received_at).await?;
    Ok(())
}

/// Gives a quarantined mail its ticket.
///
/// # Errors
/// 409 when it has one meanwhile.
pub(crate) async fn release<C: ConnectionTrait>(db: &C, record: &Record) -> Result<(), Problem> {
    let waiting = Entity::update_many().filter(Column::Id.eq(record.id.uuid())).filter(Column::TicketId.is_null());
    let given = waiting
        .col_expr(Column::TicketId, Expr::value(record.ticket_id.map(TicketId::uuid)))
        .col_expr(Column::MessageId, Expr::value(record.message_id.map(MessageId::uuid)))
        .exec(db)
        .await?;
    if given.rows_affected == 1 { Ok(()) } else { Err(Fault::conflict("not_quarantined", "It has a ticket meanwhile.").into()) }
}

/// Notes that a recorded mail reached a mailbox; true when it had not before.
pub(crate) async fn deliver<C: ConnectionTrait>(
    db: &C,
    id: IntakeId,
    mailbox: Option<MailboxId>,
    at: DateTime<Utc>,
) -> Result<bool, Problem> {
    let row = delivery::Model { record_id: id.uuid(), mailbox_id: mailbox_key(mailbox), received_at: at };
    let once = OnConflict::columns([delivery::Column::RecordId, delivery::Column::MailboxId]).do_nothing().to_owned();
    let inserted = delivery::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(db).await?;
    Ok(inserted > 0)
}

/// The mailboxes that a recorded mail reached, in the order of arrival.
pub(crate) async fn mailboxes<C: ConnectionTrait>(db: &C, id: IntakeId) -> Result<Vec<MailboxId>, Problem> {
    let rows = delivery::Entity::find().filter(delivery::Column::RecordId.eq(id.uuid())).order_by_asc(delivery::Column::ReceivedAt);
    let ids: Vec<Uuid> = rows.select_only().column(delivery::Column::MailboxId).into_tuple().all(db).await?;
    Ok(ids.into_iter().filter(|id| !id.is_nil()).map(Into::into).collect())
}

fn row(record: &Record) -> Result<Model, Problem> {
    Ok(entity::Model {
        id: record.id.uuid(),
        channel: EMAIL.to_owned(),
        dedupe_key: record.dedupe_key.clone(),
        content_hash: record.content_hash.clone(),
        outcome: record.outcome.to_string(),
        reason: record.reason.map(|reason| reason.to_string()),
        auto_class: record.auto_class.to_string(),
        rule: record.rule.to_string(),
        trace: to_json(&record.trace)?,
        subject_changed: record.subject_changed,
        ticket_id: record.ticket_id.map(TicketId::uuid),
        message_id: record.message_id.map(MessageId::uuid),
        mailbox_id: mailbox_key(record.mailbox_id),
        branch_id: record.branch_id.map(BranchId::uuid),
        sender: record.sender.clone(),
        subject: record.subject.clone(),
        raw_sha256: record.raw_sha256.clone(),
        received_at: record.received_at,
    })
}

/// The record of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn record(row: Model) -> Result<Record, Problem> {
    Ok(Record {
        id: row.id.into(),
        dedupe_key: row.dedupe_key,
        content_hash: row.content_hash,
        outcome: word(&row.outcome)?,
        reason: word_or_none(row.reason.as_deref())?,
        auto_class: word(&row.auto_class)?,
        rule: word(&row.rule)?,
        trace: from_json(row.trace)?,
        subject_changed: row.subject_changed,
        ticket_id: row.ticket_id.map(Into::into),
        message_id: row.message_id.map(Into::into),
        mailbox_id: Some(row.mailbox_id).filter(|id| !id.is_nil()).map(Into::into),
        branch_id: row.branch_id.map(Into::into),
        sender: row.sender,
        subject: row.subject,
        raw_sha256: row.raw_sha256,
        received_at: row.received_at,
    })
}
