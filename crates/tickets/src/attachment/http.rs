//! Operations on files.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{MessageId, TicketId, new_uuid};
use platform::caller::{Caller, Permission};
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::attachment::{Column, Entity, Model};
use super::files::{self, Content};
use super::model::{FileState, Verdict};
use super::upload::{self, Upload};
use super::{content as handing, store};
use crate::Tickets;
use crate::access::{DeliverIntake, ReadTickets, ScanAttachments, WriteTickets};
use crate::intake::mime::file_name;
use crate::ticket::store as tickets;

pub(crate) fn operations() -> Operations {
    operations!["attachments"; upload, deliver, list_all, fetch_content, judge, list, content]
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
struct FileOfTicket {
    /// The ticket.
    ticket_id: TicketId,
    /// The file.
    attachment_id: Uuid,
}

/// Names one file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct FilePath {
    /// The file.
    attachment_id: Uuid,
}

/// What is known of a file that is sent here.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Named {
    /// Its name; folders in it are left out.
    #[param(min_length = 1, max_length = 400, example = "manifest.pdf")]
    name: String,
}

/// A file.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AttachmentView {
    id: Uuid,
    /// The message it belongs to; none while it waits for one.
    message_id: Option<MessageId>,
    #[schema(max_length = 200)]
    name: String,
    /// By content, not by name.
    #[schema(max_length = 120)]
    media_type: String,
    size: i64,
    #[schema(max_length = 64)]
    sha256: String,
    /// A blocked file is not handed out.
    state: FileState,
    created_at: DateTime<Utc>,
}

/// The files of a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AttachmentsView {
    #[schema(max_items = 1000)]
    data: Vec<AttachmentView>,
}

/// What a scanner says of a file's content.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct JudgeAttachment {
    verdict: Verdict,
    /// What it found, for the audit trail.
    #[schema(max_length = 500)]
    detail: Option<String>,
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
        created_at: row.created_at,
    })
}

/// Send a file for a message that is to be written.
///
/// The body is the file itself, of up to 25 MiB. Name its id among the `attachments` of the message; a file that no message
/// names within a day is forgotten.
#[utoipa::path(post, path = "/v1/attachments", params(Named), request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, body = AttachmentView)))]
async fn upload(
    caller: Caller<WriteTickets>,
    named: Query<Named>,
    request: HttpRequest,
    payload: Payload,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    received(&app, &caller, &named, (&request, payload)).await
}

/// Send a file for something that is to be delivered by text message, chat or a portal's form.
///
/// As `POST /v1/attachments`, for those who deliver and may do nothing else.
#[utoipa::path(post, path = "/v1/intake/attachments", params(Named), request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, body = AttachmentView)))]
async fn deliver(
    caller: Caller<DeliverIntake>,
    named: Query<Named>,
    request: HttpRequest,
    payload: Payload,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    received(&app, &caller, &named, (&request, payload)).await
}

async fn received<P: Permission>(
    app: &Tickets,
    caller: &Caller<P>,
    named: &Named,
    (request, payload): (&HttpRequest, Payload),
) -> Result<Reply, Problem> {
    let declared = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let declared = declared.split(';').next().unwrap_or_default().trim().to_lowercase();
    let received = upload::receive(&app.db, payload.into_inner(), &declared).await?;
    let name = file_name(&named.name);
    let fingerprint = Sha256::digest(format!("{name}/{}", received.sha256));
    caller.context().fingerprint.set(Some(fingerprint.into()));
    app.db.command(caller, "attachment.upload", async |tx| keep(tx, &received, &name, caller.actor().id).await).await
}

async fn keep(tx: &Tx, received: &Upload, name: &str, uploaded_by: Uuid) -> Result<Reply, Problem> {
    let Upload { content_id, sha256, size, media_type } = received;
    let whole = Content { sha256, size: *size, media_type, content_id: *content_id };
    let (state, new) = files::name(tx, &whole).await?;
    if new {
        files::complete(tx, *content_id).await?;
    } else {
        files::drop_pieces(tx, *content_id).await?;
    }
    let row = Model {
        id: new_uuid(),
        record_id: None,
        ticket_id: None,
        message_id: None,
        position: 0,
        name: name.to_owned(),
        media_type: media_type.clone(),
        size: *size,
        sha256: sha256.clone(),
        state: if FileState::at_first(media_type) == FileState::Blocked { FileState::Blocked } else { state }.to_string(),
        uploaded_by: Some(uploaded_by),
        holder_id: None,
        created_at: tx.now(),
    };
    store::insert(tx, row.clone()).await?;
    let view = view(row)?;
    tx.record(Change::new("attachment.uploaded", "attachment", view.id, 1).after(&view));
    Reply::created(format!("/v1/attachments/{}", view.id), &view)
}

