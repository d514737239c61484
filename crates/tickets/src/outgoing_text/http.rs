//! The queue of texts, for whoever relays them.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{MessageId, PageId, TicketId, UserId};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::commands::{self, Reported};
use super::model::{Text, TextKind, TextMedium, TextReport, TextState};
use super::store::{self, Column, Entity, Wanted};
use super::{ReadTexts, RelayTexts};
use crate::Tickets;
use crate::attachment::entity::attachment;
use crate::attachment::{content, store as attachments};

/// So many texts are claimed at once, and for so long, unless a relay says otherwise.
const CLAIMED: u64 = 50;
const LEASE_S: i64 = 300;

pub(crate) fn operations() -> Operations {
    operations!["outgoing-texts"; list, fetch, claim, report, file]
}

/// Names one outgoing text.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TextPath {
    /// The outgoing text.
    text_id: Uuid,
}

/// A text that goes out; what it says is shown to whoever claims it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OutgoingTextView)]
pub(crate) struct TextView {
    id: Uuid,
    version: i64,
    kind: TextKind,
    medium: TextMedium,
    state: TextState,
    ticket_id: TicketId,
    /// Of a reply, the message that it carries.
    message_id: Option<MessageId>,
    /// Of a page, the page that it carries.
    page_id: Option<PageId>,
    /// Whom a page is for; null for the duty manager.
    user_id: Option<UserId>,
    /// Who carries the chat.
    #[schema(max_length = 60)]
    provider: Option<String>,
    /// The number, or the session of the chat; null for a page to a person whose number the relay knows.
    #[schema(max_length = 120)]
    to: Option<String>,
    /// What its provider calls it.
    #[schema(max_length = 200)]
    provider_id: Option<String>,
    #[schema(max_length = 1000)]
    error: Option<String>,
    /// How often it was claimed.
    #[schema(minimum = 0)]
    claims: i32,
    /// When it can be claimed next.
    next_claim_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<&Text> for TextView {
    fn from(text: &Text) -> Self {
        let carried = |kind| Some(text.carried_id).filter(|_| text.kind == kind);
        Self {
            id: text.id,
            version: text.stamp.version,
            kind: text.kind,
            medium: text.target.medium,
            state: text.state,
            ticket_id: text.ticket_id,
            message_id: carried(TextKind::Reply).map(Into::into),
            page_id: carried(TextKind::Page).map(Into::into),
            user_id: text.user_id,
            provider: text.target.provider.clone(),
            to: text.target.address.clone(),
            provider_id: text.provider_ref.clone(),
            error: text.error.clone(),
            claims: text.claims,
            next_claim_at: Some(text.next_at).filter(|_| text.state == TextState::Queued),
            sent_at: text.sent_at,
            created_at: text.stamp.created_at,
        }
    }
}

/// Which texts a relay takes, and for how long they are its own.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ClaimTexts {
    /// Both when absent.
    medium: Option<TextMedium>,
    /// Chats of this provider only.
    #[schema(min_length = 1, max_length = 60)]
    provider: Option<String>,
    /// 50 when absent.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u64>,
    /// What is not reported within this time can be claimed again; 300 when absent.
    #[schema(minimum = 30, maximum = 3600)]
    lease_s: Option<i64>,
}

/// Names one file of an outgoing text.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TextFilePath {
    /// The outgoing text.
    text_id: Uuid,
    /// The file.
    attachment_id: Uuid,
}

/// A file that goes with a text.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OutgoingTextFile)]
struct TextFile {
    id: Uuid,
    #[schema(max_length = 200)]
    name: String,
    /// By content, not by name.
    #[schema(max_length = 120)]
    media_type: String,
    #[schema(minimum = 0)]
    size: i64,
    #[schema(max_length = 64)]
    sha256: String,
    /// Where the relay reads it.
    #[schema(max_length = 200)]
    path: String,
}

impl TextFile {
    fn of(text: Uuid, row: &attachment::Model) -> Self {
        let (id, name, media_type) = (row.id, row.name.clone(), row.media_type.clone());
        let path = format!("/v1/outgoing-texts/{text}/attachments/{id}");
        Self { id, name, media_type, size: row.size, sha256: row.sha256.clone(), path }
    }
}

/// A text to be sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ClaimedText {
    #[serde(flatten)]
    text: TextView,
    /// What it says. How it is cut into segments is the relay's.
    #[schema(max_length = 100_000)]
    body: String,
    /// What goes with it.
    #[schema(max_items = 20)]
    attachments: Vec<TextFile>,
}

impl ClaimedText {
    fn with(text: Text, files: &[attachment::Model]) -> Self {
        let own = files.iter().filter(|row| row.message_id == Some(text.carried_id));
        let attachments = own.map(|row| TextFile::of(text.id, row)).collect();
        Self { text: TextView::from(&text), body: text.body, attachments }
    }
}

