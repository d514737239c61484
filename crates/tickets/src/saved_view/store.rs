//! Queries of saved views: everyone sees their own and what is shared with them; portal customers see none.

use kernel::Fault;
use kernel::id::{GroupId, SavedViewId};
use platform::caller::Caller;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{SavedView, Sharing};
use crate::group;

/// Who asks for views, and the groups that the reader belongs to.
pub(crate) struct Reader<'a> {
    scope: &'a RowScope,
    id: Uuid,
    groups: Vec<GroupId>,
}

impl<'a> Reader<'a> {
    pub(crate) async fn of<C: ConnectionTrait, P>(db: &C, caller: &'a Caller<P>) -> Result<Self, Problem> {
        let id = caller.actor().id;
        Ok(Self { scope: caller.scope(), id, groups: group::store::of_agent(db, id.into()).await? })
    }
}

/// The views that a reader may use: the reader's own, and those shared with a group of the reader's or with everyone.
pub(crate) fn visible(reader: &Reader<'_>) -> Select<Entity> {
    if reader.scope.is_customer() {
        return Entity::find().filter(reader.scope.staff_only());
    }
    let groups = reader.groups.iter().map(|group| group.uuid());
    let of_group = Condition::all().add(Column::Sharing.eq(Sharing::Group.as_str())).add(Column::GroupId.is_in(groups));
    let shared = Column::Sharing.eq(Sharing::Everyone.as_str());
    Entity::find().filter(Condition::any().add(Column::OwnerId.eq(reader.id)).add(shared).add(of_group))
}

/// # Errors
/// 404 when the reader has no such view.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, reader: &Reader<'_>, id: SavedViewId) -> Result<SavedView, Problem> {
    let row = visible(reader).filter(Column::Id.eq(id.uuid())).one(db).await?;
    view(row.ok_or_else(|| Fault::not_found(SavedViewId::NOUN))?)
}

/// # Errors
/// 409 `view_name_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, view: &SavedView) -> Result<(), Problem> {
    Entity::insert(row(view)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read; 409 `view_name_taken`.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, view: &SavedView) -> Result<(), Problem> {
    rows::save(db, row(view)?, view.id.uuid(), view.stamp.version).await.map_err(taken)
}

pub(crate) async fn delete<C: ConnectionTrait>(db: &C, id: SavedViewId) -> Result<(), Problem> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("name", || Fault::conflict("view_name_taken", "You have a view of this name already."))
}

fn row(view: &SavedView) -> Result<Model, Problem> {
    Ok(Model {
        id: view.id.uuid(),
        version: view.stamp.version,
        created_at: view.stamp.created_at,
        updated_at: view.stamp.updated_at,
        created_by: view.stamp.created_by,
        updated_by: view.stamp.updated_by,
        owner_id: view.owner_id.uuid(),
        name: view.name.clone(),
        sharing: view.sharing.to_string(),
        group_id: view.group_id,
        asked: to_json(&view.asked)?,
    })
}

/// The view of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn view(row: Model) -> Result<SavedView, Problem> {
    let stamp = stamp_of!(row);
    Ok(SavedView {
        id: row.id.into(),
        stamp,
        owner_id: row.owner_id.into(),
        name: row.name,
        sharing: word(&row.sharing)?,
        group_id: row.group_id,
        asked: from_json(row.asked)?,
    })
}
