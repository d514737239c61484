//! Queries of territories. Staff of some branches see theirs; portal customers see none.

use kernel::id::TerritoryId;
use kernel::{Fault, Period};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::Territory;
use crate::intake::mailbox::store::of_staff;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TerritoryId) -> Result<Territory, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    territory(row.ok_or_else(|| Fault::not_found(TerritoryId::NOUN))?)
}

/// Every territory, whoever asks: for the roster, and because no two may meet.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Territory>, Problem> {
    Entity::find().order_by_asc(Column::Id).all(db).await?.into_iter().map(territory).collect()
}

/// Demands that the territories that a request names at `/territory_ids` are in reach.
///
/// # Errors
/// 422 with a fault for each that is not.
pub(crate) async fn check_named<C: ConnectionTrait>(db: &C, scope: &RowScope, ids: &[TerritoryId]) -> Result<(), Problem> {
    if ids.is_empty() {
        return Ok(());
    }
    let known = visible(scope).select_only().column(Column::Id).filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    let known: Vec<Uuid> = known.into_tuple().all(db).await?;
    let unknown = ids.iter().enumerate().filter(|(_, id)| !known.contains(&id.uuid()));
    let fault = |(index, _)| Fault::field(format!("/territory_ids/{index}"), "unknown_reference", "There is no such territory in reach.");
    Fault::all(unknown.map(fault))?;
    Ok(())
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, territory: &Territory) -> Result<(), Problem> {
    Entity::insert(row(territory)?.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, territory: &Territory) -> Result<(), Problem> {
    rows::save(db, row(territory)?, territory.id.uuid(), territory.stamp.version).await
}

fn row(territory: &Territory) -> Result<Model, Problem> {
    Ok(Model {
        id: territory.id.uuid(),
        version: territory.stamp.version,
        created_at: territory.stamp.created_at,
        updated_at: territory.stamp.updated_at,
        created_by: territory.stamp.created_by,
        updated_by: territory.stamp.updated_by,
        name: territory.name.clone(),
        branch_id: territory.branch_id.uuid(),
        postal_ranges: to_json(&territory.postal_ranges)?,
        account_ids: to_json(&territory.account_ids)?,
        effective_from: territory.period.start,
        effective_until: territory.period.end,
    })
}

/// The territory of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn territory(row: Model) -> Result<Territory, Problem> {
    let stamp = stamp_of!(row);
    Ok(Territory {
        id: row.id.into(),
        stamp,
        name: row.name,
        branch_id: row.branch_id.into(),
        postal_ranges: from_json(row.postal_ranges)?,
        account_ids: from_json(row.account_ids)?,
        period: Period { start: row.effective_from, end: row.effective_until },
    })
}
