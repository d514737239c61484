//! Queries of scheduling requests. Whoever sees a ticket sees its requests.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{MessageId, SchedulingRequestId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Counter, Decision, SchedulingRequest, Wish};
use super::state::SchedulingState;
use crate::ticket;
use crate::ticket::model::Ticket;

/// What of a request nothing asks for by itself.
#[derive(Serialize, Deserialize)]
struct Details {
    wish: Wish,
    counter: Option<Counter>,
    decision: Option<Decision>,
    outcome_reason: Option<String>,
    customer_informed_message_id: Option<MessageId>,
}

/// The requests on tickets inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(ticket::store::has_present_ticket(scope, (Entity, Column::TicketId)))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SchedulingRequestId) -> Result<SchedulingRequest, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    request(row.ok_or_else(|| Fault::not_found(SchedulingRequestId::NOUN))?)
}

/// All requests on a ticket that the caller holds, and on those that were merged into it.
pub(crate) async fn of_conversation<C: ConnectionTrait>(db: &C, ticket: &Ticket) -> Result<Vec<SchedulingRequest>, Problem> {
    let rows = Entity::find().filter(Column::TicketId.is_in(ticket.with_members())).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(request).collect()
}

/// Requests whose counter-proposal has lapsed, and their tickets.
pub(crate) async fn lapsed<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<(Uuid, Uuid)>, Problem> {
    let due = visible(&RowScope::All).filter(Column::ExpiresAt.lte(now));
    let due = due.select_only().column(Column::Id).column(Column::TicketId).order_by_asc(Column::ExpiresAt).limit(limit);
    Ok(due.into_tuple().all(db).await?)
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, request: &SchedulingRequest) -> Result<(), Problem> {
    Entity::insert(row(request)?.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, request: &SchedulingRequest) -> Result<(), Problem> {
    rows::save(db, row(request)?, request.id.uuid(), request.stamp.version).await
}

fn row(request: &SchedulingRequest) -> Result<Model, Problem> {
    let details = Details {
        wish: request.wish.clone(),
        counter: request.counter,
        decision: request.decision.clone(),
        outcome_reason: request.outcome_reason.clone(),
        customer_informed_message_id: request.customer_informed_message_id,
    };
    Ok(Model {
        id: request.id.uuid(),
        version: request.stamp.version,
        created_at: request.stamp.created_at,
        updated_at: request.stamp.updated_at,
        created_by: request.stamp.created_by,
        updated_by: request.stamp.updated_by,
        ticket_id: request.ticket_id.uuid(),
        kind: request.wish.kind.to_string(),
        state: request.state.to_string(),
        service_stop_id: request.wish.service_stop_ref.id.clone(),
        cutoff_at: request.wish.cutoff_at,
        expires_at: request.counter.filter(|_| request.state == SchedulingState::Countered).map(|counter| counter.expires_at),
        details: to_json(&details)?,
    })
}

/// The request of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn request(row: Model) -> Result<SchedulingRequest, Problem> {
    let stamp = stamp_of!(row);
    let details: Details = from_json(row.details)?;
    Ok(SchedulingRequest {
        id: row.id.into(),
        stamp,
        ticket_id: row.ticket_id.into(),
        wish: details.wish,
        counter: details.counter,
        state: word(&row.state)?,
        decision: details.decision,
        outcome_reason: details.outcome_reason,
        customer_informed_message_id: details.customer_informed_message_id,
    })
}
