//! Queries on API keys. Managing them needs `api-keys:*`; a key belongs to the deployment, not to a branch.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::ApiKeyId;
use platform::problem::Problem;
use platform::rows;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::model::ApiKey;
use crate::columns;
use crate::entitlement::{Access, Entitlement};
use crate::permission::Permissions;

impl From<Model> for ApiKey {
    fn from(row: Model) -> Self {
        let access = Access {
            branches: columns::read_ids(row.branches.as_ref()),
            accounts: columns::read_ids(row.accounts.as_ref()),
            sites: columns::read_ids(row.sites.as_ref()),
        };
        Self {
            id: row.id.into(),
            version: row.version,
            external_ref: row.external_ref,
            name: row.name,
            secret_digest: row.secret_digest,
            entitlement: Entitlement { permissions: Permissions::stored(columns::read_texts(&row.permissions)), access },
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn row(key: &ApiKey) -> ActiveModel {
    let access = &key.entitlement.access;
    ActiveModel {
        id: Set(key.id.uuid()),
        version: Set(key.version),
        created_at: Set(key.created_at),
        updated_at: Set(key.updated_at),
        external_ref: Set(key.external_ref.clone()),
        name: Set(key.name.clone()),
        secret_digest: Set(key.secret_digest.clone()),
        permissions: Set(columns::texts(&key.entitlement.permissions.texts())),
        branches: Set(columns::ids(access.branches.as_ref())),
        accounts: Set(columns::ids(access.accounts.as_ref())),
        sites: Set(columns::ids(access.sites.as_ref())),
        expires_at: Set(key.expires_at),
        revoked_at: Set(key.revoked_at),
        ..Default::default()
    }
}

/// One key.
///
/// # Errors
/// 404.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, id: ApiKeyId) -> Result<ApiKey, Problem> {
    Ok(by_id(db, id).await?.ok_or_else(|| Fault::not_found("API key"))?)
}

/// One key, if there is such a one.
pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: ApiKeyId) -> Result<Option<ApiKey>, Problem> {
    Ok(Entity::find_by_id(id.uuid()).one(db).await?.map(Into::into))
}

/// Adds a key.
///
/// # Errors
/// 409 when the external reference is taken.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, key: &ApiKey, by: Uuid) -> Result<(), Problem> {
    let row = ActiveModel { created_by: Set(Some(by)), updated_by: Set(Some(by)), ..row(key) };
    Entity::insert(row).exec_without_returning(db).await.map_err(|error| {
        Problem::from(error).on_unique("external_ref", || {
            Fault::conflict("already_exists", "Another key has this external reference.").and_field(
                "/external_ref",
                "taken",
                "This value is taken.",
            )
        })
    })?;
    Ok(())
}

/// Writes a key whose version was raised by one.
///
/// # Errors
/// 412 when it was changed meanwhile.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, key: &ApiKey, by: Uuid) -> Result<(), Problem> {
    let changed = ActiveModel { updated_by: Set(Some(by)), ..row(key) };
    rows::save_members(db, changed, key.id.uuid(), key.version).await
}

/// Notes a use. Not a change of the key: no version, no event.
pub(crate) async fn note_use<C: ConnectionTrait>(db: &C, id: ApiKeyId, now: DateTime<Utc>) -> Result<(), Problem> {
    Entity::update_many().col_expr(Column::LastUsedAt, Expr::value(now)).filter(Column::Id.eq(id.uuid())).exec(db).await?;
    Ok(())
}
