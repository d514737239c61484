//! Queries of watchers. Whoever asks has been found to see the ticket, as staff.

use std::collections::BTreeSet;

use kernel::Fault;
use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::word;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::Watcher;
use crate::notification::Recipient;
use crate::ticket::model::Ticket;

pub(crate) fn of_ticket(ticket: TicketId) -> Select<Entity> {
    Entity::find().filter(Column::TicketId.eq(ticket.uuid()))
}

/// Who watches a ticket or one that was merged into it, each once.
pub(crate) async fn of_conversation(tx: &Tx, ticket: &Ticket) -> Result<BTreeSet<Recipient>, Problem> {
    let rows = Entity::find().filter(Column::TicketId.is_in(ticket.with_members())).all(tx).await?;
    rows.into_iter().map(|row| watcher(row).map(|one| one.recipient())).collect()
}

/// # Errors
/// 404 when nobody by this id watches the ticket.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, ticket: TicketId, id: Uuid) -> Result<Watcher, Problem> {
    let row = of_ticket(ticket).filter(Column::Id.eq(id)).one(db).await?;
    watcher(row.ok_or_else(|| Fault::not_found("watcher"))?)
}

/// Adds a watcher; false when it watches already.
pub(crate) async fn insert(tx: &Tx, watcher: &Watcher) -> Result<bool, Problem> {
    let once = OnConflict::columns([Column::TicketId, Column::Kind, Column::WatcherId]).do_nothing().to_owned();
    let inserted = Entity::insert(row(watcher).into_active_model()).on_conflict(once).exec_without_returning(tx).await?;
    Ok(inserted > 0)
}

pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), Problem> {
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

fn row(watcher: &Watcher) -> Model {
    Model {
        id: watcher.id,
        ticket_id: watcher.ticket_id.uuid(),
        kind: watcher.kind.to_string(),
        watcher_id: watcher.watcher_id,
        source: watcher.source.to_string(),
        added_at: watcher.added_at,
        added_by: watcher.added_by,
    }
}

/// The watcher of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn watcher(row: Model) -> Result<Watcher, Problem> {
    Ok(Watcher {
        id: row.id,
        ticket_id: row.ticket_id.into(),
        kind: word(&row.kind)?,
        watcher_id: row.watcher_id,
        source: word(&row.source)?,
        added_at: row.added_at,
        added_by: row.added_by,
    })
}
