//! Carrying a change of the rules to the promises that are running: in batches, each in a transaction, in the order of their owners.
//!
//! Changes are carried one after the other, as they fell due. The first batch runs with the change itself when nothing is before
//! it; a change that takes effect later waits for its instant.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{CalendarId, new_uuid};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::rows::word;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use uuid::Uuid;

use super::condition::ACTIVE;
use super::engine::promises::Promises;
use super::owner::{self, Owner};
use super::recalculation_entity::{ActiveModel, Column, Entity, Model};
use super::rule_change::RuleChange;
use super::{entity, standing};
use crate::rulebook::{self, Rulebook, Rules};
use crate::ticket;
use crate::ticket::case::Case;

/// Owners in one batch.
const BATCH: u64 = 200;
/// When a change falls due: one that was decided later than it takes effect is back-dated.
const DUE: &str = "CASE WHEN at > created_at THEN at ELSE created_at END";

/// How far the owners of active promises have been gone through: the tickets first, then the subjects that hang on none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) ticket: Option<Uuid>,
    pub(crate) subject: Option<Uuid>,
}

/// The owners that come next.
pub(crate) struct Next {
    pub(crate) tickets: Vec<Uuid>,
    pub(crate) subjects: Vec<Uuid>,
    /// Where to go on; none when these were the last.
    pub(crate) position: Option<Position>,
}

impl Next {
    /// At most `limit` owners behind `position` that a change concerns.
    pub(crate) async fn after<C: ConnectionTrait>(
        db: &C,
        (change, rules): (&RuleChange, &Rulebook),
        position: Position,
        limit: u64,
    ) -> Result<Self, Problem> {
        let concerned = change.calendar.map(|calendar| rules.versions_of(calendar));
        let mut active = entity::Entity::find().filter(Expr::cust(ACTIVE));
        if let Some(versions) = &concerned {
            active = active.filter(entity::Column::CalendarVersionId.is_in(versions.clone()));
        }
        let late = change.is_back_dated().then(|| {
            let late =
                entity::Entity::find().filter(Expr::cust("state = 'missed_closed'")).filter(entity::Column::BreachedAt.gt(change.at));
            concerned.iter().fold(late, |late, versions| late.filter(entity::Column::CalendarVersionId.is_in(versions.clone())))
        });
        let tickets = both(db, (active.clone(), late.clone()), entity::Column::TicketId, (position.ticket, limit)).await?;
        let left = limit.saturating_sub(u64::try_from(tickets.len()).unwrap_or(limit));
        let subjects = match left {
            0 => Vec::new(),
            left => {
                let alone = |promises: Select<entity::Entity>| promises.filter(entity::Column::TicketId.is_null());
                both(db, (alone(active), late.map(alone)), entity::Column::SubjectId, (position.subject, left)).await?
            }
        };
        let full = u64::try_from(tickets.len() + subjects.len()).is_ok_and(|found| found >= limit);
        let (ticket, subject) = (tickets.last().copied().or(position.ticket), subjects.last().copied().or(position.subject));
        Ok(Self { tickets, subjects, position: full.then_some(Position { ticket, subject }) })
    }
}

