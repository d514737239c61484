//! Queries of merges. Staff see those of the tickets they see; portal customers see none.

use kernel::Fault;
use kernel::id::{MergeId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, Select};

use super::entity::{Column, Entity, Model};
use super::model::Merge;
use crate::ticket;

/// The merges from and into a ticket that the caller has been found to see, where he sees the other ticket too.
pub(crate) fn visible(scope: &RowScope, ticket: TicketId) -> Select<Entity> {
    let seen = || ticket::store::visible(scope).select_only().column(ticket::entity::Column::Id).into_query();
    let either = Condition::any().add(Column::SourceId.eq(ticket.uuid())).add(Column::TargetId.eq(ticket.uuid()));
    let found = Entity::find().filter(either).filter(scope.staff_only());
    if *scope == RowScope::All {
        return found;
    }
    found.filter(Column::SourceId.in_subquery(seen())).filter(Column::TargetId.in_subquery(seen()))
}

/// The merge by which a ticket is part of another at present.
///
/// # Errors
/// 409 `not_merged`.
pub(crate) async fn present<C: ConnectionTrait>(db: &C, source: TicketId) -> Result<Merge, Problem> {
    let row = Entity::find().filter(Column::SourceId.eq(source.uuid())).filter(Column::UndoneAt.is_null()).one(db).await?;
    merge(row.ok_or_else(|| Fault::conflict("not_merged", "The ticket is not merged."))?)
}

/// # Errors
/// 409 `ticket_merged` when it was merged at the same moment.
pub(crate) async fn insert(tx: &Tx, merge: &Merge) -> Result<(), Problem> {
    let inserted = Entity::insert(row(merge)?.into_active_model()).exec_without_returning(tx).await;
    let merged = || Fault::conflict("ticket_merged", "The ticket was merged into another.");
    inserted.map_err(|error| Problem::from(error).on_unique("source_id", merged).on_unique("ticket_merge_present", merged))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, merge: &Merge) -> Result<(), Problem> {
    rows::save(db, row(merge)?, merge.id.uuid(), merge.stamp.version).await
}

fn row(merge: &Merge) -> Result<Model, Problem> {
    Ok(Model {
        id: merge.id.uuid(),
        version: merge.stamp.version,
        created_at: merge.stamp.created_at,
        updated_at: merge.stamp.updated_at,
        created_by: merge.stamp.created_by,
        updated_by: merge.stamp.updated_by,
        source_id: merge.source_id.uuid(),
        target_id: merge.target_id.uuid(),
        reason: merge.reason.clone(),
        status_before: merge.status_before.to_string(),
        undone_at: merge.undone_at,
        gained: to_json(&merge.gained)?,
    })
}

/// The merge of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn merge(row: Model) -> Result<Merge, Problem> {
    let stamp = stamp_of!(row);
    Ok(Merge {
        id: MergeId::from(row.id),
        stamp,
        source_id: row.source_id.into(),
        target_id: row.target_id.into(),
        reason: row.reason,
        status_before: word(&row.status_before)?,
        undone_at: row.undone_at,
        gained: from_json(row.gained)?,
    })
}
