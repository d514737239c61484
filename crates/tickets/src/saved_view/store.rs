//! Queries of saved views: everyone sees their own and what is shared with them; portal customers see none.

use kernel::Fault;
use kernel::id::SavedViewId;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{SavedView, Sharing};

/// The views that a reader may use: the reader's own, and those shared with the desk.
pub(crate) fn visible(scope: &RowScope, reader: Uuid) -> Select<Entity> {
    if scope.is_customer() {
        return Entity::find().filter(scope.staff_only());
    }
    // Whoever works at the desk may look at the work of any group; a group's view is found under the group's name.
    let shared = Column::Sharing.ne(Sharing::Private.as_str());
    Entity::find().filter(Condition::any().add(Column::OwnerId.eq(reader)).add(shared))
}

/// # Errors
/// 404 when the reader has no such view.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, reader: Uuid, id: SavedViewId) -> Result<SavedView, Problem> {
    let row = visible(scope, reader).filter(Column::Id.eq(id.uuid())).one(db).await?;
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
