//! What an agent is doing: when it was last given a ticket, and which step of its absence comes next.
//!
//! Whoever gives work by rule first holds the rows of all who could get it, in the order of their ids, and reads loads after
//! that; so two routings at once see each other's assignments and never fill an agent twice.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::id::UserId;
use kernel::words;
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::word_or_none;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::model::{Agent, Availability};

pub(crate) mod entity {
    //! Rows of the table `agent_duty`, one for each agent.
    #![expect(unreachable_pub, reason = "the derive makes public types of these")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent_duty")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub last_assigned_at: Option<DateTimeUtc>,
        pub step: Option<String>,
        /// When the step is to be taken.
        pub due_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{ActiveModel, Column, Entity, Model};

words! {
    /// What is to be done about an absence.
    pub enum Step {
        /// It begins: urgent work goes to the cover.
        Offer = "offer",
        /// It ends: what the cover has not touched comes back.
        HandBack = "hand_back",
    }
}

/// The step that comes next, and when; without an instant it waits for the agent to be back.
pub(crate) type Plan = Option<(Step, Option<DateTime<Utc>>)>;

/// What an agent's new availability asks for, after what was planned for the old one.
pub(crate) fn planned(before: Plan, availability: &Availability, now: DateTime<Utc>) -> Plan {
    match (availability, before) {
        (Availability::Out(absence), _) => Some((Step::Offer, Some(absence.from))),
        // Back early, while others cover.
        (Availability::Available | Availability::Busy, Some((Step::HandBack, _))) => Some((Step::HandBack, Some(now))),
        (Availability::Available | Availability::Busy, Some((Step::Offer, _)) | None) => None,
    }
}

/// A new agent's duty.
pub(crate) fn begin(tx: &Tx, agent: &Agent) {
    let plan = planned(None, &agent.availability, tx.now());
    let row = Model {
        id: agent.id.uuid(),
        last_assigned_at: None,
        step: plan.map(|(step, _)| step.to_string()),
        due_at: plan.and_then(|(_, due)| due),
    };
    tx.write_later(Entity::insert(row.into_active_model()).into_query());
}

/// Plans the next step of an agent's absence.
pub(crate) async fn plan(tx: &Tx, agent: UserId, plan: Plan) -> Result<(), Problem> {
    let change = ActiveModel {
        step: Set(plan.map(|(step, _)| step.to_string())),
        due_at: Set(plan.and_then(|(_, due)| due)),
        ..ActiveModel::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(agent.uuid())).exec(tx).await?;
    Ok(())
}

/// What is planned for an agent, held.
pub(crate) async fn plan_of(tx: &Tx, agent: UserId) -> Result<Plan, Problem> {
    let row = Entity::find_by_id(agent.uuid()).lock_exclusive().one(tx).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(word_or_none(row.step.as_deref())?.map(|step| (step, row.due_at)))
}

/// Agents with a step that is due, the longest due first.
pub(crate) async fn due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<UserId>, Problem> {
    let due = Entity::find().select_only().column(Column::Id).filter(Expr::cust("due_at IS NOT NULL")).filter(Column::DueAt.lte(now));
    let due: Vec<Uuid> = due.order_by_asc(Column::DueAt).order_by_asc(Column::Id).limit(limit).into_tuple().all(db).await?;
    Ok(due.into_iter().map(Into::into).collect())
}

/// Holds agents until the transaction ends; when each was last given a ticket.
pub(crate) async fn hold(tx: &Tx, agents: &[UserId]) -> Result<BTreeMap<UserId, Option<DateTime<Utc>>>, Problem> {
    last_assigned(tx, agents, true).await
}

/// When each agent was last given a ticket.
pub(crate) async fn last_assigned<C: ConnectionTrait>(
    db: &C,
    agents: &[UserId],
    held: bool,
) -> Result<BTreeMap<UserId, Option<DateTime<Utc>>>, Problem> {
    let rows = Entity::find().filter(Column::Id.is_in(agents.iter().map(|agent| agent.uuid()))).order_by_asc(Column::Id);
    let rows = if held { rows.lock_exclusive() } else { rows };
    Ok(rows.all(db).await?.into_iter().map(|row| (row.id.into(), row.last_assigned_at)).collect())
}

/// Notes that an agent was given a ticket.
pub(crate) async fn assigned(tx: &Tx, agent: UserId) -> Result<(), Problem> {
    let change = ActiveModel { last_assigned_at: Set(Some(tx.now())), ..ActiveModel::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(agent.uuid())).exec(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::model::Absence;

    #[test]
    fn the_next_step_follows_from_the_availability_and_from_what_was_planned() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (now, from, to) = (at("2026-03-02T15:00:00Z"), at("2026-03-03T15:00:00Z"), at("2026-03-04T15:00:00Z"));
        let out = Availability::Out(Absence { from, to: Some(to), cover: None });
        let offer = Some((Step::Offer, Some(from)));
        let hand_back = Some((Step::HandBack, Some(to)));
        for (before, availability, expected) in [
            (None, out, offer),
            (offer, out, offer),
            (hand_back, out, offer),
            (None, Availability::Available, None),
            (offer, Availability::Available, None),
            (offer, Availability::Busy, None),
            (hand_back, Availability::Available, Some((Step::HandBack, Some(now)))),
            (Some((Step::HandBack, None)), Availability::Busy, Some((Step::HandBack, Some(now)))),
        ] {
            assert_eq!(planned(before, &availability, now), expected, "{before:?} {availability:?}");
        }
    }
}
