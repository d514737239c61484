//! Firing timers that are due.
//!
//! Of all replicas one runs this, by lease; a batch is one transaction, so a timer fires once however often a step is
//! repeated. After downtime each promise gets one notice for all that fell due meanwhile, stamped with its lateness.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model};
use crate::escalation;
use crate::obligation::{self, Owner, owner, recalculation, standing};
use crate::rulebook::Rules;

/// Timers in one step.
const BATCH: u64 = 200;

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
        let (tickets, subjects) = owners(tx, obligations.iter().copied()).await?;
        let cases = recalculation::cases(tx, &rules, &tickets).await?;
        let standing = standing::of_subjects(tx, &rules, &subjects).await?;
        // Read again now that the owners are held: another worker may have fired some meanwhile.
        let mut by_obligation: BTreeMap<Uuid, Vec<Model>> = BTreeMap::new();
        for timer in unfired(&obligations, tx.now()).all(tx).await? {
            by_obligation.entry(timer.obligation_id).or_default().push(timer);
        }
        let cases = cases.into_iter().map(|case| Owner::Ticket(Box::new(case)));
        let mut owners: Vec<Owner> = cases.chain(standing.into_iter().map(|standing| Owner::Subject(Box::new(standing)))).collect();
        for owner in &mut owners {
            escalation::run::fire(tx, owner, &by_obligation).await?;
        }
        owner::write_all(tx, owners).await?;
        mark_fired(tx, &obligations).await
    }
}

/// What is due and has not fired of these promises.
fn unfired(obligations: &BTreeSet<Uuid>, now: DateTime<Utc>) -> Select<Entity> {
    let of_these = Entity::find().filter(Column::ObligationId.is_in(obligations.iter().copied()));
    of_these.filter(Column::FiredAt.is_null()).filter(Column::FireAt.lte(now))
}

/// The tickets of these promises, and the subjects of those that hang on none.
async fn owners(tx: &Tx, obligations: impl Iterator<Item = Uuid>) -> Result<(Vec<Uuid>, Vec<Uuid>), Problem> {
    let found = obligation::entity::Entity::find().select_only().column(obligation::entity::Column::TicketId);
    let found = found.column(obligation::entity::Column::SubjectId).filter(obligation::entity::Column::Id.is_in(obligations));
    let (mut tickets, mut subjects) = (BTreeSet::new(), BTreeSet::new());
    for (ticket, subject) in found.into_tuple::<(Option<Uuid>, Option<Uuid>)>().all(tx).await? {
        match ticket {
            Some(ticket) => drop(tickets.insert(ticket)),
            None => subjects.extend(subject),
        }
    }
    Ok((tickets.into_iter().collect(), subjects.into_iter().collect()))
}

async fn mark_fired(tx: &Tx, obligations: &BTreeSet<Uuid>) -> Result<(), Problem> {
    let fired = ActiveModel { fired_at: Set(Some(tx.now())), ..ActiveModel::default() };
    let update = Entity::update_many().set(fired).filter(Column::ObligationId.is_in(obligations.iter().copied()));
    update.filter(Column::FiredAt.is_null()).filter(Column::FireAt.lte(tx.now())).exec(tx).await?;
    Ok(())
}
