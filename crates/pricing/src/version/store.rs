//! Reading and writing versions and their entries.
//!
//! The content of a version is found through its chain: itself, its base, the base's base. An entry belongs to it when a
//! version of the chain brought it in and none took it out.

use std::collections::HashMap;

use kernel::Fault;
use kernel::id::{BookVersionId, PriceEntryId, PricebookId};
use platform::problem::Problem;
use platform::rows::{self, word, word_or_none};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{entry, removal, version};
use super::entry::{key, selector_columns};
use super::model::BookVersion;
use super::{image, reading};
use crate::engine::index::{Entry, Selector};
use crate::engine::release::Gates;
use crate::engine::{Item, Terms};

/// Rows of one insert statement; 22 columns each stay below every database's limit of parameters.
pub(crate) const INSERT_ROWS: usize = 1_000;
/// Keys of one look-up.
const LOOKUP_KEYS: usize = 1_000;

pub(crate) fn from_row(row: version::Model) -> Result<BookVersion, Problem> {
    Ok(BookVersion {
        id: BookVersionId::from_uuid(row.id),
        book: PricebookId::from_uuid(row.book_id),
        no: row.no,
        base: row.base_id.map(BookVersionId::from_uuid),
        state: word(&row.state)?,
        effective_from: row.effective_from,
        reason: word(&row.reason)?,
        note: row.note,
        published_at: row.published_at,
        withdrawn_at: row.withdrawn_at,
        content_hash: row.content_hash,
        stamp: stamp_of!(row),
    })
}

fn to_row(version: &BookVersion) -> version::Model {
    version::Model {
        id: version.id.uuid(),
        version: version.stamp.version,
        created_at: version.stamp.created_at,
        updated_at: version.stamp.updated_at,
        created_by: version.stamp.created_by,
        updated_by: version.stamp.updated_by,
        book_id: version.book.uuid(),
        no: version.no,
        base_id: version.base.map(BookVersionId::uuid),
        state: version.state.as_str().to_owned(),
        effective_from: version.effective_from,
        reason: version.reason.as_str().to_owned(),
        note: version.note.clone(),
        published_at: version.published_at,
        withdrawn_at: version.withdrawn_at,
        content_hash: version.content_hash.clone(),
    }
}

pub(crate) fn entry_from_row(row: entry::Model) -> Result<Entry, Problem> {
    let selector = selector(&row.selector_kind, row.item_id, row.selector_path)?;
    let currency = word(&row.currency)?;
    let terms: Terms = serde_json::from_value(row.terms)?;
    Ok(Entry {
        id: PriceEntryId::from_uuid(row.id),
        selector,
        uom: row.uom,
        currency,
        site: row.site_id.map(Into::into),
        profile: row.profile_id,
        terms,
        period: kernel::Period { start: row.starts_on, end: row.ends_on },
        min_charge: row.min_charge.map(|minor| kernel::Money::from_minor(minor, currency)),
        free: row.free,
        rebate: row.rebate,
        tier_scope: word_or_none(row.tier_scope.as_deref())?,
        gates: Gates { start: row.start_gate.map(Into::into), end: row.end_gate.map(Into::into), lapses: row.lapses_on },
    })
}

/// What stored columns select.
pub(super) fn selector(kind: &str, item: Option<Uuid>, path: Option<String>) -> Result<Selector, Problem> {
    match (kind, item, path) {
        ("item", Some(item), _) => Ok(Selector::Item(item.into())),
        ("category", _, Some(path)) => Ok(Selector::Category(path)),
        ("service_line", _, Some(path)) => Ok(Selector::ServiceLine(path)),
        (kind, _, _) => Err(Problem::internal(format!("an entry of kind {kind:?} selects nothing"))),
    }
}

fn entry_to_row(version: &BookVersion, entry: &Entry) -> Result<entry::Model, Problem> {
    let (selector_kind, item_id, selector_path) = selector_columns(&entry.selector);
    Ok(entry::Model {
        id: entry.id.uuid(),
        book_id: version.book.uuid(),
        version_id: version.id.uuid(),
        entry_key: key(entry),
        selector_kind: selector_kind.to_owned(),
        item_id,
        selector_path,
        uom: entry.uom.clone(),
        currency: entry.currency.to_string(),
        site_id: entry.site.map(Into::into),
        profile_id: entry.profile,
        terms: serde_json::to_value(&entry.terms)?,
        starts_on: entry.period.start,
        ends_on: entry.period.end,
        min_charge: entry.min_charge.map(kernel::Money::minor),
        free: entry.free,
        rebate: entry.rebate,
        tier_scope: entry.tier_scope.map(|scope| scope.as_str().to_owned()),
        start_gate: entry.gates.start.map(Into::into),
        end_gate: entry.gates.end.map(Into::into),
        lapses_on: entry.gates.lapses,
    })
}

