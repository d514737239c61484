//! The files of a ticket's mail. Who may see the message may have its files, except those that can run when opened.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::{MessageId, TicketId};
use kernel::words;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entity::attachment::{Column, Entity, Model};
use super::files;
use crate::Tickets;
use crate::access::ReadTickets;
use crate::message;
use crate::ticket::store as tickets;

/// As many files of one ticket are listed.
const MOST: u64 = 1_000;

words! {
    /// Whether a file may be handed out.
    pub(crate) enum FileState { Pending = "pending", Clean = "clean", Blocked = "blocked" }
}

pub(crate) fn operations() -> Operations {
    operations!["attachments"; list, content]
}

/// Names one ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfTicket {
    /// The ticket.
    ticket_id: TicketId,
}

/// Names one file of a ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AttachmentPath {
    /// The ticket.
    ticket_id: TicketId,
    /// The file.
    attachment_id: Uuid,
}

/// A file that came with a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AttachmentView {
    id: Uuid,
    message_id: Option<MessageId>,
    #[schema(max_length = 200)]
    name: String,
    /// By content, not by name.
    #[schema(max_length = 120)]
    media_type: String,
    size: i64,
    #[schema(max_length = 64)]
    sha256: String,
    /// A blocked file can run when opened and is not handed out.
    state: FileState,
}

/// The files of a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AttachmentsView {
    #[schema(max_items = 1000)]
    data: Vec<AttachmentView>,
}

fn view(row: Model) -> Result<AttachmentView, Problem> {
    Ok(AttachmentView {
        id: row.id,
        message_id: row.message_id.map(Into::into),
        name: row.name,
        media_type: row.media_type,
        size: row.size,
        sha256: row.sha256,
        state: platform::rows::word(&row.state)?,
    })
}

/// The files of the messages that the caller may read.
async fn visible<C: ConnectionTrait>(db: &C, scope: &RowScope, ticket: TicketId) -> Result<Vec<Model>, Problem> {
    let ticket = tickets::find(db, scope, ticket).await?;
    let readable = message::store::of_ticket(scope, ticket.id).select_only().column(message::entity::Column::Id);
    let messages: Vec<Uuid> = readable.into_tuple().all(db).await?;
    let rows = Entity::find().filter(Column::TicketId.eq(ticket.id.uuid())).order_by_asc(Column::Id).limit(MOST).all(db).await?;
    Ok(rows.into_iter().filter(|row| row.message_id.is_some_and(|id| messages.contains(&id))).collect())
}

/// A file with its content.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) content: Vec<u8>,
}

/// The files that go out with a message; a blocked one stays behind.
pub(crate) async fn of_message<C: ConnectionTrait>(db: &C, message: MessageId) -> Result<Vec<File>, Problem> {
    let rows = Entity::find().filter(Column::MessageId.eq(message.uuid())).filter(Column::State.ne(FileState::Blocked.as_str()));
    let mut found = Vec::new();
    for row in rows.order_by_asc(Column::Position).limit(MOST).all(db).await? {
        let content = files::read(db, &row.sha256).await?;
        found.push(File { name: row.name, media_type: row.media_type, content });
    }
    Ok(found)
}

/// List the files of a ticket's messages.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/attachments", params(OfTicket), responses((status = 200, body = AttachmentsView)))]
async fn list(caller: Caller<ReadTickets>, path: Path<OfTicket>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let rows = visible(app.db.read(), caller.scope(), path.ticket_id).await?;
    Reply::ok(&AttachmentsView { data: rows.into_iter().map(view).collect::<Result<_, _>>()? })
}

/// Read a file.
///
/// It is sent as plain bytes, so that no browser shows what a stranger sent.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/attachments/{attachment_id}", operation_id = "content", params(AttachmentPath),
    responses((status = 200, content_type = "application/octet-stream", body = String)))]
async fn content(caller: Caller<ReadTickets>, path: Path<AttachmentPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let rows = visible(db, caller.scope(), path.ticket_id).await?;
    let row = rows.into_iter().find(|row| row.id == path.attachment_id).ok_or_else(|| Fault::not_found("attachment"))?;
    if row.state == FileState::Blocked.as_str() {
        return Err(Fault::conflict("file_blocked", "This file can run when opened and is not handed out.").into());
    }
    Ok(Reply::content("application/octet-stream", files::read(db, &row.sha256).await?).tagged_as(&row.sha256))
}
