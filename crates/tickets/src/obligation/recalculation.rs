//! Carrying a change of the rules to the promises that are running: in batches, each in a transaction, in ticket order.
//!
//! What a promise consumed until the change is frozen, so the answer does not depend on when a batch runs. The first
//! batch runs with the change itself; a change that takes effect later waits for its instant.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{CalendarId, new_uuid};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::rows::word;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::engine::promises::Promises;
use super::entity;
use super::recalculation_entity::{ActiveModel, Column, Entity, Model};
use crate::calendar;
use crate::rulebook::{self, Rulebook};
use crate::ticket::case::Case;
use crate::ticket::{self, commands};
use crate::vocabulary::Cause;

/// Tickets in one batch.
const BATCH: u64 = 100;
/// Obligations named in a refusal.
const NAMED: u64 = 200;
/// Promises that can still be kept or must be made good, in the words of their partial index.
pub(crate) const ACTIVE: &str = "state IN ('running', 'paused', 'missed_open')";

/// A change of the rules.
pub(crate) struct Reason {
    pub(crate) cause: Cause,
    /// When it takes effect.
    pub(crate) at: DateTime<Utc>,
    /// The calendar that changed, when a back-dated version did it.
    pub(crate) calendar: Option<CalendarId>,
}

/// Notes a change of the rules and does the first batch. The rules in the same transaction are already the new ones.
pub(crate) async fn begin(tx: &Tx, reason: &Reason) -> Result<(), Problem> {
    let job = Model {
        id: new_uuid(),
        cause: reason.cause.to_string(),
        at: reason.at,
        calendar_id: reason.calendar.map(CalendarId::uuid),
        after_ticket_id: None,
        created_at: tx.now(),
        done_at: None,
    };
    Entity::insert(job.clone().into_active_model()).exec_without_returning(tx).await?;
    if reason.at <= tx.now() {
        let rules = Arc::new(rulebook::store::load(tx).await?);
        batch(tx, &rules, &job).await?;
    }
    Ok(())
}

/// Why a back-dated version needs `recompute`: the promises it would change.
pub(crate) async fn refusal<C: ConnectionTrait>(db: &C, calendar: CalendarId) -> Result<Fault, Problem> {
    let versions = calendar::store::versions(db, calendar).await?;
    let affected: Vec<Uuid> = entity::Entity::find()
        .select_only()
        .column(entity::Column::Id)
        .filter(Expr::cust(ACTIVE))
        .filter(entity::Column::CalendarVersionId.is_in(versions.iter().map(|version| version.id.uuid())))
        .order_by_asc(entity::Column::Id)
        .limit(NAMED)
        .into_tuple()
        .all(db)
        .await?;
    let detail = "A version that took effect in the past recalculates running promises: send recompute=true to do so.";
    Ok(Fault::conflict("recompute_required", detail).with_conflicts(affected))
}

/// Does the next batch of a change; true when tickets were left.
async fn batch(tx: &Tx, rules: &Arc<Rulebook>, job: &Model) -> Result<u64, Problem> {
    let mut tickets = entity::Entity::find().select_only().column(entity::Column::TicketId).distinct().filter(Expr::cust(ACTIVE));
    if let Some(after) = job.after_ticket_id {
        tickets = tickets.filter(entity::Column::TicketId.gt(after));
    }
    let tickets: Vec<Uuid> = tickets.order_by_asc(entity::Column::TicketId).limit(BATCH).into_tuple().all(tx).await?;
    for mut case in cases(tx, rules, &tickets).await? {
        recalculate(&mut case, job)?;
        commands::write(tx, &mut case).await?;
    }
    let last = tickets.last().copied();
    let full = u64::try_from(tickets.len()).unwrap_or_default() == BATCH;
    let progress = ActiveModel {
        after_ticket_id: Set(last.or(job.after_ticket_id)),
        done_at: Set(if full { None } else { Some(tx.now()) }),
        ..ActiveModel::default()
    };
    Entity::update_many().set(progress).filter(Column::Id.eq(job.id)).exec(tx).await?;
    Ok(u64::try_from(tickets.len()).unwrap_or_default())
}

/// The cases of these tickets, held in order, in two queries.
pub(crate) async fn cases(tx: &Tx, rules: &Arc<Rulebook>, tickets: &[Uuid]) -> Result<Vec<Case>, Problem> {
    let held = ticket::entity::Entity::find()
        .filter(ticket::entity::Column::Id.is_in(tickets.iter().copied()))
        .order_by_asc(ticket::entity::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut promises = super::store::of_tickets(tx, tickets).await?;
    let mut cases = Vec::with_capacity(held.len());
    for row in held {
        let promises: Promises = promises.remove(&row.id).unwrap_or_default();
        cases.push(Case::resume(Arc::clone(rules), ticket::ticket(row)?, promises, Touch::of(tx)));
    }
    Ok(cases)
}

fn recalculate(case: &mut Case, job: &Model) -> Result<(), Problem> {
    let back_dated = job.at < job.created_at;
    if back_dated {
        // What readers could see as broken before the correction stays broken.
        case.promises.list.iter_mut().for_each(|obligation| obligation.settle(job.created_at));
    }
    case.terms_changed(word(&job.cause)?, job.at);
    if back_dated {
        for obligation in case.promises.list.iter_mut().filter(|obligation| obligation.is_active()) {
            obligation.would_not_breach = obligation.breached_at.zip(obligation.due_at).is_some_and(|(breached, due)| due > breached);
        }
    }
    Ok(())
}

/// Carries on with changes that have begun, and begins those whose instant has come.
pub(crate) struct Recalculations {
    pub(crate) db: Db,
}

#[async_trait(?Send)]
impl Worker for Recalculations {
    fn name(&self) -> &'static str {
        "recalculations"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let due = Entity::find().filter(Column::DoneAt.is_null()).filter(Column::At.lte(now)).order_by_asc(Column::At);
        let Some(job) = due.order_by_asc(Column::Id).one(self.db.read()).await? else { return Ok(Outcome::Idle) };
        let done = self
            .db
            .write("recalculation.batch", async |tx| {
                let rules = Arc::new(rulebook::store::load(tx).await?);
                batch(tx, &rules, &job).await
            })
            .await?;
        Ok(Outcome::Worked(Ord::max(done, 1)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}
