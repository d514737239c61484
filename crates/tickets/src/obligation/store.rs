//! Queries of obligations, and writing what the engine changed together with its timers and events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, MessageId, ObligationId, SiteId, TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    Set, StatementBuilder,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::condition::ACTIVE;
use super::engine::promises::Promises;
use super::engine::{Excuse, Obligation, Segment, Stop, Subject, first_day_after};
use super::entity::{ActiveModel, Column, Entity, Model};
use super::holder::Holder;
use super::wire::ObligationEvent;
use crate::policy::model::Traits;
use crate::rulebook::Rulebook;
use crate::vocabulary::{Cause, ObligationKind, ObligationState, Status};
use crate::whose::{Whose, whose_of};
use crate::{ticket, timer};

#[derive(Serialize, Deserialize)]
struct Details {
    segments: Vec<Segment>,
    pauses: Vec<Stop>,
    pause_states: Vec<Status>,
    cause: Option<Cause>,
    would_not_breach: bool,
    excused: Option<Excuse>,
    /// Of a subject that hangs on no ticket: what decides which policies hold for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traits: Option<Traits>,
}

/// The promises inside `scope`: of whoever has or had them for staff; for portal customers what was promised to them on the tickets
/// that they see.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    if !scope.is_customer() {
        return Entity::find().filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)));
    }
    let tickets = ticket::store::visible(scope).select_only().column(ticket::entity::Column::Id).into_query();
    let public = ObligationKind::PUBLIC.map(ObligationKind::as_str);
    Entity::find().filter(Column::TicketId.in_subquery(tickets)).filter(Column::Kind.is_in(public))
}

/// The promises of a ticket that the caller has been found to see; portal customers see what was promised to them.
pub(crate) fn shown_of(scope: &RowScope, ticket: TicketId) -> Select<Entity> {
    let own = Entity::find().filter(Column::TicketId.eq(ticket.uuid()));
    let public = ObligationKind::PUBLIC.map(ObligationKind::as_str);
    if scope.is_customer() { own.filter(Column::Kind.is_in(public)) } else { own }
}

/// A promise, whoever asks.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, id: ObligationId) -> Result<Obligation, Problem> {
    obligation(Entity::find_by_id(id.uuid()).one(db).await?.ok_or_else(|| Fault::not_found(ObligationId::NOUN))?)
}

/// The promises of a ticket, but for the daily touches that ended before `since`: a ticket that is open for a year has hundreds, and
/// nothing that happens now concerns them.
pub(crate) async fn of_ticket<C: ConnectionTrait>(db: &C, ticket: TicketId, since: DateTime<Utc>) -> Result<Promises, Problem> {
    Ok(of_tickets(db, &[ticket.uuid()], since).await?.remove(&ticket.uuid()).unwrap_or_default())
}

