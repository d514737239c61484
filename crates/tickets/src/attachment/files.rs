//! Contents of files, each stored once under its hash, in pieces.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::new_uuid;
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entity::{chunk, file, upload};
use super::model::FileState;
use crate::intake::{lock, magic};

/// The size of all pieces but the last.
pub(crate) const PIECE: usize = 1 << 20;

/// A content before it is stored under its hash.
pub(crate) struct Content<'a> {
    pub(crate) sha256: &'a str,
    pub(crate) size: i64,
    pub(crate) media_type: &'a str,
    pub(crate) content_id: Uuid,
}

/// Stores a content that is in memory; nothing happens when it is there.
pub(crate) async fn store(tx: &Tx, sha256: &str, content: &[u8]) -> Result<FileState, Problem> {
    let media_type = magic::media_type(content, "");
    let size = i64::try_from(content.len()).map_err(Problem::internal)?;
    let whole = Content { sha256, size, media_type: &media_type, content_id: new_uuid() };
    let (state, new) = name(tx, &whole).await?;
    if new {
        for (position, piece) in (0_i32..).zip(content.chunks(PIECE)) {
            add_piece(tx, whole.content_id, position, piece.to_vec()).await?;
        }
    }
    Ok(state)
}

/// Names a content by its hash; its state, and true unless the same content had been stored before.
pub(crate) async fn name(tx: &Tx, content: &Content<'_>) -> Result<(FileState, bool), Problem> {
    hold(tx, content.sha256).await?;
    let state = FileState::at_first(content.media_type);
    let (sha256, size) = (content.sha256.to_owned(), content.size);
    let row = file::Model { sha256, size, content_id: content.content_id, state: state.to_string(), created_at: tx.now() };
    let once = OnConflict::column(file::Column::Sha256).do_nothing().to_owned();
    if file::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(tx).await? > 0 {
        return Ok((state, true));
    }
    let known = find(tx, content.sha256).await?;
    Ok((platform::rows::word(&known.state)?, false))
}

/// Nobody else names or forgets this content until the transaction ends.
pub(super) async fn hold(tx: &Tx, sha256: &str) -> Result<(), Problem> {
    lock(tx, &format!("file:{sha256}")).await
}

/// Notes that the pieces of a content are coming in.
pub(super) async fn begin(tx: &Tx, content_id: Uuid) -> Result<(), Problem> {
    let row = upload::Model { content_id, begun_at: tx.now() };
    upload::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// All pieces have come in and have a name.
pub(super) async fn complete(tx: &Tx, content_id: Uuid) -> Result<(), Problem> {
    upload::Entity::delete_by_id(content_id).exec(tx).await?;
    Ok(())
}

/// Contents whose pieces began to come in before `until` and never got a name.
pub(super) async fn broken_off<C: ConnectionTrait>(db: &C, until: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let stale = upload::Entity::find().filter(upload::Column::BegunAt.lt(until)).order_by_asc(upload::Column::BegunAt).limit(limit);
    Ok(stale.select_only().column(upload::Column::ContentId).into_tuple().all(db).await?)
}

pub(super) async fn add_piece(tx: &Tx, content_id: Uuid, position: i32, bytes: Vec<u8>) -> Result<(), Problem> {
    let row = chunk::Model { content_id, position, bytes };
    chunk::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes back the pieces of a content that has no name.
pub(super) async fn drop_pieces(tx: &Tx, content_id: Uuid) -> Result<(), Problem> {
    chunk::Entity::delete_many().filter(chunk::Column::ContentId.eq(content_id)).exec(tx).await?;
    complete(tx, content_id).await
}

/// Takes back a content that nothing has any more.
pub(super) async fn forget(tx: &Tx, sha256: &str) -> Result<(), Problem> {
    let file = find(tx, sha256).await?;
    file::Entity::delete_by_id(file.sha256).exec(tx).await?;
    drop_pieces(tx, file.content_id).await
}

/// # Errors
/// 404 when there is no such content.
pub(super) async fn find<C: ConnectionTrait>(db: &C, sha256: &str) -> Result<file::Model, Problem> {
    let row = file::Entity::find_by_id(sha256.to_owned()).one(db).await?;
    Ok(row.ok_or_else(|| Fault::not_found("file"))?)
}

/// The whole content, for what must have it at once: a mail that is read or written.
///
/// # Errors
/// 404 when there is no such content.
pub(crate) async fn read<C: ConnectionTrait>(db: &C, sha256: &str) -> Result<Vec<u8>, Problem> {
    let file = find(db, sha256).await?;
    let pieces = chunk::Entity::find().filter(chunk::Column::ContentId.eq(file.content_id)).order_by_asc(chunk::Column::Position);
    Ok(pieces.all(db).await?.into_iter().flat_map(|piece| piece.bytes).collect())
}

/// One piece of a content.
pub(super) async fn piece<C: ConnectionTrait>(db: &C, content_id: Uuid, position: i32) -> Result<Vec<u8>, Problem> {
    let row = chunk::Entity::find_by_id((content_id, position)).one(db).await?;
    Ok(row.ok_or_else(|| Problem::internal("a piece of a file is gone"))?.bytes)
}
