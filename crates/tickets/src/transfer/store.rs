//! Queries of transfers. Staff see those of the tickets they see; portal customers see none.

use kernel::Fault;
use kernel::id::{GroupId, TransferId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Transfer, TransferState};
use super::offer_entity as offer;
use crate::obligation::entity as obligation;
use crate::ticket;
use crate::vocabulary::{ObligationKind, ObligationState};

/// All transfers of tickets inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    let all = Entity::find().filter(scope.staff_only());
    if *scope == RowScope::All {
        return all;
    }
    all.filter(ticket::store::has_ticket(scope, (Entity, Column::TicketId)))
}

/// The condition for what was offered to one of `agents` by name.
pub(crate) fn offered_to(agents: impl IntoIterator<Item = Uuid>) -> Condition {
    let named =
        Query::select().column(offer::Column::TransferId).from(offer::Entity).and_where(offer::Column::AgentId.is_in(agents)).take();
    Condition::all().add(Column::Id.in_subquery(named))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TransferId) -> Result<Transfer, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    transfer(row.ok_or_else(|| Fault::not_found(TransferId::NOUN))?)
}

/// What nobody took in time: transfers whose promise ran out.
pub(crate) async fn overdue<C: ConnectionTrait>(db: &C, now: chrono::DateTime<chrono::Utc>, limit: u64) -> Result<Vec<Transfer>, Problem> {
    let states = [ObligationState::Running.as_str(), ObligationState::MissedOpen.as_str()];
    let of_row = Expr::col((obligation::Entity, obligation::Column::TicketId)).eq(Expr::col((Entity, Column::TicketId)));
    let due = Query::select()
        .expr(Expr::val(1))
        .from(obligation::Entity)
        .and_where(of_row)
        .and_where(Expr::col((obligation::Entity, obligation::Column::SubjectId)).eq(Expr::col((Entity, Column::Id))))
        .and_where(obligation::Column::Kind.eq(ObligationKind::TransferAccept.as_str()))
        .and_where(obligation::Column::State.is_in(states))
        .and_where(obligation::Column::DueAt.lt(now))
        .take();
    let rows =
        Entity::find().filter(Expr::cust("ticket_transfer.state = 'proposed'")).filter(Expr::exists(due)).limit(limit).all(db).await?;
    rows.into_iter().map(transfer).collect()
}

/// The transfers among these that are still open, held by whoever holds their tickets.
pub(crate) async fn open_among<C: ConnectionTrait>(db: &C, ids: &[Uuid]) -> Result<Vec<Transfer>, Problem> {
    let open = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(Column::State.eq(TransferState::Proposed.as_str()));
    open.order_by_asc(Column::Id).all(db).await?.into_iter().map(transfer).collect()
}

/// # Errors
/// 409 `transfer_open` when the ticket is offered already.
pub(crate) async fn insert(tx: &Tx, transfer: &Transfer) -> Result<(), Problem> {
    let inserted = Entity::insert(row(transfer)?.into_active_model()).exec_without_returning(tx).await;
    let open = || Fault::conflict("transfer_open", "The ticket is offered already: withdraw that first.");
    inserted.map_err(|error| Problem::from(error).on_unique("ticket_id", open).on_unique("ticket_transfer_open", open))?;
    let named = transfer.offers.iter().map(|one| offer::Model { transfer_id: transfer.id.uuid(), agent_id: one.agent_id.uuid() });
    let named: Vec<_> = named.map(IntoActiveModel::into_active_model).collect();
    if !named.is_empty() {
        offer::Entity::insert_many(named).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, transfer: &Transfer) -> Result<(), Problem> {
    rows::save(db, row(transfer)?, transfer.id.uuid(), transfer.stamp.version).await
}

fn row(transfer: &Transfer) -> Result<Model, Problem> {
    Ok(Model {
        id: transfer.id.uuid(),
        version: transfer.stamp.version,
        created_at: transfer.stamp.created_at,
        updated_at: transfer.stamp.updated_at,
        created_by: transfer.stamp.created_by,
        updated_by: transfer.stamp.updated_by,
        ticket_id: transfer.ticket_id.uuid(),
        from_id: transfer.from.uuid(),
        to_group_id: transfer.to_group.map(GroupId::uuid),
        reason: transfer.reason.clone(),
        state: transfer.state.to_string(),
        due_at: transfer.due_at,
        taken_by: transfer.taken_by.map(UserId::uuid),
        decided_at: transfer.decided_at,
        offers: to_json(&transfer.offers)?,
    })
}

/// The transfer of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn transfer(row: Model) -> Result<Transfer, Problem> {
    let stamp = stamp_of!(row);
    Ok(Transfer {
        id: row.id.into(),
        stamp,
        ticket_id: row.ticket_id.into(),
        from: row.from_id.into(),
        to_group: row.to_group_id.map(Into::into),
        offers: from_json(row.offers)?,
        reason: row.reason,
        state: word(&row.state)?,
        due_at: row.due_at,
        taken_by: row.taken_by.map(Into::into),
        decided_at: row.decided_at,
    })
}
