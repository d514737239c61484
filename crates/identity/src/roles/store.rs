//! Queries on roles. Everyone who may read roles may read all of them.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::RoleId;
use platform::problem::Problem;
use platform::rows;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::model::{BUILT_IN, BuiltIn, Role};
use crate::columns;
use crate::permission::Permissions;

impl From<Model> for Role {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            version: row.version,
            name: row.name,
            description: row.description,
            permissions: Permissions::stored(columns::read_texts(&row.permissions)),
            built_in: row.built_in,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn row(role: &Role) -> ActiveModel {
    ActiveModel {
        id: Set(role.id.uuid()),
        version: Set(role.version),
        created_at: Set(role.created_at),
        updated_at: Set(role.updated_at),
        name: Set(role.name.clone()),
        description: Set(role.description.clone()),
        permissions: Set(columns::texts(&role.permissions.texts())),
        built_in: Set(role.built_in),
        ..Default::default()
    }
}

/// One role.
///
/// # Errors
/// 404.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, id: RoleId) -> Result<Role, Problem> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.ok_or_else(|| Fault::not_found("role"))?.into())
}

/// Adds a role.
///
/// # Errors
/// 409 when the name is taken.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, role: &Role, by: Uuid) -> Result<(), Problem> {
    let row = ActiveModel { created_by: Set(Some(by)), updated_by: Set(Some(by)), ..row(role) };
    Entity::insert(row).exec_without_returning(db).await.map_err(|error| {
        Problem::from(error).on_unique("name", || {
            Fault::conflict("already_exists", "There is a role of this name.").and_field("/name", "taken", "This name is taken.")
        })
    })?;
    Ok(())
}

/// Writes a role whose version was raised by one.
///
/// # Errors
/// 412 when it was changed meanwhile.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, role: &Role, by: Uuid) -> Result<(), Problem> {
    let changed = ActiveModel { updated_by: Set(Some(by)), ..row(role) };
    rows::save_members(db, changed, role.id.uuid(), role.version).await
}

/// Removes a role at a version.
///
/// # Errors
/// 412 when it was changed meanwhile.
pub(crate) async fn delete<C: ConnectionTrait>(db: &C, role: &Role) -> Result<(), Problem> {
    let deletion = Entity::delete_many().filter(Column::Id.eq(role.id.uuid())).filter(Column::Version.eq(role.version));
    if deletion.exec(db).await?.rows_affected == 0 { Err(Fault::stale().into()) } else { Ok(()) }
}

/// What the named roles add up to; absent when one of them does not exist.
pub(crate) async fn permissions<C: ConnectionTrait>(db: &C, names: &[String]) -> Result<Option<Permissions>, Problem> {
    let rows = Entity::find().filter(Column::Name.is_in(names)).all(db).await?;
    if rows.len() < names.len() {
        return Ok(None);
    }
    Ok(Some(rows.into_iter().map(Role::from).fold(Permissions::default(), |sum, role| sum.and(role.permissions))))
}

/// Locks a role's row until the transaction ends.
pub(crate) async fn touch<C: ConnectionTrait>(db: &C, name: &str) -> Result<(), Problem> {
    let update = Entity::update_many().col_expr(Column::Name, Expr::col(Column::Name)).filter(Column::Name.eq(name));
    update.exec(db).await?;
    Ok(())
}

/// Brings the built-in roles to what this release ships.
pub(crate) async fn sync_built_in<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<(), Problem> {
    let stored: Vec<Role> = Entity::find().filter(Column::BuiltIn.eq(true)).all(db).await?.into_iter().map(Into::into).collect();
    let behind: Vec<ActiveModel> = BUILT_IN
        .iter()
        .filter_map(|shipped| {
            let current = stored.iter().find(|role| role.id.uuid() == shipped.id);
            let wanted = shipped_role(shipped, current, now);
            (current != Some(&wanted)).then(|| row(&wanted))
        })
        .collect();
    if behind.is_empty() {
        return Ok(());
    }
    let mut replace = OnConflict::column(Column::Id);
    replace.update_columns([Column::Version, Column::UpdatedAt, Column::Name, Column::Description, Column::Permissions]);
    Entity::insert_many(behind).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

/// The shipped role as a row: the stored one where it is the same, its next version where it differs.
fn shipped_role(shipped: &BuiltIn, current: Option<&Role>, now: DateTime<Utc>) -> Role {
    let permissions = shipped.permissions();
    let same = |role: &&Role| role.permissions == permissions && role.description == shipped.description && role.name == shipped.name;
    if let Some(role) = current.filter(same) {
        return role.clone();
    }
    Role {
        id: shipped.id.into(),
        version: current.map_or(1, |role| role.version.saturating_add(1)),
        name: shipped.name.to_owned(),
        description: shipped.description.to_owned(),
        permissions,
        built_in: true,
        created_at: current.map_or(now, |role| role.created_at),
        updated_at: now,
    }
}
