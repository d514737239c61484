//! Reading and writing item costs. They are only added and withdrawn.

use kernel::id::ItemCostId;
use kernel::{Fault, UnitPrice};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::word;
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::engine::cost::ItemCost;
use crate::version::store::INSERT_ROWS;

pub(crate) fn from_row(row: Model) -> Result<ItemCost, Problem> {
    Ok(ItemCost {
        id: ItemCostId::from_uuid(row.id),
        item: row.item_id.into(),
        uom: row.uom,
        currency: word(&row.currency)?,
        cost: UnitPrice::from_scaled(row.cost),
        effective_on: row.effective_on,
        recorded_at: row.recorded_at,
        withdrawn_at: row.withdrawn_at,
    })
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One cost.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ItemCostId) -> Result<ItemCost, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(ItemCostId::NOUN))?)
}

/// The costs recorded after a generation, for the price index.
pub(crate) async fn since<C: ConnectionTrait>(db: &C, generation: i64) -> Result<Vec<ItemCost>, Problem> {
    Entity::find().filter(Column::Generation.gt(generation)).all(db).await?.into_iter().map(from_row).collect()
}

/// Adds a cost, under the generation that its transaction has raised.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, cost: &ItemCost, by: Option<Uuid>, generation: i64) -> Result<(), Problem> {
    insert_many(db, std::slice::from_ref(cost), by, generation).await
}

/// Adds costs, under the generation that their transaction has raised.
pub(crate) async fn insert_many<C: ConnectionTrait>(db: &C, costs: &[ItemCost], by: Option<Uuid>, generation: i64) -> Result<(), Problem> {
    let row = |cost: &ItemCost| Model {
        id: cost.id.uuid(),
        item_id: cost.item.uuid(),
        uom: cost.uom.clone(),
        currency: cost.currency.to_string(),
        cost: cost.cost.scaled(),
        effective_on: cost.effective_on,
        recorded_at: cost.recorded_at,
        recorded_by: by,
        withdrawn_at: cost.withdrawn_at,
        generation,
    };
    for costs in costs.chunks(INSERT_ROWS) {
        Entity::insert_many(costs.iter().map(|cost| row(cost).into_active_model())).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Withdraws costs that are held, and gives them.
pub(crate) async fn withdraw(tx: &Tx, ids: impl Iterator<Item = Uuid>, generation: i64) -> Result<Vec<ItemCost>, Problem> {
    let (ids, mut withdrawn): (Vec<Uuid>, Vec<ItemCost>) = (ids.collect(), Vec::new());
    for ids in ids.chunks(INSERT_ROWS) {
        let held = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(Column::WithdrawnAt.is_null());
        let held = held.all(tx).await?.into_iter().map(|row| Model { withdrawn_at: Some(tx.now()), ..row });
        withdrawn.extend(held.map(from_row).collect::<Result<Vec<_>, _>>()?);
        let gone = Entity::update_many().col_expr(Column::WithdrawnAt, Expr::value(tx.now()));
        let gone = gone.col_expr(Column::Generation, Expr::value(generation)).filter(Column::WithdrawnAt.is_null());
        gone.filter(Column::Id.is_in(ids.iter().copied())).exec(tx).await?;
    }
    Ok(withdrawn)
}
