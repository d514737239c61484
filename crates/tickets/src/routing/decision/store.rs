//! Writing and reading decisions. A decision is seen by staff who see its ticket; by no customer.

use chrono::{DateTime, Utc};
use kernel::id::{AssignmentDecisionId, TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word};
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, Select};

use super::entity::{Column, Entity, Model};
use super::model::{Decision, DecisionView, Occasion};

/// The decisions on one ticket that the caller can see.
pub(crate) fn of_ticket(scope: &RowScope, ticket: TicketId) -> Select<Entity> {
    Entity::find().filter(scope.staff_only()).filter(Column::TicketId.eq(ticket.uuid()))
}

/// Puts a decision on record.
pub(crate) fn insert(tx: &Tx, ticket: TicketId, occasion: Occasion, decision: &Decision) -> Result<(), Problem> {
    let row = row(ticket, occasion, decision, tx.now(), tx.actor().id)?;
    tx.write_later(Entity::insert(row.into_active_model()).into_query());
    Ok(())
}

fn row(ticket: TicketId, occasion: Occasion, decision: &Decision, at: DateTime<Utc>, by: uuid::Uuid) -> Result<Model, Problem> {
    Ok(Model {
        id: AssignmentDecisionId::generate().uuid(),
        ticket_id: ticket.uuid(),
        decided_at: at,
        decided_by: by,
        occasion: occasion.to_string(),
        assignee_id: decision.assignee_id.map(UserId::uuid),
        decision: to_json(decision)?,
    })
}

/// A decision as callers see it.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn view(row: Model) -> Result<DecisionView, Problem> {
    Ok(DecisionView {
        id: row.id.into(),
        ticket_id: row.ticket_id.into(),
        decided_at: row.decided_at,
        decided_by: row.decided_by,
        occasion: word(&row.occasion)?,
        decision: from_json(row.decision)?,
    })
}
