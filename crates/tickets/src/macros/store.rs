//! Queries of macros. Staff of some branches see theirs and those of no branch; portal customers see none.

use kernel::Fault;
use kernel::id::{BranchId, MacroId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::Macro;
use super::entity::{Column, Entity, Model};
use crate::intake::mailbox::store::of_staff;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: MacroId) -> Result<Macro, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    read(row.ok_or_else(|| Fault::not_found(MacroId::NOUN))?)
}

/// # Errors
/// 409 `external_ref_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, one: &Macro) -> Result<(), Problem> {
    Entity::insert(row(one)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read; 409 `external_ref_taken`.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, one: &Macro) -> Result<(), Problem> {
    rows::save(db, row(one)?, one.id.uuid(), one.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another macro has this external reference."))
}

fn row(one: &Macro) -> Result<Model, Problem> {
    Ok(Model {
        id: one.id.uuid(),
        version: one.stamp.version,
        created_at: one.stamp.created_at,
        updated_at: one.stamp.updated_at,
        created_by: one.stamp.created_by,
        updated_by: one.stamp.updated_by,
        external_ref: one.external_ref.clone(),
        name: one.name.clone(),
        branch_id: one.branch_id.map(BranchId::uuid),
        active: one.active,
        actions: to_json(&one.actions)?,
    })
}

/// The macro of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn read(row: Model) -> Result<Macro, Problem> {
    let stamp = stamp_of!(row);
    Ok(Macro {
        id: row.id.into(),
        stamp,
        external_ref: row.external_ref,
        name: row.name,
        branch_id: row.branch_id.map(Into::into),
        active: row.active,
        actions: from_json(row.actions)?,
    })
}
