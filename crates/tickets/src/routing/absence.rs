//! What follows from an absence: urgent work goes to the cover when it begins, and what the cover has not touched comes back.
//!
//! The cover has a ticket at once, so that nothing urgent waits for somebody who is away; the ticket says for whom, and since
//! when. A person's act on it makes it the cover's own. Steps are planned with the availability and claimed by their due instant;
//! one transaction moves a batch, and a ticket that was moved is no longer found, so a step can be repeated.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::id::{GroupId, UserId};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::commands::{self, Grounds};
use super::decision::model::{Decision, Occasion};
use super::engine::Facts;
use super::roster::Roster;
use crate::agent::duty::{self, Step};
use crate::obligation::recalculation;
use crate::rulebook::{Rulebook, Rules};
use crate::ticket::case::Case;
use crate::ticket::commands as tickets;
use crate::ticket::entity::{Column, Entity};
use crate::ticket::model::Ticket;
use crate::vocabulary::Priority;

/// Agents in one step.
const AGENTS: u64 = 20;
/// Tickets in one transaction.
const BATCH: u64 = 100;

/// Takes the steps of absences.
pub(crate) struct Absences {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Absences {
    fn name(&self) -> &'static str {
        "absences"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let due = duty::due(self.db.read(), self.db.clock().now(), AGENTS).await?;
        if due.is_empty() {
            return Ok(Outcome::Idle);
        }
        let mut moved = 0;
        for agent in &due {
            moved += self.db.write("absence.step", async |tx| take_step(tx, &self.rules, *agent).await).await?;
        }
        Ok(Outcome::Worked(Ord::max(moved, 1)))
    }
}

/// Takes the step of an agent's absence that is due; the number of tickets it concerned.
async fn take_step(tx: &Tx, rules: &Rules, agent: UserId) -> Result<u64, Problem> {
    let planned = duty::plan_of(tx, agent).await?;
    let Some((step, _)) = planned.filter(|(_, due)| due.is_some_and(|due| due <= tx.now())) else { return Ok(0) };
    let desk = Desk { rulebook: rules.current(tx).await?, roster: rules.rosters.current(tx).await? };
    match step {
        Step::Offer => desk.offer(tx, agent).await,
        Step::HandBack => desk.hand_back(tx, agent).await,
    }
}

/// The rules and people of one moment.
struct Desk {
    rulebook: Arc<Rulebook>,
    roster: Arc<Roster>,
}

impl Desk {
    async fn cases(&self, tx: &Tx, found: Select<Entity>) -> Result<Vec<Case>, Problem> {
        let ids: Vec<Uuid> = found.select_only().column(Column::Id).limit(BATCH).into_tuple().all(tx).await?;
        recalculation::cases(tx, &self.rulebook, &ids).await
    }

    async fn offer(&self, tx: &Tx, agent: UserId) -> Result<u64, Problem> {
        let away = self.roster.agents.get(&agent);
        let Some((away, absence)) = away.and_then(|away| Some((away, away.absence_at(tx.now())?))) else {
            // It was over before anybody looked.
            duty::plan(tx, agent, None).await?;
            return Ok(1);
        };
        let cover = self.roster.stand_in(away, tx.now()).map(|cover| cover.id);
        let pressing = Entity::find()
            .filter(Expr::cust("open"))
            .filter(Column::AssigneeId.eq(agent.uuid()))
            .filter(Column::Priority.is_in([Priority::Urgent.as_str(), Priority::High.as_str()]));
        let cases = if cover.is_some() { self.cases(tx, pressing).await? } else { Vec::new() };
        let count = cases.len();
        for mut case in cases {
            let decision = self.given(&case.ticket, cover, Some(agent));
            case.ticket.take(&decision, tx.now());
            self.write(tx, case, (Occasion::Covering, decision)).await?;
        }
        self.next(tx, agent, count, Some((Step::HandBack, absence.to))).await
    }

    async fn hand_back(&self, tx: &Tx, agent: UserId) -> Result<u64, Problem> {
        let active = self.roster.agents.get(&agent).is_some_and(|agent| agent.active);
        let cases = self.cases(tx, Entity::find().filter(Column::CoverForId.eq(agent.uuid()))).await?;
        let count = cases.len();
        for mut case in cases {
            if active && case.ticket.is_open() && is_untouched(&case.ticket) {
                let decision = self.given(&case.ticket, Some(agent), None);
                case.ticket.take(&decision, tx.now());
                self.write(tx, case, (Occasion::Returned, decision)).await?;
            } else {
                (case.ticket.cover_for_id, case.ticket.cover_since) = (None, None);
                tickets::write(tx, &mut case).await?;
            }
        }
        self.next(tx, agent, count, None).await
    }

    /// Who has the ticket from now on; nobody else was considered.
    fn given(&self, ticket: &Ticket, assignee_id: Option<UserId>, cover_for_id: Option<UserId>) -> Decision {
        let group = ticket.group_id.and_then(|id| self.roster.groups.get(&GroupId::from(id)));
        let outside = group.zip(assignee_id).is_some_and(|(group, assignee)| !group.members.contains(&assignee));
        let reason = if cover_for_id.is_some() { "Covers for an agent who is away." } else { "Had it before the absence." };
        Decision {
            group_id: ticket.group_id.map(Into::into),
            assignee_id,
            cover_for_id,
            override_reason: outside.then(|| reason.to_owned()),
            ..Decision::default()
        }
    }

    async fn write(&self, tx: &Tx, mut case: Case, (occasion, decision): (Occasion, Decision)) -> Result<(), Problem> {
        tickets::write(tx, &mut case).await?;
        let grounds = Grounds { roster: &self.roster, rulebook: &self.rulebook, facts: &Facts::default() };
        commands::told(tx, grounds, &case.ticket, (occasion, &decision)).await
    }

    /// Plans what follows when no ticket was left.
    async fn next(&self, tx: &Tx, agent: UserId, count: usize, plan: duty::Plan) -> Result<u64, Problem> {
        let count = u64::try_from(count).unwrap_or(BATCH);
        if count < BATCH {
            duty::plan(tx, agent, plan).await?;
        }
        Ok(Ord::max(count, 1))
    }
}

/// True when no person has done anything on it since the cover has it.
fn is_untouched(ticket: &Ticket) -> bool {
    match (ticket.last_human_touch_at, ticket.cover_since) {
        (Some(touched), Some(since)) => touched <= since,
        (touched, _) => touched.is_none(),
    }
}
