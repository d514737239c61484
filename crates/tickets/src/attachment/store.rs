//! Queries of files. Who may read a message may have its files; until it has one, a file is its sender's alone.

use chrono::{DateTime, Utc};
use kernel::id::{MessageId, TicketId};
use kernel::{Fault, id::new_uuid};
use platform::caller::Actor;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::attachment::{Column, Entity, Model};
use super::entity::file;
use super::files;
use super::model::FileState;
use crate::intake::mime::Attachment;
use crate::intake::record::entity as record;
use crate::intake::record::model::Record;
use crate::message;
use crate::rulebook::DeskSettings;
use crate::ticket::model::Ticket;

/// As many files of one ticket are listed.
const MOST: u64 = 1_000;

/// Keeps the files of a recorded mail.
pub(crate) async fn attach(tx: &Tx, record: &Record, files: &[Attachment]) -> Result<(), Problem> {
    for (position, file) in (0_i32..).zip(files) {
        let stored = files::store(tx, &file.sha256, &file.content).await?;
        let blocked = FileState::at_first(&file.media_type) == FileState::Blocked;
        let row = Model {
            id: new_uuid(),
            record_id: Some(record.id.uuid()),
            ticket_id: record.ticket_id.map(TicketId::uuid),
            message_id: record.message_id.map(MessageId::uuid),
            position,
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: i64::try_from(file.content.len()).map_err(Problem::internal)?,
            sha256: file.sha256.clone(),
            state: if blocked { FileState::Blocked } else { stored }.to_string(),
            uploaded_by: None,
            holder_id: None,
            created_at: record.received_at,
        };
        insert(tx, row).await?;
    }
    Ok(())
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, row: Model) -> Result<(), Problem> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Gives the files of a recorded mail to the ticket it has now.
pub(crate) async fn hand_over<C: ConnectionTrait>(db: &C, record: &Record) -> Result<(), Problem> {
    Entity::update_many()
        .col_expr(Column::TicketId, Expr::value(record.ticket_id.map(TicketId::uuid)))
        .col_expr(Column::MessageId, Expr::value(record.message_id.map(MessageId::uuid)))
        .filter(Column::RecordId.eq(record.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes the files of a message away from it: nobody finds them any more, and they are forgotten as files that nothing names.
pub(crate) async fn detach(tx: &Tx, message: MessageId) -> Result<(), Problem> {
    let nothing = || Expr::value(Option::<Uuid>::None);
    let detached = Entity::update_many().col_expr(Column::TicketId, nothing()).col_expr(Column::MessageId, nothing());
    detached.col_expr(Column::RecordId, nothing()).filter(Column::MessageId.eq(message.uuid())).exec(tx).await?;
    Ok(())
}

/// The files that the caller may read of a ticket that the caller has been found to see, and of those merged into it.
pub(crate) async fn of_ticket<C: ConnectionTrait>(db: &C, scope: &RowScope, ticket: &Ticket) -> Result<Vec<Model>, Problem> {
    let readable = message::store::of_thread(scope, ticket).select_only().column(message::entity::Column::Id).into_query();
    let rows = Entity::find().filter(Column::MessageId.in_subquery(readable));
    Ok(rows.order_by_asc(Column::Id).limit(MOST).all(db).await?)
}

/// The files that go out with a message; a blocked one stays behind.
pub(crate) async fn of_message<C: ConnectionTrait>(db: &C, message: MessageId) -> Result<Vec<Model>, Problem> {
    let rows = Entity::find().filter(Column::MessageId.eq(message.uuid())).filter(Column::State.ne(FileState::Blocked.as_str()));
    Ok(rows.order_by_asc(Column::Position).limit(MOST).all(db).await?)
}

/// As [`of_message`], of several messages, whatever carries them.
pub(crate) async fn of_messages<C: ConnectionTrait>(db: &C, messages: &[Uuid]) -> Result<Vec<Model>, Problem> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let rows =
        Entity::find().filter(Column::MessageId.is_in(messages.iter().copied())).filter(Column::State.ne(FileState::Blocked.as_str()));
    Ok(rows.order_by_asc(Column::Position).order_by_asc(Column::Id).all(db).await?)
}

/// A file that goes out with a message.
///
/// # Errors
/// 404 when the message has no such file.
pub(crate) async fn carried<C: ConnectionTrait>(db: &C, message: Uuid, id: Uuid) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).filter(Column::MessageId.eq(message)).one(db).await?;
    Ok(row.ok_or_else(|| Fault::not_found("attachment"))?)
}

/// Which messages have files that nobody has scanned yet.
pub(crate) fn unscanned() -> SelectStatement {
    let pending = Entity::find().select_only().column(Column::MessageId).filter(Column::State.eq(FileState::Pending.as_str()));
    pending.filter(Column::MessageId.is_not_null()).into_query()
}

/// Demands that a message's files were scanned.
///
/// # Errors
/// 409 `file_unscanned`.
pub(crate) async fn demand_scanned<C: ConnectionTrait>(db: &C, message: MessageId) -> Result<(), Problem> {
    let files = of_message(db, message).await?;
    files.iter().try_for_each(scanned).map_err(Problem::from)
}

/// # Errors
/// 409 `file_unscanned`.
pub(crate) fn scanned(file: &Model) -> Result<(), Fault> {
    if file.state == FileState::Pending.as_str() {
        return Err(Fault::conflict("file_unscanned", "This file is handed out once it was scanned."));
    }
    Ok(())
}

