//! Queries of agents. Every member of staff may see them; no customer may.

use chrono_tz::Tz;
use kernel::Fault;
use kernel::id::{AgentId, CalendarId, UserId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Absence, Agent, Availability, Presence};

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: UserId) -> Result<Agent, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    agent(row.ok_or_else(|| Fault::not_found(AgentId::NOUN))?)
}

/// Every agent, for the roster.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Agent>, Problem> {
    Entity::find().all(db).await?.into_iter().map(agent).collect()
}

/// Demands that the users whom a request names, each with its place there, are agents.
///
/// # Errors
/// 422 with a fault for each that is none.
pub(crate) async fn check_named<C: ConnectionTrait>(db: &C, named: &[(String, UserId)]) -> Result<(), Problem> {
    if named.is_empty() {
        return Ok(());
    }
    let known = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(named.iter().map(|(_, user)| user.uuid())));
    let known: Vec<Uuid> = known.into_tuple().all(db).await?;
    let unknown = named.iter().filter(|(_, user)| !known.contains(&user.uuid()));
    Fault::all(unknown.map(|(pointer, _)| Fault::field(pointer.clone(), "unknown_reference", "There is no such agent.")))?;
    Ok(())
}

/// # Errors
/// 409 `agent_exists`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, agent: &Agent) -> Result<(), Problem> {
    let inserted = Entity::insert(row(agent)?.into_active_model()).exec_without_returning(db).await;
    let exists = || Fault::conflict("agent_exists", "This user is an agent already.").with_conflicts([agent.id.uuid()]);
    inserted.map_err(|error| Problem::from(error).on_unique("agent", exists))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, agent: &Agent) -> Result<(), Problem> {
    rows::save(db, row(agent)?, agent.id.uuid(), agent.stamp.version).await
}

fn row(agent: &Agent) -> Result<Model, Problem> {
    let absence = agent.availability.absence();
    Ok(Model {
        id: agent.id.uuid(),
        version: agent.stamp.version,
        created_at: agent.stamp.created_at,
        updated_at: agent.stamp.updated_at,
        created_by: agent.stamp.created_by,
        updated_by: agent.stamp.updated_by,
        name: agent.name.clone(),
        email: agent.email.clone(),
        phone: agent.phone.clone(),
        told_as: to_json(&agent.told_as)?,
        time_zone: agent.time_zone.name().to_owned(),
        calendar_id: agent.calendar_id.map(CalendarId::uuid),
        branch_ids: to_json(&agent.branch_ids)?,
        territory_ids: to_json(&agent.territory_ids)?,
        skills: to_json(&agent.skills)?,
        capacity_points: agent.capacity_points,
        availability: agent.availability.presence().to_string(),
        out_from: absence.map(|absence| absence.from),
        out_to: absence.and_then(|absence| absence.to),
        cover_agent_id: absence.and_then(|absence| absence.cover).map(UserId::uuid),
        active: agent.active,
    })
}

/// The agent of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn agent(row: Model) -> Result<Agent, Problem> {
    let stamp = stamp_of!(row);
    let availability = match (word(&row.availability)?, row.out_from) {
        (Presence::Available, _) => Availability::Available,
        (Presence::Busy, _) => Availability::Busy,
        (Presence::Out, Some(from)) => Availability::Out(Absence { from, to: row.out_to, cover: row.cover_agent_id.map(Into::into) }),
        (Presence::Out, None) => return Err(Problem::internal("an absence has no start")),
    };
    Ok(Agent {
        id: row.id.into(),
        stamp,
        name: row.name,
        email: row.email,
        phone: row.phone,
        told_as: from_json(row.told_as)?,
        time_zone: row.time_zone.parse::<Tz>().map_err(|_| Problem::internal("an agent's time zone is unknown"))?,
        calendar_id: row.calendar_id.map(Into::into),
        branch_ids: from_json(row.branch_ids)?,
        territory_ids: from_json(row.territory_ids)?,
        skills: from_json(row.skills)?,
        capacity_points: row.capacity_points,
        availability,
        active: row.active,
    })
}
