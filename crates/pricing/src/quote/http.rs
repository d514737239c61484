//! Reading quotes over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Money;
use kernel::id::QuoteId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::quote;
use super::model::{Quote, QuoteKind, QuoteVersion};
use super::sight::Sight;
use super::state::QuoteState;
use super::store;
use super::wire::{QuoteEvent, QuoteStatus, QuoteSummary, QuoteView, Whole, status, view};
use crate::app::Pricing;
use crate::permission::ReadQuotes;

/// Which quote.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct QuotePath {
    pub quote_id: QuoteId,
}

/// Which version of which quote.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct QuoteVersionPath {
    pub quote_id: QuoteId,
    /// Counted from 1.
    #[param(minimum = 1)]
    pub no: i32,
}

/// What quotes can be listed by.
pub struct QuoteList;

impl ListSpec for QuoteList {
    type Entity = quote::Entity;
    type View = QuoteSummary;
    const FIELDS: &'static [Field<quote::Column>] = &[
        Field::text("number", quote::Column::Number),
        Field::uuid("account_id", quote::Column::AccountId),
        Field::uuid("site_id", quote::Column::SiteId).nullable(),
        Field::uuid("branch_id", quote::Column::BranchId).nullable(),
        Field::choice("state", quote::Column::State, QuoteState::TEXTS),
        Field::choice("kind", quote::Column::Kind, QuoteKind::TEXTS),
        Field::text("external_ref", quote::Column::ExternalRef).nullable(),
        Field::instant("created_at", quote::Column::CreatedAt),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// A quote's change; the customer sees it once there is something to see.
pub(super) fn change(event: &'static str, quote: &Quote, version: &QuoteVersion) -> Change {
    let change = Change::new(event, "quote", quote.id, quote.stamp.version).after(&QuoteEvent::of(quote, version));
    let change = change.account(Some(quote.account)).site(quote.site).branch(quote.branch);
    if version.sent_at.is_some() { change.portal() } else { change }
}

/// Saves a changed version, and its quote with it, and notes the change from `before`.
pub(super) async fn keep(tx: &Tx, quote: Quote, version: QuoteVersion, event: &'static str, before: &QuoteEvent) -> Result<Whole, Problem> {
    let quote = quote.follow(&version, Touch::of(tx));
    store::save_version(tx, &version).await?;
    store::save(tx, &quote).await?;
    tx.record(change(event, &quote, &version).before(before));
    let lines = store::lines(tx, &quote, version.id).await?;
    Ok(Whole { quote, version, lines })
}

/// The answer that shows a quote to a caller.
pub(super) fn reply<P>(whole: Whole, caller: &Caller<P>, app: &Pricing) -> Result<Reply, Problem> {
    let version = whole.quote.stamp.version;
    Ok(Reply::ok(&view(whole, Sight::of(caller), app.clock.now())?)?.tagged(version))
}

/// List quotes.
#[utoipa::path(get, path = "/v1/quotes", params(Listing<QuoteList>), responses((status = 200, body = Page<QuoteSummary>)))]
async fn list(caller: Caller<ReadQuotes>, listing: Listing<QuoteList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|quote| QuoteSummary::from(&quote)))?)
}

/// Read a quote with the version that counts.
#[utoipa::path(get, path = "/v1/quotes/{quote_id}", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn fetch(caller: Caller<ReadQuotes>, path: Path<QuotePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let quote = store::find(db, caller.scope(), path.quote_id).await?;
    let version = store::version(db, caller.scope(), &quote, quote.current_no).await?;
    let lines = store::lines(db, &quote, version.id).await?;
    reply(Whole { quote, version, lines }, &caller, &app)
}

/// Read one version of a quote.
#[utoipa::path(get, path = "/v1/quotes/{quote_id}/versions/{no}", params(QuoteVersionPath), responses((status = 200, body = QuoteView)))]
async fn fetch_version(caller: Caller<ReadQuotes>, path: Path<QuoteVersionPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let quote = store::find(db, caller.scope(), path.quote_id).await?;
    let version = store::version(db, caller.scope(), &quote, path.no).await?;
    let lines = store::lines(db, &quote, version.id).await?;
    reply(Whole { quote, version, lines }, &caller, &app)
}

/// A version of a quote in the list of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteVersionSummary {
    #[schema(minimum = 1)]
    pub no: i32,
    pub state: QuoteStatus,
    pub valid_until: NaiveDate,
    pub total: Money,
    #[schema(max_length = 64)]
    pub content_hash: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// List the versions of a quote, oldest first.
#[utoipa::path(get, path = "/v1/quotes/{quote_id}/versions", params(QuotePath), responses((status = 200, body = Vec<QuoteVersionSummary>)))]
async fn versions(caller: Caller<ReadQuotes>, path: Path<QuotePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let quote = store::find(db, caller.scope(), path.quote_id).await?;
    let now = app.clock.now();
    let summary = |version: QuoteVersion| QuoteVersionSummary {
        no: version.no,
        state: status(&quote, &version, now),
        valid_until: version.valid_until,
        total: version.total,
        sent_at: version.sent_at,
        created_at: version.stamp.created_at,
        content_hash: version.content_hash,
    };
    let versions = store::versions(db, caller.scope(), &quote).await?;
    Reply::ok(&versions.into_iter().map(summary).collect::<Vec<_>>())
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; list, fetch, versions, fetch_version]
}
