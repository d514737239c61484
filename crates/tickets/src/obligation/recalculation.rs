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
use super::recalculation_entity::{ActiveModel, Column, Entity, Model};
use super::{entity, standing};
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
        after_subject_id: None,
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

/// Does the next batch of a change: the tickets first, then the subjects that hang on none. Says how many were done.
async fn batch(tx: &Tx, rules: &Arc<Rulebook>, job: &Model) -> Result<u64, Problem> {
    let cause = word(&job.cause)?;
    let tickets = next(tx, entity::Column::TicketId, job.after_ticket_id).await?;
    for mut case in cases(tx, rules, &tickets).await? {
        recalculate(&mut case, job, |case| &mut case.promises, |case| case.terms_changed(cause, job.at));
        commands::write(tx, &mut case).await?;
    }
    let done = u64::try_from(tickets.len()).unwrap_or_default();
    let subjects = if done < BATCH { next(tx, entity::Column::SubjectId, job.after_subject_id).await? } else { Vec::new() };
    for mut standing in standing::of_subjects(tx, rules, &subjects).await? {
        recalculate(&mut standing, job, |standing| &mut standing.promises, |standing| standing.terms_changed(cause, job.at));
        standing.write(tx).await?;
    }
    let full = done == BATCH || u64::try_from(subjects.len()).unwrap_or_default() == BATCH;
    let progress = ActiveModel {
        after_ticket_id: Set(tickets.last().copied().or(job.after_ticket_id)),
        after_subject_id: Set(subjects.last().copied().or(job.after_subject_id)),
        done_at: Set(if full { None } else { Some(tx.now()) }),
        ..ActiveModel::default()
    };
    Entity::update_many().set(progress).filter(Column::Id.eq(job.id)).exec(tx).await?;
    Ok(done + u64::try_from(subjects.len()).unwrap_or_default())
}

/// The next owners that have active promises: tickets, or subjects that hang on none.
async fn next(tx: &Tx, owner: entity::Column, after: Option<Uuid>) -> Result<Vec<Uuid>, Problem> {
    let mut found = entity::Entity::find().select_only().column(owner).distinct().filter(Expr::cust(ACTIVE)).filter(owner.is_not_null());
    if matches!(owner, entity::Column::SubjectId) {
        found = found.filter(entity::Column::TicketId.is_null());
    }
    if let Some(after) = after {
        found = found.filter(owner.gt(after));
    }
    Ok(found.order_by_asc(owner).limit(BATCH).into_tuple().all(tx).await?)
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

/// Applies the change to an owner's promises. When it is back-dated, what readers could see as broken before it stays broken, and is
/// marked when the correction would have kept it.
fn recalculate<O>(owner: &mut O, job: &Model, promises: impl Fn(&mut O) -> &mut Promises, change: impl FnOnce(&mut O)) {
    let back_dated = job.at < job.created_at;
    if back_dated {
        promises(owner).list.iter_mut().for_each(|obligation| obligation.settle(job.created_at));
    }
    change(owner);
    if back_dated {
        for obligation in promises(owner).list.iter_mut().filter(|obligation| obligation.is_active()) {
            obligation.would_not_breach = obligation.breached_at.zip(obligation.due_at).is_some_and(|(breached, due)| due > breached);
        }
    }
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