/// The next owners of promises that are active or, when a correction asks for them, were made good late.
async fn both<C: ConnectionTrait>(
    db: &C,
    (active, late): (Select<entity::Entity>, Option<Select<entity::Entity>>),
    owner: entity::Column,
    (after, limit): (Option<Uuid>, u64),
) -> Result<Vec<Uuid>, Problem> {
    let mut found = owners(db, active, owner, after, limit).await?;
    if let Some(late) = late {
        found.extend(owners(db, late, owner, after, limit).await?);
        found.sort();
        found.dedup();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(found)
}

async fn owners<C: ConnectionTrait>(
    db: &C,
    active: Select<entity::Entity>,
    owner: entity::Column,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>, Problem> {
    let mut found = active.select_only().column(owner).distinct().filter(owner.is_not_null());
    if let Some(after) = after {
        found = found.filter(owner.gt(after));
    }
    Ok(found.order_by_asc(owner).limit(limit).into_tuple().all(db).await?)
}

/// Notes a change of the rules, and does the first batch when its turn has come. The rules in the same transaction are already the new
/// ones.
pub(crate) async fn begin(tx: &Tx, change: &RuleChange) -> Result<(), Problem> {
    let before = Entity::find().filter(Column::DoneAt.is_null()).filter(Column::At.lte(tx.now())).count(tx).await?;
    let job = Model {
        id: new_uuid(),
        cause: change.cause.to_string(),
        at: change.at,
        calendar_id: change.calendar.map(CalendarId::uuid),
        after_ticket_id: None,
        after_subject_id: None,
        created_at: change.decided_at,
        done_at: None,
    };
    Entity::insert(job.clone().into_active_model()).exec_without_returning(tx).await?;
    if before == 0 && change.at <= tx.now() {
        let rules = Arc::new(rulebook::store::load(tx).await?);
        batch(tx, &rules, &job).await?;
    }
    Ok(())
}

impl TryFrom<&Model> for RuleChange {
    type Error = Problem;

    fn try_from(job: &Model) -> Result<Self, Problem> {
        let calendar = job.calendar_id.map(Into::into);
        Ok(Self { cause: word(&job.cause)?, at: job.at, decided_at: job.created_at, calendar })
    }
}

/// Does the next batch of a change; says how many owners were done.
async fn batch(tx: &Tx, rules: &Arc<Rulebook>, job: &Model) -> Result<usize, Problem> {
    let change = RuleChange::try_from(job)?;
    let position = Position { ticket: job.after_ticket_id, subject: job.after_subject_id };
    let next = Next::after(tx, (&change, rules), position, BATCH).await?;
    let mut owners: Vec<Owner> = Vec::new();
    if !next.tickets.is_empty() {
        let held = of(&next.tickets).lock_exclusive();
        let cases = resumed(tx, rules, held, (Touch::of(tx), change.concerns_since(rules))).await?;
        owners.extend(cases.into_iter().map(|case| Owner::Ticket(Box::new(case))));
    }
    if !next.subjects.is_empty() {
        let standing = standing::of_subjects(tx, rules, &next.subjects).await?;
        owners.extend(standing.into_iter().map(|standing| Owner::Subject(Box::new(standing))));
    }
    owners.iter_mut().for_each(|owner| change.carry(owner));
    owner::write_all(tx, owners).await?;
    let reached = next.position.unwrap_or(position);
    let progress = ActiveModel {
        after_ticket_id: Set(reached.ticket),
        after_subject_id: Set(reached.subject),
        done_at: Set(if next.position.is_some() { None } else { Some(tx.now()) }),
        ..ActiveModel::default()
    };
    Entity::update_many().set(progress).filter(Column::Id.eq(job.id)).exec(tx).await?;
    Ok(next.tickets.len() + next.subjects.len())
}

/// The cases of these tickets, held in order, in two queries.
pub(crate) async fn cases(tx: &Tx, rules: &Arc<Rulebook>, tickets: &[Uuid]) -> Result<Vec<Case>, Problem> {
    resumed(tx, rules, of(tickets).lock_exclusive(), (Touch::of(tx), rules.settings.known_since(tx.now()))).await
}

/// The rows of these tickets, in order.
pub(crate) fn of(tickets: &[Uuid]) -> Select<ticket::entity::Entity> {
    let rows = ticket::entity::Entity::find().filter(ticket::entity::Column::Id.is_in(tickets.iter().copied()));
    rows.order_by_asc(ticket::entity::Column::Id)
}

/// The cases of the tickets that a query finds, with the daily touches since an instant.
pub(crate) async fn resumed<C: ConnectionTrait>(
    db: &C,
    rules: &Arc<Rulebook>,
    tickets: Select<ticket::entity::Entity>,
    (touch, since): (Touch, DateTime<Utc>),
) -> Result<Vec<Case>, Problem> {
    let rows = tickets.all(db).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut promises = super::store::of_tickets(db, &ids, since).await?;
    let mut cases = Vec::with_capacity(rows.len());
    for row in rows {
        let promises: Promises = promises.remove(&row.id).unwrap_or_default();
        cases.push(Case::resume(Arc::clone(rules), ticket::ticket(row)?, promises, touch));
    }
    Ok(cases)
}

/// Carries on with changes that have begun, and begins those whose instant has come.
pub(crate) struct Recalculations {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Recalculations {
    fn name(&self) -> &'static str {
        "recalculations"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let due = Entity::find().filter(Column::DoneAt.is_null()).filter(Column::At.lte(self.db.clock().now()));
        let due = due.order_by(Expr::cust(DUE), Order::Asc).order_by_asc(Column::Id);
        let Some(job) = due.one(self.db.read()).await? else { return Ok(Outcome::Idle) };
        let work = async |tx: &Tx| batch(tx, &self.rules.current(tx).await?, &job).await;
        let done = self.db.write("recalculation.batch", work).await?;
        Ok(Outcome::Worked(u64::try_from(done).unwrap_or(BATCH).max(1)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}
