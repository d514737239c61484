//! Queries of checklist items. Whoever asks has been found to see the ticket, as staff.

use kernel::Fault;
use kernel::id::{ChecklistItemId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, Select};

use super::entity::{Column, Entity, Model};
use super::model::{ChecklistItem, Done, demand_done};
use crate::ticket::model::Ticket;

/// The most items of one ticket.
const MOST: u64 = 200;

pub(crate) fn of_ticket(ticket: TicketId) -> Select<Entity> {
    Entity::find().filter(Column::TicketId.eq(ticket.uuid()))
}

/// # Errors
/// 404 when the ticket has no such item.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, ticket: TicketId, id: ChecklistItemId) -> Result<ChecklistItem, Problem> {
    let row = of_ticket(ticket).filter(Column::Id.eq(id.uuid())).one(db).await?;
    Ok(item(row.ok_or_else(|| Fault::not_found(ChecklistItemId::NOUN))?))
}

/// Demands that nothing on the checklists of the ticket and of those merged into it blocks.
///
/// # Errors
/// 409 `checklist_open`.
pub(crate) async fn demand_nothing_blocks(tx: &Tx, ticket: &Ticket) -> Result<(), Problem> {
    let listed = Entity::find().filter(Column::TicketId.is_in(ticket.with_members()));
    let open = listed.filter(Column::Blocking.eq(true)).filter(Column::DoneAt.is_null());
    let open = open.order_by_asc(Column::Position).order_by_asc(Column::Id).all(tx).await?;
    Ok(demand_done(&open.into_iter().map(item).collect::<Vec<_>>())?)
}

/// The place after all others of a ticket.
///
/// # Errors
/// 409 `checklist_full`.
pub(crate) async fn last_position<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<i32, Problem> {
    if of_ticket(ticket).count(db).await? >= MOST {
        return Err(Fault::conflict("checklist_full", format!("A checklist has at most {MOST} items.")).into());
    }
    let last = of_ticket(ticket).order_by_desc(Column::Position).one(db).await?;
    Ok(last.map_or(1, |row| row.position.saturating_add(1)))
}

pub(crate) async fn insert(tx: &Tx, item: &ChecklistItem) -> Result<(), Problem> {
    Entity::insert(row(item).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save(tx: &Tx, item: &ChecklistItem) -> Result<(), Problem> {
    rows::save(tx, row(item), item.id.uuid(), item.stamp.version).await
}

pub(crate) async fn delete(tx: &Tx, id: ChecklistItemId) -> Result<(), Problem> {
    Entity::delete_by_id(id.uuid()).exec(tx).await?;
    Ok(())
}

fn row(item: &ChecklistItem) -> Model {
    Model {
        id: item.id.uuid(),
        version: item.stamp.version,
        created_at: item.stamp.created_at,
        updated_at: item.stamp.updated_at,
        created_by: item.stamp.created_by,
        updated_by: item.stamp.updated_by,
        ticket_id: item.ticket_id.uuid(),
        position: item.position,
        text: item.text.clone(),
        blocking: item.blocking,
        done_at: item.done.map(|done| done.at),
        done_by: item.done.map(|done| done.by),
    }
}

/// The item of a row.
pub(crate) fn item(row: Model) -> ChecklistItem {
    ChecklistItem {
        id: row.id.into(),
        stamp: stamp_of!(row),
        ticket_id: row.ticket_id.into(),
        position: row.position,
        text: row.text,
        blocking: row.blocking,
        done: row.done_at.zip(row.done_by).map(|(at, by)| Done { at, by }),
    }
}