/// As [`of_ticket`], for several tickets in one query.
pub(crate) async fn of_tickets<C: ConnectionTrait>(
    db: &C,
    tickets: &[Uuid],
    since: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, Promises>, Problem> {
    let backend = db.get_database_backend();
    let mut rows = Model::find_by_statement(StatementBuilder::build(&standing_since(tickets, since), &backend)).all(db).await?;
    rows.sort_by_key(|row| row.id);
    let mut by_ticket: BTreeMap<Uuid, Promises> = BTreeMap::new();
    for row in rows {
        if let Some(ticket) = row.ticket_id {
            by_ticket.entry(ticket).or_default().list.push(obligation(row)?);
        }
    }
    Ok(by_ticket)
}

/// The three parts of the index on kinds and cycles, a touch's being its date, and of that on what is active, in which these promises
/// stand: one condition for all would read every touch.
pub(crate) fn standing_since(tickets: &[Uuid], since: DateTime<Utc>) -> SelectStatement {
    let (touch, first) = (ObligationKind::DailyTouch.as_str(), first_day_after(since));
    let of_tickets = || Entity::find().filter(Column::TicketId.is_in(tickets.iter().copied()));
    let place = |kind: Expr, cycle: Expr| Expr::tuple([kind, cycle]);
    let behind = place(Expr::col(Column::Kind), Expr::col(Column::Cycle)).gte(place(Expr::val(touch), Expr::val(first)));
    let older = of_tickets().filter(Column::Kind.eq(touch)).filter(Column::Cycle.lt(first)).filter(Expr::cust(ACTIVE));
    let mut standing = of_tickets().filter(Column::Kind.lt(touch)).into_query();
    standing.union(UnionType::All, of_tickets().filter(behind).into_query()).union(UnionType::All, older.into_query()).take()
}

/// Which of these tickets owe a promise of one kind.
pub(crate) async fn owing(tx: &Tx, kind: ObligationKind, tickets: &[TicketId]) -> Result<Vec<Uuid>, Problem> {
    let of_tickets = Entity::find().filter(Column::TicketId.is_in(tickets.iter().map(|id| id.uuid())));
    let owed = of_tickets.filter(Column::Kind.eq(kind.as_str())).filter(Expr::cust(ACTIVE));
    Ok(owed.select_only().column(Column::TicketId).distinct().into_tuple().all(tx).await?)
}

/// The ticket of an obligation, or the subject that hangs on none.
///
/// # Errors
/// 404 when there is no such obligation.
pub(crate) async fn whose<C: ConnectionTrait>(db: &C, id: ObligationId) -> Result<Result<TicketId, Uuid>, Problem> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?.ok_or_else(|| Fault::not_found(ObligationId::NOUN))?;
    match (row.ticket_id, row.subject_id) {
        (Some(ticket), _) => Ok(Ok(ticket.into())),
        (None, Some(subject)) => Ok(Err(subject)),
        (None, None) => Err(Problem::internal("an obligation is about nothing")),
    }
}

/// All promises of a subject that hangs on no ticket, held, so that they are changed by one at a time.
pub(crate) async fn of_subject(tx: &Tx, subject: Uuid) -> Result<Promises, Problem> {
    let held =
        Entity::find().filter(Column::SubjectId.eq(subject)).filter(Column::TicketId.is_null()).order_by_asc(Column::Id).lock_exclusive();
    Ok(Promises { list: held.all(tx).await?.into_iter().map(obligation).collect::<Result<_, _>>()? })
}

/// The promises about these subjects.
pub(crate) fn of(subjects: &[Uuid]) -> Select<Entity> {
    Entity::find().filter(Column::SubjectId.is_in(subjects.iter().copied()))
}

/// The promises of subjects that hang on no ticket, and what is known of each subject.
pub(crate) async fn of_subjects<C: ConnectionTrait>(db: &C, found: Select<Entity>) -> Result<Vec<(Subject, Holder, Promises)>, Problem> {
    let rows = found.filter(Column::TicketId.is_null()).order_by_asc(Column::SubjectId).order_by_asc(Column::Id).all(db).await?;
    let mut found: Vec<(Subject, Holder, Promises)> = Vec::new();
    for row in rows {
        let holder = holder(&row)?;
        let one = obligation(row)?;
        let subject = one.subject.ok_or_else(|| Problem::internal("an obligation is about nothing"))?;
        match found.last_mut() {
            Some((same, known, promises)) if *same == subject => {
                // What is decided says who had it then.
                if one.is_active() {
                    *known = holder;
                }
                promises.list.push(one);
            }
            _ => found.push((subject, holder, Promises { list: vec![one] })),
        }
    }
    Ok(found)
}

/// What a row says of the subject that hangs on no ticket.
fn holder(row: &Model) -> Result<Holder, Problem> {
    let details: Details = from_json(row.details.clone())?;
    let traits = details.traits.ok_or_else(|| Problem::internal("an obligation without a ticket has no traits"))?;
    let Whose { site_id, group_id, assignee_id, .. } = whose_of!(row);
    Ok(Holder { ticket: None, traits, site_id, group_id, assignee_id })
}

