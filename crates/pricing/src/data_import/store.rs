//! Reading and writing imports.

use kernel::Fault;
use kernel::id::DataImportId;
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{import, trail};
use super::model::{Counts, DataImport, Trail};
use crate::version::store::INSERT_ROWS;

pub(super) fn from_row(row: import::Model) -> Result<DataImport, Problem> {
    Ok(DataImport {
        id: DataImportId::from_uuid(row.id),
        kind: word(&row.kind)?,
        state: word(&row.state)?,
        counts: Counts { added: row.added, replaced: row.replaced, unchanged: row.unchanged, refused: row.refused },
        stamp: stamp_of!(row),
    })
}

fn to_row(import: &DataImport) -> import::Model {
    let Counts { added, replaced, unchanged, refused } = import.counts;
    import::Model {
        id: import.id.uuid(),
        version: import.stamp.version,
        created_at: import.stamp.created_at,
        updated_at: import.stamp.updated_at,
        created_by: import.stamp.created_by,
        updated_by: import.stamp.updated_by,
        kind: import.kind.as_str().to_owned(),
        state: import.state.as_str().to_owned(),
        added,
        replaced,
        unchanged,
        refused,
    }
}

/// The rows that the scope may list.
pub(super) fn visible(scope: &RowScope) -> Select<import::Entity> {
    import::Entity::find().filter(scope.staff_only())
}

/// One import.
pub(super) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: DataImportId) -> Result<DataImport, Problem> {
    let row = visible(scope).filter(import::Column::Id.eq(id.uuid())).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(DataImportId::NOUN))?)
}

/// Adds an import with what its rows made or changed.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, import: &DataImport, trails: Vec<Trail>) -> Result<(), Problem> {
    import::Entity::insert(to_row(import).into_active_model()).exec_without_returning(db).await?;
    let row = |Trail { record, version, before }| {
        trail::Model { import_id: import.id.uuid(), record_id: record, record_version: version, before }.into_active_model()
    };
    let rows: Vec<_> = trails.into_iter().map(row).collect();
    for rows in rows.chunks(INSERT_ROWS) {
        trail::Entity::insert_many(rows.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes a changed import over the version it was read at.
pub(super) async fn save<C: ConnectionTrait>(db: &C, import: &DataImport) -> Result<(), Problem> {
    rows::save(db, to_row(import), import.id.uuid(), import.stamp.version).await
}

/// What the rows of an import made or changed.
pub(super) async fn trails<C: ConnectionTrait>(db: &C, import: DataImportId) -> Result<Vec<Trail>, Problem> {
    let rows = trail::Entity::find().filter(trail::Column::ImportId.eq(import.uuid())).all(db).await?;
    Ok(rows.into_iter().map(|row| Trail { record: row.record_id, version: row.record_version, before: row.before }).collect())
}