/// One version of a book, by its number.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, book: PricebookId, no: i32) -> Result<BookVersion, Problem> {
    let query = version::Entity::find().filter(version::Column::BookId.eq(book.uuid())).filter(version::Column::No.eq(no));
    let row = query.filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(BookVersionId::NOUN))?)
}

/// Waits for other writers on a version.
pub(crate) async fn lock<C: ConnectionTrait>(db: &C, book: PricebookId, no: i32) -> Result<(), Problem> {
    let same = Expr::col(version::Column::Version);
    let row = version::Entity::update_many().col_expr(version::Column::Version, same);
    row.filter(version::Column::BookId.eq(book.uuid())).filter(version::Column::No.eq(no)).exec(db).await?;
    Ok(())
}

/// The version that another one is made on or superseded by.
pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: BookVersionId) -> Result<BookVersion, Problem> {
    let row = version::Entity::find_by_id(id.uuid()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(BookVersionId::NOUN))?)
}

/// The rows of a book's versions.
pub(crate) fn versions_of(book: PricebookId) -> Select<version::Entity> {
    version::Entity::find().filter(version::Column::BookId.eq(book.uuid()))
}

/// The rows of a content.
pub(crate) fn entries_of(chain: &[Uuid]) -> Select<entry::Entity> {
    entry::Entity::find().filter(in_content(chain))
}

/// The versions of a book, oldest first.
pub(crate) async fn of_book<C: ConnectionTrait>(db: &C, book: PricebookId) -> Result<Vec<BookVersion>, Problem> {
    let query = version::Entity::find().filter(version::Column::BookId.eq(book.uuid())).order_by_asc(version::Column::No);
    query.all(db).await?.into_iter().map(from_row).collect()
}

/// Adds a version.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, version: &BookVersion) -> Result<(), Problem> {
    version::Entity::insert(to_row(version).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a changed version over the one it was read at.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, version: &BookVersion) -> Result<(), Problem> {
    rows::save(db, to_row(version), version.id.uuid(), version.stamp.version).await
}

/// The version and those it rests on.
pub(crate) async fn chain<C: ConnectionTrait>(db: &C, version: &BookVersion) -> Result<Vec<Uuid>, Problem> {
    let query = version::Entity::find().select_only().columns([version::Column::Id, version::Column::BaseId]);
    let rows: Vec<(Uuid, Option<Uuid>)> = query.filter(version::Column::BookId.eq(version.book.uuid())).into_tuple().all(db).await?;
    let bases: HashMap<Uuid, Option<Uuid>> = rows.into_iter().collect();
    let follow = |id: &Uuid| bases.get(id).copied().flatten();
    Ok(std::iter::successors(Some(version.id.uuid()), follow).collect())
}

/// The condition that an entry belongs to the content that `chain` makes.
pub(crate) fn in_content(chain: &[Uuid]) -> Condition {
    let removed = Query::select()
        .column(removal::Column::EntryId)
        .from(removal::Entity)
        .and_where(removal::Column::VersionId.is_in(chain.iter().copied()))
        .to_owned();
    Condition::all().add(entry::Column::VersionId.is_in(chain.iter().copied())).add(entry::Column::Id.not_in_subquery(removed))
}

/// The entries of a content that share a key with one of `keys`.
pub(crate) async fn with_keys<C: ConnectionTrait>(
    db: &C,
    version: &BookVersion,
    chain: &[Uuid],
    keys: &[String],
) -> Result<Vec<Entry>, Problem> {
    let mut found = Vec::new();
    for keys in keys.chunks(LOOKUP_KEYS) {
        let query = entry::Entity::find()
            .filter(entry::Column::BookId.eq(version.book.uuid()))
            .filter(entry::Column::EntryKey.is_in(keys))
            .filter(in_content(chain));
        for row in query.all(db).await? {
            found.push(entry_from_row(row)?);
        }
    }
    Ok(found)
}