/// Texts that are the relay's to send until their lease ends.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ClaimedTexts {
    #[schema(max_items = 100)]
    data: Vec<ClaimedText>,
    leased_until: DateTime<Utc>,
}

/// What became of a text.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReportText {
    /// `sent` when a provider has accepted it, `delivered` when it has arrived, `failed` when it will not.
    outcome: TextReport,
    /// What the provider calls it.
    #[schema(min_length = 1, max_length = 200)]
    provider_id: Option<String>,
    #[schema(max_length = 1000)]
    error: Option<String>,
    /// Of a failure: true when no text to this number would arrive. After some of these machines write there no more.
    #[serde(default)]
    permanent: bool,
}

/// What the list of outgoing texts can be asked for.
pub(crate) struct TextList;

impl ListSpec for TextList {
    type Entity = Entity;
    type View = TextView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, TextState::TEXTS),
        Field::choice("kind", Column::Kind, TextKind::TEXTS),
        Field::choice("medium", Column::Medium, TextMedium::TEXTS),
        Field::uuid("ticket_id", Column::TicketId),
        Field::instant("created_at", Column::CreatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "created_at";
}

/// List outgoing texts.
#[utoipa::path(get, path = "/v1/outgoing-texts", params(Listing<TextList>), responses((status = 200, body = Page<TextView>)))]
async fn list(caller: Caller<ReadTexts>, listing: Listing<TextList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::text(row).map(|text| TextView::from(&text)))?)
}

/// Read one outgoing text.
#[utoipa::path(get, path = "/v1/outgoing-texts/{text_id}", params(TextPath), responses((status = 200, body = TextView)))]
async fn fetch(caller: Caller<ReadTexts>, path: Path<TextPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let text = store::find(app.db.read(), caller.scope(), path.text_id).await?;
    Ok(Reply::ok(&TextView::from(&text))?.tagged(text.stamp.version))
}

/// Take texts to be sent, longest waiting first.
///
/// Nobody else gets them until the lease ends. Whoever sends one reports it, and what is not reported is given out again.
#[utoipa::path(post, path = "/v1/outgoing-texts/claim", request_body = ClaimTexts, responses((status = 200, body = ClaimedTexts)))]
async fn claim(caller: Caller<RelayTexts>, command: Valid<ClaimTexts>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let holds = app.rules.current(app.db.read()).await?.settings.hold_unscanned_files;
    let (medium, provider, limit) = (command.medium, command.provider.clone(), command.limit.unwrap_or(CLAIMED));
    let wanted = Wanted { medium, provider, limit, holds };
    app.db
        .command(&caller, "outgoing_text.claim", async |tx| {
            let leased_until = tx.now() + TimeDelta::seconds(command.lease_s.unwrap_or(LEASE_S));
            let claimed = store::claim(tx, caller.scope(), &wanted, leased_until).await?;
            let carried: Vec<Uuid> = claimed.iter().map(|text| text.carried_id).collect();
            let files = attachments::of_messages(tx, &carried).await?;
            let data = claimed.into_iter().map(|text| ClaimedText::with(text, &files)).collect();
            Reply::ok(&ClaimedTexts { data, leased_until })
        })
        .await
}

/// Read a file that goes with a text, to send it along.
#[utoipa::path(get, path = "/v1/outgoing-texts/{text_id}/attachments/{attachment_id}", params(TextFilePath),
    responses((status = 200, content_type = "application/octet-stream", body = String),
        (status = 206, description = "The part that `Range` asks for.", content_type = "application/octet-stream", body = String)))]
async fn file(
    caller: Caller<RelayTexts>,
    path: Path<TextFilePath>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<HttpResponse, Problem> {
    let text = store::find(app.db.read(), caller.scope(), path.text_id).await?;
    let row = attachments::carried(app.db.read(), text.carried_id, path.attachment_id).await?;
    if app.rules.current(app.db.read()).await?.settings.hold_unscanned_files {
        attachments::scanned(&row)?;
    }
    content::answer(&app.db, &request, &row).await
}

/// Report what became of a text.
///
/// Reports may come late, twice and in any order: what has arrived stays so. A reply that does not arrive keeps no promise,
/// and when a page does not arrive the next level is paged.
#[utoipa::path(post, path = "/v1/outgoing-texts/{text_id}/report", params(TextPath), request_body = ReportText,
    responses((status = 200, body = TextView)))]
async fn report(
    caller: Caller<RelayTexts>,
    path: Path<TextPath>,
    command: Valid<ReportText>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "outgoing_text.report", async |tx| {
            let reported = Reported {
                outcome: command.outcome,
                permanent: command.permanent,
                error: command.error.clone(),
                provider_ref: command.provider_id.clone(),
            };
            let text = commands::report(tx, &app.rules, caller.scope(), path.text_id, reported).await?;
            Ok(Reply::ok(&TextView::from(&text))?.tagged(text.stamp.version))
        })
        .await
}
