//! Reading and writing pricebooks.

use kernel::Fault;
use kernel::id::{BookVersionId, PricebookId};
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::ActiveModelTrait;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ConnectionTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{Column, Entity, Model};
use super::model::{BookRounding, Pricebook};
use crate::engine::BookKind;
use crate::stamp::{Stamp, overwrite};
use crate::vocabulary::stored;

pub(crate) fn from_row(row: Model) -> Result<Pricebook, Problem> {
    Ok(Pricebook {
        id: PricebookId::from_uuid(row.id),
        currency: stored(&row.currency, |text| text.parse().ok())?,
        kind: stored(&row.kind, BookKind::from_name)?,
        parent: row.parent_id.map(PricebookId::from_uuid),
        rounding: stored(&row.rounding, BookRounding::from_name)?,
        current: row.current_version_id.map(BookVersionId::from_uuid),
        last_no: row.last_no,
        code: row.code,
        name: row.name,
        external_ref: row.external_ref,
        stamp: Stamp {
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            created_by: row.created_by,
            updated_by: row.updated_by,
        },
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
        kind: book.kind.name().to_owned(),
        parent_id: book.parent.map(PricebookId::uuid),
        rounding: book.rounding.name().to_owned(),
        current_version_id: book.current.map(BookVersionId::uuid),
        last_no: book.last_no,
    }
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One book.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: PricebookId) -> Result<Pricebook, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(PricebookId::NOUN))?)
}

/// Every book, for the price index.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Pricebook>, Problem> {
    Entity::find().all(db).await?.into_iter().map(from_row).collect()
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
    let row = to_row(book);
    let guard = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
    overwrite::<Entity, _, _>(db, row.into_active_model().reset_all(), guard).await
}
