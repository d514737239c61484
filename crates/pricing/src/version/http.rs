//! Versions of a pricebook over HTTP: drafting, review, publication, withdrawal.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{BookVersionId, PricebookId};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::version;
use super::model::{BookVersion, DraftVersion, VersionReason, VersionState, VersionStep};
use super::{image, publication, store};
use crate::app::Pricing;
use crate::book;
use crate::book::http::BookPath;
use crate::live;
use crate::permission::{ApprovePricebooks, PublishPricebooks, ReadPricebooks, WritePricebooks};

/// A version as it is read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PricebookVersionView)]
pub struct VersionView {
    pub id: BookVersionId,
    pub book_id: PricebookId,
    #[schema(minimum = 1)]
    pub no: i32,
    /// The row's version, as in the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    pub state: VersionState,
    /// The version it differs from.
    pub base_id: Option<BookVersionId>,
    pub effective_from: NaiveDate,
    pub reason: VersionReason,
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// SHA-256 over the base's hash and the difference; set at publication.
    #[schema(max_length = 64)]
    pub content_hash: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&BookVersion> for VersionView {
    fn from(version: &BookVersion) -> Self {
        Self {
            id: version.id,
            book_id: version.book,
            no: version.no,
            version: version.stamp.version,
            state: version.state,
            base_id: version.base,
            effective_from: version.effective_from,
            reason: version.reason,
            note: version.note.clone(),
            published_at: version.published_at,
            withdrawn_at: version.withdrawn_at,
            content_hash: version.content_hash.clone(),
            created_at: version.stamp.created_at,
            updated_at: version.stamp.updated_at,
        }
    }
}

/// Which version of which pricebook.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct VersionPath {
    pub book_id: PricebookId,
    /// The version's number, counted from 1.
    #[param(minimum = 1)]
    pub no: i32,
}

pub(crate) fn change(event: &'static str, version: &BookVersion) -> Change {
    Change::new(event, "pricebook_version", version.id, version.stamp.version).after(&VersionView::from(version))
}

fn reply(version: &BookVersion) -> Result<Reply, Problem> {
    Ok(Reply::ok(&VersionView::from(version))?.tagged(version.stamp.version))
}

/// Draft a version on the current one.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions", params(BookPath), request_body = DraftVersion,
    responses((status = 201, body = VersionView)))]
async fn draft(
    caller: Caller<WritePricebooks>,
    path: Path<BookPath>,
    command: Valid<DraftVersion>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "pricebook_version.draft", async |tx| {
            live::advance(tx).await?;
            let before = book::store::find(tx, caller.scope(), path.book_id).await?;
            let (book, no) = before.clone().number_version(Touch::of(tx))?;
            book::store::save(tx, &book).await?;
            tx.record(book::http::changed(&before, &book));
            let version = BookVersion::draft(book.id, book.current, no, &command, Touch::of(tx));
            store::insert(tx, &version).await?;
            tx.record(change("pricebook_version.drafted", &version));
            let location = format!("/v1/pricebooks/{}/versions/{no}", book.id);
            Ok(Reply::created(location, &VersionView::from(&version))?.tagged(1))
        })
        .await
}

/// Read a version.
#[utoipa::path(get, path = "/v1/pricebooks/{book_id}/versions/{no}", params(VersionPath), responses((status = 200, body = VersionView)))]
async fn fetch(caller: Caller<ReadPricebooks>, path: Path<VersionPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    reply(&store::find(app.db.read(), caller.scope(), path.book_id, path.no).await?)
}

/// Takes one step of a version. Readers follow at once when it changes what is in force.
async fn take<P>(caller: &Caller<P>, path: &VersionPath, expected: IfMatch, step: VersionStep, app: &Pricing) -> Result<Reply, Problem> {
    let index = app.live.current();
    let command = app.db.command(caller, step.event(), async |tx| {
        let current = store::find(tx, caller.scope(), path.book_id, path.no).await?;
        expected.check(current.stamp.version)?;
        let before = VersionView::from(&current);
        let next = match step {
            VersionStep::Publish => publication::publish(tx, caller.scope(), current, &index).await?,
            VersionStep::Withdraw => publication::withdraw(tx, caller.scope(), current).await?,
            step => {
                let next = current.step(step, Touch::of(tx))?;
                store::save(tx, &next).await?;
                if next.state == VersionState::Draft {
                    image::forget(tx, next.id.uuid()).await?;
                }
                next
            }
        };
        tx.record(change(step.event(), &next).before(&before));
        reply(&next)
    });
    let answer = command.await?;
    if matches!(step, VersionStep::Publish | VersionStep::Withdraw) {
        app.refresh().await?;
    }
    Ok(answer)
}

/// Submit a draft for review; its entries no longer change.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/submit", params(VersionPath), responses((status = 200, body = VersionView)))]
async fn submit(caller: Caller<WritePricebooks>, path: Path<VersionPath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, VersionStep::Submit, &app).await
}

/// Approve a version under review.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/approve", params(VersionPath), responses((status = 200, body = VersionView)))]
async fn approve(
    caller: Caller<ApprovePricebooks>,
    path: Path<VersionPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, &path, expected, VersionStep::Approve, &app).await
}

/// Send a version back to draft.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/return", operation_id = "return", params(VersionPath),
    responses((status = 200, body = VersionView)))]
async fn send_back(
    caller: Caller<ApprovePricebooks>,
    path: Path<VersionPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, &path, expected, VersionStep::Return, &app).await
}

/// Publish an approved version: readers see all of it or none.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/publish", params(VersionPath), responses((status = 200, body = VersionView)))]
async fn publish(
    caller: Caller<PublishPricebooks>,
    path: Path<VersionPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, &path, expected, VersionStep::Publish, &app).await
}

/// Withdraw a version that has not taken effect, or give up a draft.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/withdraw", params(VersionPath), responses((status = 200, body = VersionView)))]
async fn withdraw(
    caller: Caller<PublishPricebooks>,
    path: Path<VersionPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, &path, expected, VersionStep::Withdraw, &app).await
}

/// What versions can be listed by.
pub struct VersionList;

impl ListSpec for VersionList {
    type Entity = version::Entity;
    type View = VersionView;
    const FIELDS: &'static [Field<version::Column>] = &[
        Field::integer("no", version::Column::No).sortable(),
        Field::choice("state", version::Column::State, VersionState::TEXTS),
        Field::choice("reason", version::Column::Reason, VersionReason::TEXTS),
        Field::date("effective_from", version::Column::EffectiveFrom),
        Field::instant("published_at", version::Column::PublishedAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-no";
}

/// List the versions of a pricebook.
#[utoipa::path(get, path = "/v1/pricebooks/{book_id}/versions", params(BookPath, Listing<VersionList>),
    responses((status = 200, body = Page<VersionView>)))]
async fn list(
    caller: Caller<ReadPricebooks>,
    path: Path<BookPath>,
    listing: Listing<VersionList>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let book = book::store::find(app.db.read(), caller.scope(), path.book_id).await?;
    let page = listing.page(app.db.read(), store::versions_of(book.id)).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|version| VersionView::from(&version)))?)
}

pub(super) fn operations() -> Operations {
    operations!["pricebook-versions"; draft, list, fetch, submit, approve, send_back, publish, withdraw]
}
