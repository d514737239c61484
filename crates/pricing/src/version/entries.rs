//! The entries of a draft over HTTP: add, end, remove, read.

use actix_web::web::{Data, Path};
use chrono::NaiveDate;
use kernel::id::{ChangeSetId, ItemId, PriceEntryId, PricebookId, SiteId};
use kernel::{Currency, Fault, Money};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::entity::entry as rows;
use super::entry::{Defaults, NewEntry, Placed, clashes, key};
use super::http::{VersionPath, change};
use super::model::BookVersion;
use super::store;
use crate::app::Pricing;
use crate::book;
use crate::engine::index::{Entry, Selector};
use crate::engine::{PriceIndex, Terms, TierScope};
use crate::permission::{ReadPricebooks, WritePricebooks};

/// Up to 500 entries, all or none.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[schema(as = AddPriceEntries)]
#[serde(deny_unknown_fields)]
pub struct AddEntries {
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub entries: Vec<NewEntry>,
}

/// Ends an entry, so that another can follow it.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[schema(as = EndPriceEntry)]
#[serde(deny_unknown_fields)]
pub struct EndEntry {
    /// The first day on which it no longer applies.
    pub end: NaiveDate,
}

/// An entry as it is read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceEntryView)]
pub struct EntryView {
    pub id: PriceEntryId,
    pub item_id: Option<ItemId>,
    #[schema(max_length = 200)]
    pub category: Option<String>,
    #[schema(max_length = 64)]
    pub service_line: Option<String>,
    #[schema(max_length = 24)]
    pub uom: String,
    pub currency: Currency,
    pub site_id: Option<SiteId>,
    pub profile_id: Option<uuid::Uuid>,
    pub terms: Terms,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    pub min_charge: Option<Money>,
    pub free: bool,
    pub rebate: bool,
    pub tier_scope: Option<TierScope>,
    /// The change set that raised the price to this one: for an account that must be told first it begins when that is proved.
    pub start_gate: Option<ChangeSetId>,
    /// The change set that raised the price from this one, which goes on for accounts that were not told.
    pub end_gate: Option<ChangeSetId>,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        let (item_id, category, service_line) = match entry.selector.clone() {
            Selector::Item(id) => (Some(id), None, None),
            Selector::Category(path) => (None, Some(path), None),
            Selector::ServiceLine(name) => (None, None, Some(name)),
        };
        Self {
            id: entry.id,
            item_id,
            category,
            service_line,
            uom: entry.uom.clone(),
            currency: entry.currency,
            site_id: entry.site,
            profile_id: entry.profile,
            terms: entry.terms.clone(),
            start: entry.period.start,
            end: entry.period.end,
            min_charge: entry.min_charge,
            free: entry.free,
            rebate: entry.rebate,
            tier_scope: entry.tier_scope,
            start_gate: entry.gates.start,
            end_gate: entry.gates.end,
        }
    }
}

/// Which entry of which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EntryPath {
    pub book_id: PricebookId,
    #[param(minimum = 1)]
    pub no: i32,
    pub entry_id: PriceEntryId,
}

/// A draft taken for editing: its row is written, so that other editors wait or start over.
pub(super) struct Editing {
    pub(super) version: BookVersion,
    pub(super) chain: Vec<uuid::Uuid>,
    pub(super) defaults: Defaults,
}

/// Takes a draft for editing; with `write` false, only to see what an edit would do.
///
/// # Errors
/// 404; 409 `not_a_draft`.
pub(super) async fn edit(tx: &Tx, scope: &RowScope, book: PricebookId, no: i32, write: bool) -> Result<Editing, Problem> {
    if write {
        store::lock(tx, book, no).await?;
    }
    let version = store::find(tx, scope, book, no).await?.edit(Touch::of(tx))?;
    if write {
        store::save(tx, &version).await?;
    }
    let book = book::store::find(tx, scope, book).await?;
    let chain = store::chain(tx, &version).await?;
    let defaults = Defaults { currency: book.currency, start: version.effective_from };
    Ok(Editing { version, chain, defaults })
}

/// Adds complete entries after checking them against the draft's content.
///
/// # Errors
/// 409 `price_overlap` with all clashes.
pub(super) async fn add(tx: &Tx, editing: &Editing, entries: Vec<Placed>) -> Result<Vec<Entry>, Problem> {
    let keys: Vec<String> = entries.iter().map(|(_, entry)| key(entry)).collect();
    let present = store::with_keys(tx, &editing.version, &editing.chain, &keys).await?;
    Fault::all(clashes(&entries, &present).iter().map(super::entry::Clash::fault))?;
    let entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
    store::insert_entries(tx, &editing.version, &entries).await?;
    Ok(entries)
}

