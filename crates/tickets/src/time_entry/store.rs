//! Queries of time entries. Whoever asks has been found to see the ticket, as staff.

use kernel::Fault;
use kernel::id::{TicketId, TimeEntryId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows;
use platform::stamp_of;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect, Select};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::{Column, Entity, Model};
use super::model::TimeEntry;

/// The time worked on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, FromQueryResult)]
pub struct TimeSpent {
    /// Of all entries, in minutes.
    #[schema(minimum = 0)]
    pub minutes: i64,
    /// Of those that are billed.
    #[schema(minimum = 0)]
    pub billable_minutes: i64,
    /// How many entries there are.
    #[schema(minimum = 0)]
    pub entries: i64,
}

pub(crate) fn of_ticket(ticket: TicketId) -> Select<Entity> {
    Entity::find().filter(Column::TicketId.eq(ticket.uuid()))
}

/// # Errors
/// 404 when the ticket has no such entry.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, ticket: TicketId, id: TimeEntryId) -> Result<TimeEntry, Problem> {
    let row = of_ticket(ticket).filter(Column::Id.eq(id.uuid())).one(db).await?;
    Ok(entry(row.ok_or_else(|| Fault::not_found(TimeEntryId::NOUN))?))
}

/// The sums of a ticket.
pub(crate) async fn spent<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<TimeSpent, Problem> {
    let whole = |expression: Expr| expression.if_null(0).cast_as("bigint");
    let billed = Expr::case(Column::Billable.eq(true), Expr::col(Column::Minutes)).finally(0);
    let sums = of_ticket(ticket)
        .select_only()
        .expr_as(whole(Expr::col(Column::Minutes).sum()), "minutes")
        .expr_as(whole(Expr::expr(billed).sum()), "billable_minutes")
        .expr_as(Expr::col(Column::Id).count(), "entries");
    let found: Option<TimeSpent> = sums.into_model().one(db).await?;
    Ok(found.unwrap_or(TimeSpent { minutes: 0, billable_minutes: 0, entries: 0 }))
}

pub(crate) async fn insert(tx: &Tx, entry: &TimeEntry) -> Result<(), Problem> {
    Entity::insert(row(entry).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save(tx: &Tx, entry: &TimeEntry) -> Result<(), Problem> {
    rows::save(tx, row(entry), entry.id.uuid(), entry.stamp.version).await
}

fn row(entry: &TimeEntry) -> Model {
    Model {
        id: entry.id.uuid(),
        version: entry.stamp.version,
        created_at: entry.stamp.created_at,
        updated_at: entry.stamp.updated_at,
        created_by: entry.stamp.created_by,
        updated_by: entry.stamp.updated_by,
        ticket_id: entry.ticket_id.uuid(),
        user_id: entry.user_id.uuid(),
        minutes: entry.minutes,
        billable: entry.billable,
        note: entry.note.clone(),
        work_date: entry.work_date,
    }
}

/// The entry of a row.
pub(crate) fn entry(row: Model) -> TimeEntry {
    TimeEntry {
        id: row.id.into(),
        stamp: stamp_of!(row),
        ticket_id: row.ticket_id.into(),
        user_id: row.user_id.into(),
        minutes: row.minutes,
        billable: row.billable,
        note: row.note,
        work_date: row.work_date,
    }
}