/// The files that wait for a message of `actor`.
fn waiting(actor: &Actor) -> Condition {
    Condition::all().add(Column::UploadedBy.eq(actor.id)).add(Column::MessageId.is_null()).add(Column::HolderId.is_null())
}

/// Gives files that `actor` has sent here to something that is no message, such as a corrective action; each with its place in the
/// request.
///
/// # Errors
/// 422 when one of them is not there, or not `actor`'s, or another's already.
pub(crate) async fn hold<C: ConnectionTrait>(
    db: &C,
    actor: &Actor,
    holder: Uuid,
    files: impl Iterator<Item = (usize, Uuid)>,
) -> Result<(), Problem> {
    for (position, id) in files {
        let waiting = Entity::update_many().filter(waiting(actor)).filter(Column::Id.eq(id));
        if waiting.col_expr(Column::HolderId, Expr::value(Some(holder))).exec(db).await?.rows_affected != 1 {
            let detail = "There is no such file of yours that belongs to nothing yet.";
            return Err(Fault::field(format!("/evidence/{position}/attachment_id"), "unknown_reference", detail).into());
        }
    }
    Ok(())
}

/// A file of something that is no message and that the caller has been found to see.
///
/// # Errors
/// 404 when it has no such file.
pub(crate) async fn held<C: ConnectionTrait>(db: &C, holder: Uuid, id: Uuid) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).filter(Column::HolderId.eq(holder)).one(db).await?;
    Ok(row.ok_or_else(|| Fault::not_found("attachment"))?)
}

/// Gives files that whoever writes has sent here to a message, as many as a mail can carry.
///
/// # Errors
/// 422 when one of them is not there, or not theirs, or another message's already; or when they are too large together.
pub(crate) async fn give(tx: &Tx, ids: &[Uuid], (ticket, message): (TicketId, MessageId), settings: &DeskSettings) -> Result<(), Problem> {
    let mut size = 0_i64;
    for (position, id) in (0_i32..).zip(ids) {
        let given = Entity::update_many()
            .col_expr(Column::TicketId, Expr::value(Some(ticket.uuid())))
            .col_expr(Column::MessageId, Expr::value(Some(message.uuid())))
            .col_expr(Column::Position, Expr::value(position))
            .filter(waiting(tx.actor()))
            .filter(Column::Id.eq(*id))
            .exec(tx)
            .await?;
        if given.rows_affected != 1 {
            let detail = "There is no such file of yours that waits for a message.";
            return Err(Fault::field(format!("/attachments/{position}"), "unknown_reference", detail).into());
        }
        size = size.saturating_add(find(tx, *id).await?.size);
    }
    if size > settings.mail.files_bytes {
        let detail = format!("The files of one message may have {} bytes together.", settings.mail.files_bytes);
        return Err(Fault::field("/attachments", "too_large", detail).into());
    }
    Ok(())
}

/// Any file, for whoever looks at files for danger.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Model, Problem> {
    Ok(Entity::find_by_id(id).one(db).await?.ok_or_else(|| Fault::not_found("attachment"))?)
}

/// What a scanner sees: everything, or nothing when its reach is limited.
pub(crate) fn scannable(scope: &RowScope) -> Select<Entity> {
    let nothing = Expr::cust("1 = 0");
    if *scope == RowScope::All { Entity::find() } else { Entity::find().filter(nothing) }
}

/// Lays a verdict on a content: on every file that has it, and those that will.
pub(crate) async fn judge<C: ConnectionTrait>(db: &C, sha256: &str, state: FileState) -> Result<(), Problem> {
    let same = Entity::update_many().filter(Column::Sha256.eq(sha256)).col_expr(Column::State, Expr::value(state.as_str()));
    same.exec(db).await?;
    let content = file::Entity::update_many().filter(file::Column::Sha256.eq(sha256));
    content.col_expr(file::Column::State, Expr::value(state.as_str())).exec(db).await?;
    Ok(())
}

/// Files that were sent here before `until` and never got a message.
pub(super) async fn unclaimed<C: ConnectionTrait>(db: &C, until: DateTime<Utc>, limit: u64) -> Result<Vec<Model>, Problem> {
    let waiting = Entity::find().filter(Column::MessageId.is_null()).filter(Column::RecordId.is_null()).filter(Column::HolderId.is_null());
    Ok(waiting.filter(Column::CreatedAt.lt(until)).order_by_asc(Column::CreatedAt).limit(limit).all(db).await?)
}

/// Forgets a file without a message, and its content when no other file and no mail has it.
pub(super) async fn forget(tx: &Tx, row: &Model) -> Result<(), Problem> {
    files::hold(tx, &row.sha256).await?;
    let gone = Entity::delete_many()
        .filter(Column::Id.eq(row.id))
        .filter(Column::MessageId.is_null())
        .filter(Column::HolderId.is_null())
        .exec(tx)
        .await?;
    let shared = Entity::find().filter(Column::Sha256.eq(&row.sha256)).count(tx).await?;
    let mails = record::Entity::find().filter(record::Column::RawSha256.eq(&row.sha256)).count(tx).await?;
    if gone.rows_affected == 1 && shared == 0 && mails == 0 {
        files::forget(tx, &row.sha256).await?;
    }
    Ok(())
}
