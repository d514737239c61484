//! Queries of groups. Staff of some branches see theirs and those of no branch; portal customers see none.

use kernel::Fault;
use kernel::id::{BranchId, CalendarId, GroupId, UserId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{self, Group};
use crate::intake::mailbox::store::of_staff;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: GroupId) -> Result<Group, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    group(row.ok_or_else(|| Fault::not_found(GroupId::NOUN))?)
}

/// Demands that the groups that a request names are ones in reach; each is named with its pointer.
///
/// # Errors
/// 422 with every pointer to one that is not.
pub(crate) async fn demand<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    named: impl IntoIterator<Item = (String, Option<GroupId>)>,
) -> Result<(), Problem> {
    let named: Vec<(String, GroupId)> = named.into_iter().filter_map(|(pointer, id)| Some((pointer, id?))).collect();
    if named.is_empty() {
        return Ok(());
    }
    let ids = visible(scope).filter(Column::Id.is_in(named.iter().map(|(_, id)| id.uuid()))).select_only().column(Column::Id);
    let known: Vec<Uuid> = ids.into_tuple().all(db).await?;
    let unknown = named.into_iter().filter(|(_, id)| !known.contains(&id.uuid()));
    let fault = |(pointer, _)| Fault::field(pointer, "unknown_reference", "There is no such group in reach.");
    Ok(Fault::all(unknown.map(fault).collect::<Vec<_>>())?)
}

/// Every group, by name: for the roster, and to tell which of them an agent belongs to.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Group>, Problem> {
    let rows = Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(group).collect()
}

/// The groups that an agent belongs to.
pub(crate) async fn of_agent<C: ConnectionTrait>(db: &C, agent: UserId) -> Result<Vec<GroupId>, Problem> {
    Ok(model::of_agent(&all(db).await?, agent))
}

/// # Errors
/// 409 `branch_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, group: &Group) -> Result<(), Problem> {
    Entity::insert(row(group)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read; 409 `branch_taken`.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, group: &Group) -> Result<(), Problem> {
    rows::save(db, row(group)?, group.id.uuid(), group.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    // SQLite names the column, PostgreSQL the index.
    let fault = || Fault::conflict("branch_taken", "Another group takes this branch's work.");
    problem.on_unique("branch_id", fault).on_unique("desk_group_of_branch", fault)
}

fn row(group: &Group) -> Result<Model, Problem> {
    Ok(Model {
        id: group.id.uuid(),
        version: group.stamp.version,
        created_at: group.stamp.created_at,
        updated_at: group.stamp.updated_at,
        created_by: group.stamp.created_by,
        updated_by: group.stamp.updated_by,
        name: group.name.clone(),
        lead_id: group.lead_id.map(UserId::uuid),
        branch_id: group.branch_id.map(BranchId::uuid),
        takes_branch_work: group.takes_branch_work,
        calendar_id: group.calendar_id.map(CalendarId::uuid),
        members: to_json(&group.members)?,
        active: group.active,
    })
}

/// The group of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn group(row: Model) -> Result<Group, Problem> {
    let stamp = stamp_of!(row);
    Ok(Group {
        id: row.id.into(),
        stamp,
        name: row.name,
        lead_id: row.lead_id.map(Into::into),
        branch_id: row.branch_id.map(Into::into),
        takes_branch_work: row.takes_branch_work,
        calendar_id: row.calendar_id.map(Into::into),
        members: from_json(row.members)?,
        active: row.active,
    })
}

/// The calendar that a group works by, if it has one of its own.
pub(crate) async fn calendar_of<C: ConnectionTrait>(db: &C, id: GroupId) -> Result<Option<CalendarId>, Problem> {
    let found = Entity::find_by_id(id.uuid()).select_only().column(Column::CalendarId).into_tuple::<Option<Uuid>>().one(db).await?;
    Ok(found.flatten().map(Into::into))
}

/// The lead of a group, if it has one.
pub(crate) async fn lead_of<C: ConnectionTrait>(db: &C, id: GroupId) -> Result<Option<UserId>, Problem> {
    let found = Entity::find_by_id(id.uuid()).select_only().column(Column::LeadId).into_tuple::<Option<Uuid>>().one(db).await?;
    Ok(found.flatten().map(Into::into))
}
