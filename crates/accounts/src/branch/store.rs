//! Queries of branches. Staff of some branches see those only; portal customers see none.

use kernel::Fault;
use kernel::id::{BranchId, CalendarId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{Column, Entity, Model};
use super::model::{Branch, checked_cut_off};
use crate::reach;

fn within(scope: &RowScope) -> Condition {
    match scope {
        RowScope::All => Condition::all(),
        RowScope::Branches(branches) => Condition::all().add(Column::Id.is_in(branches.iter().copied())),
        RowScope::Accounts { .. } => scope.staff_only(),
    }
}

/// All branches inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(within(scope))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: BranchId) -> Result<Branch, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    branch(row.ok_or_else(|| Fault::not_found(BranchId::NOUN))?)
}

/// Checks a branch that a body refers to.
///
/// # Errors
/// A field fault at `/branch_id` when there is none inside `scope`.
pub(crate) async fn check_named<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Option<BranchId>) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    row.map(|_| ()).ok_or_else(|| reach::unknown("/branch_id", BranchId::NOUN).into())
}

/// A branch by its identifier, for a view that may show it because it shows the account or site.
pub(crate) async fn named<C: ConnectionTrait>(db: &C, id: Option<BranchId>) -> Result<Option<Branch>, Problem> {
    let Some(id) = id else { return Ok(None) };
    Entity::find_by_id(id.uuid()).one(db).await?.map(branch).transpose()
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, branch: &Branch) -> Result<(), Problem> {
    Entity::insert(row(branch)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into(), branch))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, branch: &Branch) -> Result<(), Problem> {
    rows::save(db, row(branch)?, branch.id.uuid(), branch.stamp.version).await.map_err(|problem| taken(problem, branch))
}

fn taken(problem: Problem, branch: &Branch) -> Problem {
    problem
        .on_unique("code", || Fault::conflict("branch_code_taken", format!("Another branch has the code {}.", branch.code)))
        .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another branch has this external reference."))
}

fn row(branch: &Branch) -> Result<Model, Problem> {
    Ok(Model {
        id: branch.id.uuid(),
        version: branch.stamp.version,
        created_at: branch.stamp.created_at,
        updated_at: branch.stamp.updated_at,
        created_by: branch.stamp.created_by,
        updated_by: branch.stamp.updated_by,
        external_ref: branch.external_ref.clone(),
        code: branch.code.clone(),
        name: branch.name.clone(),
        time_zone: branch.time_zone.name().to_owned(),
        calendar_id: branch.calendar_id.map(CalendarId::uuid),
        business_hours_id: branch.business_hours_id.map(CalendarId::uuid),
        cut_off: branch.cut_off.format("%H:%M").to_string(),
        address: branch.address.as_ref().map(to_json).transpose()?,
        status: branch.status.to_string(),
    })
}

/// The branch of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn branch(row: Model) -> Result<Branch, Problem> {
    let stamp = stamp_of!(row);
    Ok(Branch {
        id: row.id.into(),
        stamp,
        code: row.code,
        name: row.name,
        time_zone: word(&row.time_zone)?,
        calendar_id: row.calendar_id.map(Into::into),
        business_hours_id: row.business_hours_id.map(Into::into),
        cut_off: checked_cut_off(&row.cut_off).map_err(Problem::internal)?,
        address: row.address.map(from_json).transpose()?,
        status: word(&row.status)?,
        external_ref: row.external_ref,
    })
}
