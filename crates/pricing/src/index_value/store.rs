//! Reading and writing index values. They are only added and withdrawn.

use chrono::NaiveDate;
use kernel::id::IndexValueId;
use kernel::{Fault, UnitPrice};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::engine::published_index::IndexValue;
use crate::version::store::INSERT_ROWS;

pub(crate) fn from_row(row: Model) -> IndexValue {
    IndexValue {
        id: IndexValueId::from_uuid(row.id),
        index: row.index_code,
        value: UnitPrice::from_scaled(row.value),
        published_on: row.published_on,
        recorded_at: row.recorded_at,
        withdrawn_at: row.withdrawn_at,
    }
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One value.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: IndexValueId) -> Result<IndexValue, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    Ok(from_row(row.ok_or_else(|| Fault::not_found(IndexValueId::NOUN))?))
}

/// Every value, for the price index.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<IndexValue>, Problem> {
    Ok(Entity::find().all(db).await?.into_iter().map(from_row).collect())
}

/// True when a value of `index` was published on or before `date`.
pub(crate) async fn is_published<C: ConnectionTrait>(db: &C, index: &str, date: NaiveDate) -> Result<bool, Problem> {
    let query =
        Entity::find().filter(Column::IndexCode.eq(index)).filter(Column::PublishedOn.lte(date)).filter(Column::WithdrawnAt.is_null());
    Ok(query.select_only().column(Column::Id).into_tuple::<Uuid>().one(db).await?.is_some())
}

/// Adds a value.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, value: &IndexValue, by: Option<Uuid>) -> Result<(), Problem> {
    insert_many(db, std::slice::from_ref(value), by).await
}

/// Adds values.
pub(crate) async fn insert_many<C: ConnectionTrait>(db: &C, values: &[IndexValue], by: Option<Uuid>) -> Result<(), Problem> {
    let row = |value: &IndexValue| Model {
        id: value.id.uuid(),
        index_code: value.index.clone(),
        value: value.value.scaled(),
        published_on: value.published_on,
        recorded_at: value.recorded_at,
        recorded_by: by,
        withdrawn_at: value.withdrawn_at,
    };
    for values in values.chunks(INSERT_ROWS) {
        Entity::insert_many(values.iter().map(|value| row(value).into_active_model())).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Withdraws values that are held, and gives them.
pub(crate) async fn withdraw(tx: &Tx, ids: impl Iterator<Item = Uuid>) -> Result<Vec<IndexValue>, Problem> {
    let (ids, mut withdrawn): (Vec<Uuid>, Vec<IndexValue>) = (ids.collect(), Vec::new());
    for ids in ids.chunks(INSERT_ROWS) {
        let held = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(Column::WithdrawnAt.is_null());
        withdrawn.extend(held.all(tx).await?.into_iter().map(|row| from_row(Model { withdrawn_at: Some(tx.now()), ..row })));
        let gone = Entity::update_many().col_expr(Column::WithdrawnAt, Expr::value(tx.now())).filter(Column::WithdrawnAt.is_null());
        gone.filter(Column::Id.is_in(ids.iter().copied())).exec(tx).await?;
    }
    Ok(withdrawn)
}
