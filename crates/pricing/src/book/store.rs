//! Reading and writing pricebooks.

use kernel::Fault;
use kernel::id::{BookVersionId, PricebookId};
use platform::problem::Problem;
use platform::rows::{self, word, word_or_none};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{Column, Entity, Model};
use super::model::Pricebook;
use crate::engine::index::MAX_LINEAGE;

pub(crate) fn from_row(row: Model) -> Result<Pricebook, Problem> {
    Ok(Pricebook {
        id: PricebookId::from_uuid(row.id),
        currency: word(&row.currency)?,
        kind: word(&row.kind)?,
        parent: row.parent_id.map(PricebookId::from_uuid),
        rounding: word(&row.rounding)?,
        tier_scope: word_or_none(row.tier_scope.as_deref())?,
        current: row.current_version_id.map(BookVersionId::from_uuid),
        last_no: row.last_no,
        code: row.code,
        name: row.name,
        external_ref: row.external_ref,
        stamp: stamp_of!(row),
    })
}

fn to_row(book: &Pricebook) -> Model {
    Model {
        id: book.id.uuid(),
        version: book.stamp.version,
        created_at: book.stamp.created_at,
        updated_at: book.stamp.updated_at,
        created_by: book.stamp.created_by,
        updated_by: book.stamp.updated_by,
        external_ref: book.external_ref.clone(),
        code: book.code.clone(),
        name: book.name.clone(),
        currency: book.currency.to_string(),
        kind: book.kind.as_str().to_owned(),
        parent_id: book.parent.map(PricebookId::uuid),
        rounding: book.rounding.as_str().to_owned(),
        tier_scope: book.tier_scope.map(|scope| scope.as_str().to_owned()),
        current_version_id: book.current.map(BookVersionId::uuid),
        last_no: book.last_no,
    }
}

/// Keys of one look-up.
const LOOKUP_KEYS: usize = 1_000;

/// A book, its version in force, and its row's version.
pub(crate) type Current = (PricebookId, Option<BookVersionId>, i64);

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One book.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: PricebookId) -> Result<Pricebook, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(PricebookId::NOUN))?)
}

/// Demands that a new book's parents exist and are not too many.
pub(crate) async fn check_lineage<C: ConnectionTrait>(db: &C, scope: &RowScope, parent: Option<PricebookId>) -> Result<(), Problem> {
    let mut next = parent;
    for _ in 1..MAX_LINEAGE {
        let Some(id) = next else { return Ok(()) };
        next = find(db, scope, id).await?.parent;
    }
    let message = format!("A chain of inheritance has at most {MAX_LINEAGE} books.");
    if next.is_some() { Err(Fault::field("/parent_id", "lineage_too_long", message).into()) } else { Ok(()) }
}

/// Every book, for the price index.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Pricebook>, Problem> {
    Entity::find().all(db).await?.into_iter().map(from_row).collect()
}

/// Which version of each book is in force, and the version of its row, in the order of the books' ids.
pub(crate) async fn currents<C: ConnectionTrait>(db: &C, ids: &[PricebookId]) -> Result<Vec<Current>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(LOOKUP_KEYS) {
        let query = Entity::find().select_only().columns([Column::Id, Column::CurrentVersionId, Column::Version]);
        let rows: Vec<(Uuid, Option<Uuid>, i64)> =
            query.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).order_by_asc(Column::Id).into_tuple().all(db).await?;
        found.extend(rows.into_iter().map(|(id, current, version)| (id.into(), current.map(Into::into), version)));
    }
    Ok(found)
}

/// Adds a book.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, book: &Pricebook) -> Result<(), Problem> {
    let taken =
        |error: DbErr| Problem::from(error).on_unique("code", || Fault::field("/code", "code_taken", "Another pricebook has this code."));
    Entity::insert(to_row(book).into_active_model()).exec_without_returning(db).await.map_err(taken)?;
    Ok(())
}

/// Writes a changed book over the version it was read at.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, book: &Pricebook) -> Result<(), Problem> {
    rows::save(db, to_row(book), book.id.uuid(), book.stamp.version).await
}
