//! Firing timers that are due.
//!
//! Of all replicas one runs this, by lease; a batch is one transaction, so a timer fires once however often a step is
//! repeated. After downtime each promise gets one notice for all that fell due meanwhile, stamped with its lateness.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::TicketId;
use platform::db::{Db, Tx};
use platform::outbox::Change;
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use serde::Serialize;
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model};
use crate::obligation::engine::Obligation;
use crate::obligation::{self, recalculation};
use crate::rulebook::Rules;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::vocabulary::{ObligationKind, ObligationState};

/// Timers in one step.
const BATCH: u64 = 200;

/// Someone is told that a promise's time is running out.
#[derive(Serialize)]
struct Notice {
    ticket_id: TicketId,
    number: i64,
    kind: ObligationKind,
    cycle: i32,
    due_at: Option<DateTime<Utc>>,
    /// What fell due since the last notice.
    steps: Vec<String>,
    late_by_s: i64,
}

/// Fires timers.
pub(crate) struct Timers {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Timers {
    fn name(&self) -> &'static str {
        "timers"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let due = Entity::find().filter(Column::FiredAt.is_null()).filter(Column::FireAt.lte(now)).order_by_asc(Column::FireAt);
        let due = due.limit(BATCH).all(self.db.read()).await?;
        if due.is_empty() {
            return Ok(Outcome::Idle);
        }
        self.db.write("timers.fire", async |tx| self.fire(tx, &due).await).await?;
        Ok(Outcome::Worked(u64::try_from(due.len()).unwrap_or(BATCH)))
    }
}

impl Timers {
    async fn fire(&self, tx: &Tx, due: &[Model]) -> Result<(), Problem> {
        let rules = self.rules.current(tx).await?;
        let obligations: BTreeSet<Uuid> = due.iter().map(|timer| timer.obligation_id).collect();
        let tickets = tickets_of(tx, obligations.iter().copied()).await?;
        let cases = recalculation::cases(tx, &rules, &tickets).await?;
        // Read again now that the tickets are held: another worker may have fired some meanwhile.
        let mut by_obligation: BTreeMap<Uuid, Vec<Model>> = BTreeMap::new();
        for timer in unfired(&obligations, tx.now()).all(tx).await? {
            by_obligation.entry(timer.obligation_id).or_default().push(timer);
        }
        for mut case in cases {
            for obligation in &case.promises.list {
                let timers = by_obligation.get(&obligation.id.uuid());
                if let Some(notice) = timers.and_then(|timers| notice(&case, obligation, timers, tx.now())) {
                    tx.record(notice);
                }
            }
            commands::write(tx, &mut case).await?;
        }
        mark_fired(tx, &obligations).await
    }
}

/// What is due and has not fired of these promises.
fn unfired(obligations: &BTreeSet<Uuid>, now: DateTime<Utc>) -> Select<Entity> {
    let of_these = Entity::find().filter(Column::ObligationId.is_in(obligations.iter().copied()));
    of_these.filter(Column::FiredAt.is_null()).filter(Column::FireAt.lte(now))
}

/// The notice for what is still valid of these timers; a breach is told by its own event.
fn notice(case: &Case, obligation: &Obligation, timers: &[Model], now: DateTime<Utc>) -> Option<Change> {
    let valid: Vec<&Model> = timers.iter().filter(|timer| timer.generation == obligation.generation).collect();
    let first = valid.iter().map(|timer| timer.fire_at).min()?;
    if obligation.state != ObligationState::Running || obligation.due_at.is_some_and(|due| now > due) {
        return None;
    }
    let ticket = &case.ticket;
    let notice = Notice {
        ticket_id: ticket.id,
        number: ticket.number,
        kind: obligation.kind,
        cycle: obligation.cycle,
        due_at: obligation.due_at,
        steps: valid.iter().map(|timer| timer.step.clone()).collect(),
        late_by_s: (now - first).num_seconds(),
    };
    let change = Change::new("obligation.escalated", "obligation", obligation.id, obligation.version);
    Some(change.account(ticket.account_id).branch(ticket.branch_id).after(&notice))
}

async fn tickets_of(tx: &Tx, obligations: impl Iterator<Item = Uuid>) -> Result<Vec<Uuid>, Problem> {
    let mut tickets = Vec::new();
    for obligation in obligation::entity::Entity::find().filter(obligation::entity::Column::Id.is_in(obligations)).all(tx).await? {
        tickets.push(obligation.ticket_id);
    }
    tickets.sort_unstable();
    tickets.dedup();
    Ok(tickets)
}

async fn mark_fired(tx: &Tx, obligations: &BTreeSet<Uuid>) -> Result<(), Problem> {
    let fired = ActiveModel { fired_at: Set(Some(tx.now())), ..ActiveModel::default() };
    let update = Entity::update_many().set(fired).filter(Column::ObligationId.is_in(obligations.iter().copied()));
    update.filter(Column::FiredAt.is_null()).filter(Column::FireAt.lte(tx.now())).exec(tx).await?;
    Ok(())
}
