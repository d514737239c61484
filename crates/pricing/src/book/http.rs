//! Pricebooks over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Currency;
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

use super::entity;
use super::model::{AmendPricebook, BookRounding, CreatePricebook, Pricebook};
use super::store;
use crate::app::Pricing;
use crate::engine::{BookKind, TierScope};
use crate::live;
use crate::permission::{ReadPricebooks, WritePricebooks};

/// A pricebook as it is read.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricebookView {
    pub id: PricebookId,
    #[schema(minimum = 1)]
    pub version: i64,
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    pub currency: Currency,
    pub kind: BookKind,
    /// The book that has what this one lacks.
    pub parent_id: Option<PricebookId>,
    pub rounding: BookRounding,
    pub tier_scope: Option<TierScope>,
    /// The published version in force; absent before the first publication.
    pub current_version_id: Option<BookVersionId>,
    #[schema(max_length = 128)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&Pricebook> for PricebookView {
    fn from(book: &Pricebook) -> Self {
        Self {
            id: book.id,
            version: book.stamp.version,
            code: book.code.clone(),
            name: book.name.clone(),
            currency: book.currency,
            kind: book.kind,
            parent_id: book.parent,
            rounding: book.rounding,
            tier_scope: book.tier_scope,
            current_version_id: book.current,
            external_ref: book.external_ref.clone(),
            created_at: book.stamp.created_at,
            updated_at: book.stamp.updated_at,
        }
    }
}

/// Which pricebook.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct BookPath {
    pub book_id: PricebookId,
}

pub(crate) fn changed(before: &Pricebook, after: &Pricebook) -> Change {
    let change = Change::new("pricebook.changed", "pricebook", after.id, after.stamp.version);
    change.before(&PricebookView::from(before)).after(&PricebookView::from(after))
}

/// Add a pricebook.
#[utoipa::path(post, path = "/v1/pricebooks", request_body = CreatePricebook, responses((status = 201, body = PricebookView)))]
async fn create(caller: Caller<WritePricebooks>, command: Valid<CreatePricebook>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "pricebook.create", async |tx| {
            let book = Pricebook::create(&command, Touch::of(tx));
            store::check_lineage(tx, caller.scope(), book.parent).await?;
            store::insert(tx, &book).await?;
            live::advance(tx).await?;
            let view = PricebookView::from(&book);
            tx.record(Change::new("pricebook.created", "pricebook", book.id, 1).after(&view));
            Ok(Reply::created(format!("/v1/pricebooks/{}", book.id), &view)?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Read a pricebook.
#[utoipa::path(get, path = "/v1/pricebooks/{book_id}", params(BookPath), responses((status = 200, body = PricebookView)))]
async fn fetch(caller: Caller<ReadPricebooks>, path: Path<BookPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let book = store::find(app.db.read(), caller.scope(), path.book_id).await?;
    Ok(Reply::ok(&PricebookView::from(&book))?.tagged(book.stamp.version))
}

/// Change a pricebook's name or external reference.
#[utoipa::path(patch, path = "/v1/pricebooks/{book_id}", params(BookPath), request_body = AmendPricebook,
    responses((status = 200, body = PricebookView)))]
async fn amend(
    caller: Caller<WritePricebooks>,
    path: Path<BookPath>,
    expected: IfMatch,
    command: Valid<AmendPricebook>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "pricebook.amend", async |tx| {
            let current = store::find(tx, caller.scope(), path.book_id).await?;
            expected.check(current.stamp.version)?;
            let next = current.clone().amend(&command, Touch::of(tx));
            store::save(tx, &next).await?;
            tx.record(changed(&current, &next));
            Ok(Reply::ok(&PricebookView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// What pricebooks can be listed by.
pub struct PricebookList;

impl ListSpec for PricebookList {
    type Entity = entity::Entity;
    type View = PricebookView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::text("code", entity::Column::Code).sortable(),
        Field::text("name", entity::Column::Name).containing(),
        Field::text("currency", entity::Column::Currency),
        Field::choice("kind", entity::Column::Kind, BookKind::TEXTS),
        Field::text("external_ref", entity::Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "code";
}

/// List pricebooks.
#[utoipa::path(get, path = "/v1/pricebooks", params(Listing<PricebookList>), responses((status = 200, body = Page<PricebookView>)))]
async fn list(caller: Caller<ReadPricebooks>, listing: Listing<PricebookList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|book| PricebookView::from(&book)))?)
}

pub(crate) fn operations() -> Operations {
    operations!["pricebooks"; create, list, fetch, amend]
}