/// What the list of files can be asked for.
struct AttachmentList;

impl ListSpec for AttachmentList {
    type Entity = Entity;
    type View = AttachmentView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, FileState::TEXTS),
        Field::text("sha256", Column::Sha256),
        Field::uuid("id", Column::Id).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List all files, for a scanner; one whose reach is limited sees none.
#[utoipa::path(get, path = "/v1/attachments", operation_id = "list_all", params(Listing<AttachmentList>),
    responses((status = 200, body = Page<AttachmentView>)))]
async fn list_all(caller: Caller<ScanAttachments>, listing: Listing<AttachmentList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::scannable(caller.scope())).await?;
    listing.reply(&page.try_map(view)?)
}

/// Read a file, for a scanner.
#[utoipa::path(get, path = "/v1/attachments/{attachment_id}", operation_id = "scan", params(FilePath),
    responses((status = 200, content_type = "application/octet-stream", body = String)))]
async fn fetch_content(
    caller: Caller<ScanAttachments>,
    path: Path<FilePath>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<HttpResponse, Problem> {
    unlimited(caller.scope())?;
    let row = store::find(app.db.read(), path.attachment_id).await?;
    handing::answer(&app.db, &request, &row).await
}

/// Say whether a file may be handed out.
///
/// The verdict is about the content: it holds for every file that has it. A later one corrects it; what can run when opened
/// stays blocked.
#[utoipa::path(post, path = "/v1/attachments/{attachment_id}/verdict", params(FilePath), request_body = JudgeAttachment,
    responses((status = 200, body = AttachmentView)))]
async fn judge(
    caller: Caller<ScanAttachments>,
    path: Path<FilePath>,
    command: Valid<JudgeAttachment>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    unlimited(caller.scope())?;
    app.db
        .command(&caller, "attachment.judge", async |tx| {
            let mut row = store::find(tx, path.attachment_id).await?;
            files::hold(tx, &row.sha256).await?;
            let before: FileState = platform::rows::word(&row.state)?;
            let state = before.judged(command.verdict, &row.media_type)?;
            store::judge(tx, &row.sha256, state).await?;
            row.state = state.to_string();
            let view = view(row)?;
            tx.record(Change::new("attachment.judged", "attachment", view.id, 2).after(&view).reason(command.detail.clone()));
            Reply::ok(&view)
        })
        .await
}

fn unlimited(scope: &RowScope) -> Result<(), Fault> {
    if *scope == RowScope::All { Ok(()) } else { Err(Fault::not_found("attachment")) }
}

/// List the files of a ticket's messages.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/attachments", params(OfTicket), responses((status = 200, body = AttachmentsView)))]
async fn list(caller: Caller<ReadTickets>, path: Path<OfTicket>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut rows = visible(&app, caller.scope(), path.ticket_id).await?;
    // What came by two tickets that were merged is listed once.
    let mut first = BTreeMap::new();
    rows.retain(|row| *first.entry(row.sha256.clone()).or_insert(row.ticket_id) == row.ticket_id);
    Reply::ok(&AttachmentsView { data: rows.into_iter().map(view).collect::<Result<_, _>>()? })
}

/// Read a file, or a part of it.
///
/// It is sent as plain bytes to be saved, so that no browser shows what a stranger sent.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/attachments/{attachment_id}", operation_id = "content", params(FileOfTicket),
    responses((status = 200, content_type = "application/octet-stream", body = String),
        (status = 206, description = "The part that `Range` asks for.", content_type = "application/octet-stream", body = String)))]
async fn content(
    caller: Caller<ReadTickets>,
    path: Path<FileOfTicket>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<HttpResponse, Problem> {
    let rows = visible(&app, caller.scope(), path.ticket_id).await?;
    let row = rows.iter().find(|row| row.id == path.attachment_id).ok_or_else(|| Fault::not_found("attachment"))?;
    if app.rules.current(app.db.read()).await?.settings.hold_unscanned_files {
        store::scanned(row)?;
    }
    handing::answer(&app.db, &request, row).await
}

async fn visible(app: &Tickets, scope: &RowScope, ticket: TicketId) -> Result<Vec<Model>, Problem> {
    let ticket = tickets::find(app.db.read(), scope, ticket).await?;
    store::of_ticket(app.db.read(), scope, &ticket).await
}
