//! Contents of files, stored once each under their hash.

use chrono::{DateTime, Utc};
use kernel::Fault;
use platform::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

use super::entity::file::{Column, Entity, Model};

/// Stores a content; nothing happens when it is there.
pub(super) async fn store<C: ConnectionTrait>(db: &C, sha256: &str, content: &[u8], now: DateTime<Utc>) -> Result<(), Problem> {
    let size = i64::try_from(content.len()).map_err(Problem::internal)?;
    let row = Model { sha256: sha256.to_owned(), size, content: content.to_vec(), created_at: now };
    let once = OnConflict::column(Column::Sha256).do_nothing().to_owned();
    Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// 404 when there is no such content.
pub(crate) async fn read<C: ConnectionTrait>(db: &C, sha256: &str) -> Result<Vec<u8>, Problem> {
    let row = Entity::find_by_id(sha256.to_owned()).one(db).await?;
    Ok(row.ok_or_else(|| Fault::not_found("file"))?.content)
}