fn complete(command: &AddEntries, defaults: Defaults, index: &PriceIndex) -> Result<Vec<Placed>, Fault> {
    let mut entries = Vec::with_capacity(command.entries.len());
    let mut faults = Vec::new();
    for (place, new) in command.entries.iter().enumerate() {
        match new.complete(defaults, index) {
            Ok(entry) => entries.push((place, entry)),
            Err(fault) => faults.push(fault.under(&format!("/entries/{place}"))),
        }
    }
    Fault::all(faults).map(|()| entries)
}

/// Add entries to a draft.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/entries", operation_id = "add_entries", params(VersionPath), request_body = AddEntries,
    responses((status = 201, body = Vec<EntryView>)))]
async fn add_entries(
    caller: Caller<WritePricebooks>,
    path: Path<VersionPath>,
    command: Valid<AddEntries>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.refresh().await?;
    let index = app.live.current();
    app.db
        .command(&caller, "pricebook_version.add_entries", async |tx| {
            let editing = edit(tx, caller.scope(), path.book_id, path.no, true).await?;
            let entries = add(tx, &editing, complete(&command, editing.defaults, &index)?).await?;
            tx.record(change("pricebook_version.entries_added", &editing.version));
            let location = format!("/v1/pricebooks/{}/versions/{}/entries", path.book_id, path.no);
            Reply::created(location, &entries.iter().map(EntryView::from).collect::<Vec<_>>())
        })
        .await
}

/// End an entry in a draft on a day; a successor may start on that day.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/entries/{entry_id}/end", params(EntryPath), request_body = EndEntry,
    responses((status = 200, body = EntryView)))]
async fn end_entry(
    caller: Caller<WritePricebooks>,
    path: Path<EntryPath>,
    command: Valid<EndEntry>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "pricebook_version.end_entry", async |tx| {
            let editing = edit(tx, caller.scope(), path.book_id, path.no, true).await?;
            let current = store::entry_of(tx, &editing.chain, path.entry_id).await?;
            let next = current.ended(command.end)?;
            store::remove_entries(tx, &editing.version, &[current.id]).await?;
            store::insert_entries(tx, &editing.version, std::slice::from_ref(&next)).await?;
            tx.record(change("pricebook_version.entry_ended", &editing.version));
            Reply::ok(&EntryView::from(&next))
        })
        .await
}

/// Remove an entry from a draft.
#[utoipa::path(delete, path = "/v1/pricebooks/{book_id}/versions/{no}/entries/{entry_id}", params(EntryPath), responses((status = 204)))]
async fn remove_entry(caller: Caller<WritePricebooks>, path: Path<EntryPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "pricebook_version.remove_entry", async |tx| {
            let editing = edit(tx, caller.scope(), path.book_id, path.no, true).await?;
            let current = store::entry_of(tx, &editing.chain, path.entry_id).await?;
            store::remove_entries(tx, &editing.version, &[current.id]).await?;
            tx.record(change("pricebook_version.entry_removed", &editing.version));
            Ok(Reply::no_content())
        })
        .await
}

/// Read an entry of a version's content.
#[utoipa::path(get, path = "/v1/pricebooks/{book_id}/versions/{no}/entries/{entry_id}", params(EntryPath), responses((status = 200, body = EntryView)))]
async fn fetch_entry(caller: Caller<ReadPricebooks>, path: Path<EntryPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let version = store::find(db, caller.scope(), path.book_id, path.no).await?;
    let chain = store::chain(db, &version).await?;
    Reply::ok(&EntryView::from(&store::entry_of(db, &chain, path.entry_id).await?))
}

/// What entries can be listed by.
pub struct EntryList;

impl ListSpec for EntryList {
    type Entity = rows::Entity;
    type View = EntryView;
    const FIELDS: &'static [Field<rows::Column>] = &[
        Field::uuid("item_id", rows::Column::ItemId).nullable(),
        Field::uuid("site_id", rows::Column::SiteId).nullable(),
        Field::text("uom", rows::Column::Uom),
        Field::text("currency", rows::Column::Currency),
        Field::date("start", rows::Column::StartsOn),
        Field::date("end", rows::Column::EndsOn).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List the entries of a version's content.
#[utoipa::path(get, path = "/v1/pricebooks/{book_id}/versions/{no}/entries", operation_id = "list", params(VersionPath, Listing<EntryList>),
    responses((status = 200, body = Page<EntryView>)))]
async fn list_entries(
    caller: Caller<ReadPricebooks>,
    path: Path<VersionPath>,
    listing: Listing<EntryList>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let db = app.db.read();
    let version = store::find(db, caller.scope(), path.book_id, path.no).await?;
    let chain = store::chain(db, &version).await?;
    let page = listing.page(db, store::entries_of(&chain)).await?;
    listing.reply(&page.try_map(|row| store::entry_from_row(row).map(|entry| EntryView::from(&entry)))?)
}

pub(super) fn operations() -> Operations {
    operations!["pricebook-entries"; add_entries, list_entries, end_entry, remove_entry, fetch_entry]
}