/// Adds entries, many rows a statement.
pub(crate) async fn insert_entries<C: ConnectionTrait>(db: &C, version: &BookVersion, entries: &[Entry]) -> Result<(), Problem> {
    for entries in entries.chunks(INSERT_ROWS) {
        let rows: Vec<_> =
            entries.iter().map(|entry| entry_to_row(version, entry).map(IntoActiveModel::into_active_model)).collect::<Result<_, _>>()?;
        entry::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Takes entries out of a draft: its own are deleted, its base's are noted as removed.
pub(crate) async fn remove_entries<C: ConnectionTrait>(db: &C, version: &BookVersion, entries: &[PriceEntryId]) -> Result<(), Problem> {
    for entries in entries.chunks(LOOKUP_KEYS) {
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.uuid()).collect();
        let own = entry::Entity::find().select_only().column(entry::Column::Id).filter(entry::Column::VersionId.eq(version.id.uuid()));
        let own: Vec<Uuid> = own.filter(entry::Column::Id.is_in(ids.iter().copied())).into_tuple().all(db).await?;
        if !own.is_empty() {
            entry::Entity::delete_many().filter(entry::Column::Id.is_in(own.iter().copied())).exec(db).await?;
        }
        let rows: Vec<_> = ids
            .into_iter()
            .filter(|id| !own.contains(id))
            .map(|entry_id| removal::Model { version_id: version.id.uuid(), entry_id }.into_active_model())
            .collect();
        if !rows.is_empty() {
            removal::Entity::insert_many(rows).exec_without_returning(db).await?;
        }
    }
    Ok(())
}

/// One entry of a content.
pub(crate) async fn entry_of<C: ConnectionTrait>(db: &C, chain: &[Uuid], id: PriceEntryId) -> Result<Entry, Problem> {
    let row = entry::Entity::find_by_id(id.uuid()).filter(in_content(chain)).one(db).await?;
    entry_from_row(row.ok_or_else(|| Fault::not_found(PriceEntryId::NOUN))?)
}

/// The entries that a version brought in, by id.
pub(crate) async fn added<C: ConnectionTrait>(db: &C, version: Uuid) -> Result<Vec<Entry>, Problem> {
    if let Some(entries) = image::of(db, version).await? {
        return Ok(entries);
    }
    let mut entries = Vec::new();
    reading::each(db, version, |entry| {
        entries.push(entry);
        Ok(())
    })
    .await?;
    Ok(entries)
}

/// What a version adds and takes out that could price one of `items`.
pub(crate) async fn difference<C: ConnectionTrait>(
    db: &C,
    version: &BookVersion,
    items: &[&Item],
) -> Result<(Vec<Entry>, Vec<PriceEntryId>), Problem> {
    let about =
        Condition::any().add(entry::Column::ItemId.is_null()).add(entry::Column::ItemId.is_in(items.iter().map(|item| item.id.uuid())));
    let added = entry::Entity::find().filter(entry::Column::VersionId.eq(version.id.uuid())).filter(about.clone()).all(db).await?;
    let gone = Query::select()
        .column(removal::Column::EntryId)
        .from(removal::Entity)
        .and_where(removal::Column::VersionId.eq(version.id.uuid()))
        .to_owned();
    let removed = entry::Entity::find().select_only().column(entry::Column::Id).filter(entry::Column::Id.in_subquery(gone)).filter(about);
    let removed: Vec<Uuid> = removed.into_tuple().all(db).await?;
    let added = added.into_iter().map(entry_from_row).collect::<Result<_, _>>()?;
    Ok((added, removed.into_iter().map(PriceEntryId::from_uuid).collect()))
}

/// The entries that a version took out, by id.
pub(crate) async fn removed<C: ConnectionTrait>(db: &C, version: &BookVersion) -> Result<Vec<Uuid>, Problem> {
    let query =
        removal::Entity::find().select_only().column(removal::Column::EntryId).filter(removal::Column::VersionId.eq(version.id.uuid()));
    Ok(query.order_by_asc(removal::Column::EntryId).into_tuple().all(db).await?)
}

/// The entries of a content in the order of their keys and periods, for export.
pub(crate) async fn content<C: ConnectionTrait>(db: &C, chain: &[Uuid], limit: u64) -> Result<Vec<Entry>, Problem> {
    let query = entry::Entity::find().filter(in_content(chain)).order_by_asc(entry::Column::EntryKey).order_by_asc(entry::Column::StartsOn);
    query.limit(limit).all(db).await?.into_iter().map(entry_from_row).collect()
}

/// Every entry that any of the published versions brought in, with that version, for the price index.
pub(crate) async fn published<C: ConnectionTrait>(db: &C, versions: &[Uuid]) -> Result<Vec<(Uuid, Entry)>, Problem> {
    let mut found = Vec::new();
    for version in versions {
        found.extend(added(db, *version).await?.into_iter().map(|entry| (*version, entry)));
    }
    Ok(found)
}

/// Every removal by the given versions: version and entry.
pub(crate) async fn removals<C: ConnectionTrait>(db: &C, versions: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, Problem> {
    let query = removal::Entity::find().filter(removal::Column::VersionId.is_in(versions.iter().copied()));
    Ok(query.all(db).await?.into_iter().map(|row| (row.version_id, row.entry_id)).collect())
}