/// What is to be written of promises, gathered over as many owners as are written together.
#[derive(Default)]
pub(crate) struct Unwritten {
    added: Vec<ActiveModel>,
    changed: Vec<(Model, Model)>,
    handed_on: Vec<(Whose, Vec<Uuid>)>,
    stopped: Vec<Uuid>,
    replanned: Vec<timer::entity::Model>,
}

impl Unwritten {
    /// Notes what differs of one owner's promises, and its events.
    pub(crate) fn gather(
        &mut self,
        tx: &Tx,
        holder: &Holder,
        (before, after): (&Promises, &mut Promises),
        rules: &Rulebook,
    ) -> Result<(), Problem> {
        let known: BTreeMap<ObligationId, &Obligation> = before.list.iter().map(|one| (one.id, one)).collect();
        let mut handed_on = Vec::new();
        for obligation in &mut after.list {
            let old = known.get(&obligation.id).copied();
            let unchanged = old.is_some_and(|old| *old == *obligation);
            let had = obligation.whose;
            obligation.whose = obligation.whose_after(old, holder.whose());
            match old {
                None => self.added.push(row(obligation, holder, tx.now(), rules)?.into_active_model()),
                Some(_) if unchanged => {
                    handed_on.extend((had != obligation.whose).then(|| obligation.id.uuid()));
                    continue;
                }
                Some(old) => {
                    obligation.version += 1;
                    // A promise does not know when it was written last; any other instant has the new one written.
                    self.changed.push((row(old, holder, DateTime::UNIX_EPOCH, rules)?, row(obligation, holder, tx.now(), rules)?));
                }
            }
            if old.is_none_or(|old| old.generation != obligation.generation) {
                self.stopped.extend(old.map(|old| old.id.uuid()));
                self.replanned.extend(timer::plan(obligation, rules, old.map(|_| tx.now())));
            }
            record(tx, holder, old, obligation);
        }
        if !handed_on.is_empty() {
            self.handed_on.push((holder.whose(), handed_on));
        }
        Ok(())
    }

    /// Writes it: changed promises in one statement, new ones and the timers of both in others that wait for each other.
    ///
    /// # Errors
    /// 412 when a promise has changed since it was read.
    pub(crate) async fn send(self, tx: &Tx) -> Result<(), Problem> {
        rows::save_all(tx, &self.changed).await?;
        for (whose, promises) in self.handed_on {
            hand_on(tx, promises, whose).await?;
        }
        if !self.added.is_empty() {
            tx.write_later(Entity::insert_many(self.added).into_query());
        }
        timer::replace(tx, self.stopped, self.replanned);
        Ok(())
    }
}

/// Has promises be those of others. That is no change of theirs: the event of what they are about tells it.
async fn hand_on(tx: &Tx, promises: Vec<Uuid>, whose: Whose) -> Result<(), Problem> {
    let change = ActiveModel {
        account_id: Set(whose.account_id.map(AccountId::uuid)),
        site_id: Set(whose.site_id.map(SiteId::uuid)),
        branch_id: Set(whose.branch_id.map(BranchId::uuid)),
        group_id: Set(whose.group_id),
        assignee_id: Set(whose.assignee_id.map(UserId::uuid)),
        ..ActiveModel::default()
    };
    Entity::update_many().set(change).filter(Column::Id.is_in(promises)).exec(tx).await?;
    Ok(())
}

