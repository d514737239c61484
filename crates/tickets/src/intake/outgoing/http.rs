//! The queue of outgoing mail, for whoever relays it.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{MailboxId, MessageId, NoticeId, TicketId};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::{Delivery, MailKind, MailState, Outgoing};
use super::recipient::Recipient;
use super::{compose, outcome, store};
use crate::Tickets;
use crate::attachment::store as attachments;
use crate::intake::access::{ReadOutgoing, RelayOutgoing};

pub(crate) fn operations() -> Operations {
    operations!["outgoing-mails"; list, fetch, raw, report]
}

/// Names one outgoing mail.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OutgoingPath {
    /// The outgoing mail.
    mail_id: Uuid,
}

/// A mail that goes out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OutgoingView {
    id: Uuid,
    version: i64,
    kind: MailKind,
    state: MailState,
    /// None for a notice that hangs on no ticket and for a notification.
    ticket_id: Option<TicketId>,
    /// What it carries: a message; of a notice, the recipient that it is for; a notification.
    message_id: MessageId,
    /// The notice that it carries.
    notice_id: Option<NoticeId>,
    mailbox_id: Option<MailboxId>,
    /// The envelope's sender; empty for automatic mail.
    #[schema(max_length = 320)]
    return_path: String,
    #[schema(max_items = 200)]
    recipients: Vec<String>,
    /// Those for whom it failed for good.
    #[schema(max_items = 200)]
    failed_recipients: Vec<String>,
    /// How it stands with each.
    #[schema(max_items = 200)]
    deliveries: Vec<Recipient>,
    /// How often a mail server was tried since it was queued.
    attempts: i32,
    /// When it is tried next.
    next_attempt_at: Option<DateTime<Utc>>,
    #[schema(max_length = 998)]
    subject: Option<String>,
    /// Why it could not be sent.
    #[schema(max_length = 1000)]
    error: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<&Outgoing> for OutgoingView {
    fn from(mail: &Outgoing) -> Self {
        let head = &mail.head.fields;
        Self {
            id: mail.id,
            version: mail.stamp.version,
            kind: mail.kind,
            state: mail.state,
            ticket_id: mail.ticket_id,
            message_id: mail.message_id,
            notice_id: mail.notice_id,
            mailbox_id: mail.mailbox_id,
            return_path: mail.return_path().unwrap_or_default().to_owned(),
            recipients: mail.recipients.iter().map(|one| one.address.clone()).collect(),
            failed_recipients: mail.recipients.iter().filter(|one| one.has_failed()).map(|one| one.address.clone()).collect(),
            deliveries: mail.recipients.clone(),
            attempts: mail.attempts,
            next_attempt_at: Some(mail.next_at).filter(|_| mail.state == MailState::Queued),
            subject: head.subject.clone(),
            error: mail.error.clone(),
            sent_at: mail.sent_at,
            created_at: mail.stamp.created_at,
        }
    }
}

/// What became of sending a mail.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReportDelivery {
    /// `sent` when a mail server has accepted it, `failed` when none will, `retry` to queue it again.
    outcome: Delivery,
    #[schema(max_length = 1000)]
    error: Option<String>,
}

/// What the list of outgoing mail can be asked for.
pub(crate) struct OutgoingList;

impl ListSpec for OutgoingList {
    type Entity = Entity;
    type View = OutgoingView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, MailState::TEXTS),
        Field::choice("kind", Column::Kind, MailKind::TEXTS),
        Field::uuid("ticket_id", Column::TicketId).nullable(),
        Field::instant("created_at", Column::CreatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "created_at";
}

/// List outgoing mail.
#[utoipa::path(get, path = "/v1/outgoing-mails", params(Listing<OutgoingList>), responses((status = 200, body = Page<OutgoingView>)))]
async fn list(caller: Caller<ReadOutgoing>, listing: Listing<OutgoingList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::outgoing(row).map(|mail| OutgoingView::from(&mail)))?)
}

/// Read one outgoing mail.
#[utoipa::path(get, path = "/v1/outgoing-mails/{mail_id}", params(OutgoingPath), responses((status = 200, body = OutgoingView)))]
async fn fetch(caller: Caller<ReadOutgoing>, path: Path<OutgoingPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mail = store::find(app.db.read(), caller.scope(), path.mail_id).await?;
    Ok(Reply::ok(&OutgoingView::from(&mail))?.tagged(mail.stamp.version))
}

/// Read an outgoing mail as it is to be sent.
#[utoipa::path(get, path = "/v1/outgoing-mails/{mail_id}/raw", params(OutgoingPath),
    responses((status = 200, content_type = "message/rfc822", body = String)))]
async fn raw(caller: Caller<RelayOutgoing>, path: Path<OutgoingPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mail = store::find(app.db.read(), caller.scope(), path.mail_id).await?;
    if app.rules.current(app.db.read()).await?.settings.hold_unscanned_files {
        attachments::demand_scanned(app.db.read(), mail.message_id).await?;
    }
    Ok(Reply::content("message/rfc822", compose::composed(app.db.read(), &mail).await?))
}

/// Report what became of sending a mail.
///
/// A reply that reaches nobody keeps no promise: what it satisfied is owed again.
#[utoipa::path(post, path = "/v1/outgoing-mails/{mail_id}/report", params(OutgoingPath), request_body = ReportDelivery,
    responses((status = 200, body = OutgoingView)))]
async fn report(
    caller: Caller<RelayOutgoing>,
    path: Path<OutgoingPath>,
    expected: IfMatch,
    command: Valid<ReportDelivery>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "outgoing.report", async |tx| {
            let current = store::find(tx, caller.scope(), path.mail_id).await?;
            expected.check(current.stamp.version)?;
            let next = current.report(command.outcome, command.error.clone(), Touch::of(tx))?;
            let next = outcome::settle(tx, &app.rules, next, "outgoing_mail.reported").await?;
            Ok(Reply::ok(&OutgoingView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}