/// Notes what a reader of events wants to know of a changed promise.
fn record(tx: &Tx, holder: &Holder, before: Option<&Obligation>, after: &Obligation) {
    let change = |event: &'static str| holder.change(event, after).after(&ObligationEvent::of(holder, after, tx.now()));
    let breached = after.breached_at.filter(|_| before.is_none_or(|old| old.breached_at.is_none()));
    if let Some(breached) = breached {
        tx.record(change("obligation.breached").occurred_at(breached));
    }
    let state = before.map_or(ObligationState::Running, |old| old.state);
    let event = match (state, after.state) {
        (old, new) if old == new => before.filter(|old| is_recalculated(old, after)).map(|_| "obligation.recalculated"),
        (_, ObligationState::Met) => Some("obligation.met"),
        (_, ObligationState::MissedClosed) => Some("obligation.met_late"),
        (_, ObligationState::Waived) => Some("obligation.waived"),
        (_, ObligationState::Cancelled) => Some("obligation.cancelled"),
        (_, ObligationState::Paused) => Some("obligation.paused"),
        (ObligationState::Paused, ObligationState::Running) => Some("obligation.resumed"),
        (_, ObligationState::Running) => Some("obligation.recalculated"),
        (_, ObligationState::MissedOpen) => breached.is_none().then_some("obligation.recalculated"),
    };
    if let Some(event) = event {
        tx.record(change(event));
    }
}

fn is_recalculated(before: &Obligation, after: &Obligation) -> bool {
    before.generation != after.generation || before.would_not_breach != after.would_not_breach
}

fn row(obligation: &Obligation, holder: &Holder, now: DateTime<Utc>, rules: &Rulebook) -> Result<Model, Problem> {
    let present = obligation.segments.last().ok_or_else(|| Problem::internal("an obligation has no segment"))?;
    let alone = Some(holder).filter(|holder| holder.ticket.is_none());
    let details = Details {
        segments: obligation.segments.clone(),
        pauses: obligation.pauses.clone(),
        pause_states: obligation.pause_states.clone(),
        cause: obligation.cause,
        would_not_breach: obligation.would_not_breach,
        excused: obligation.excused.clone(),
        traits: alone.map(|holder| holder.traits),
    };
    Ok(Model {
        id: obligation.id.uuid(),
        version: obligation.version,
        ticket_id: holder.ticket_id().map(TicketId::uuid),
        subject_type: obligation.subject.map(|subject| subject.kind.to_string()),
        subject_id: obligation.subject.map(|subject| subject.id),
        account_id: obligation.whose.account_id.map(AccountId::uuid),
        site_id: obligation.whose.site_id.map(SiteId::uuid),
        branch_id: obligation.whose.branch_id.map(BranchId::uuid),
        group_id: obligation.whose.group_id,
        assignee_id: obligation.whose.assignee_id.map(UserId::uuid),
        kind: obligation.kind.to_string(),
        cycle: obligation.cycle,
        start_at: obligation.start_at,
        state: obligation.state.to_string(),
        due_at: obligation.due_at,
        satisfied_at: obligation.satisfied_at,
        satisfied_by: obligation.satisfied_by.map(MessageId::uuid),
        breached_at: obligation.breached_at,
        excused_at: obligation.excused.as_ref().map(|excuse| excuse.at),
        taken_s: obligation.satisfied_at.map(|done| obligation.consumed_at(done, rules).num_seconds()),
        policy_version_id: present.policy_version.uuid(),
        calendar_version_id: present.calendar_version.uuid(),
        generation: obligation.generation,
        updated_at: now,
        details: to_json(&details)?,
    })
}

/// The obligation of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn obligation(row: Model) -> Result<Obligation, Problem> {
    let whose = whose_of!(row);
    let details: Details = from_json(row.details)?;
    let kind = row.subject_type.as_deref().map(word).transpose()?;
    Ok(Obligation {
        id: row.id.into(),
        version: row.version,
        subject: kind.zip(row.subject_id).map(|(kind, id)| Subject { kind, id }),
        kind: word(&row.kind)?,
        cycle: row.cycle,
        start_at: row.start_at,
        segments: details.segments,
        pauses: details.pauses,
        pause_states: details.pause_states,
        due_at: row.due_at,
        state: word(&row.state)?,
        satisfied_at: row.satisfied_at,
        satisfied_by: row.satisfied_by.map(Into::into),
        breached_at: row.breached_at,
        cause: details.cause,
        would_not_breach: details.would_not_breach,
        excused: details.excused,
        generation: row.generation,
        whose,
    })
}
