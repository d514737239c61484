//! Operations on agents.

use actix_web::web::{Data, Path};
use kernel::id::{GroupId, TerritoryId, UserId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::entity::{Column, Entity};
use super::model::{Agent, Presence};
use super::wire::{AgentPath, AgentView, AvailabilityTerms, CreateAgent, PatchAgent};
use super::{duty, store};
use crate::access::{ChangeAvailability, ReadAgents, WriteAgents};
use crate::routing::roster;
use crate::{Tickets, calendar, group, territory};

pub(crate) fn operations() -> Operations {
    operations!["agents"; create, list, fetch, patch, set_availability]
}

fn changed(event: &'static str, view: &AgentView) -> Change {
    Change::new(event, "agent", view.id, view.version).after(view)
}

/// Demands that what an agent names exists.
async fn check_references(tx: &Tx, scope: &RowScope, agent: &Agent) -> Result<(), Problem> {
    calendar::store::check_named(tx, scope, agent.calendar_id).await?;
    let territories: Vec<TerritoryId> = agent.territory_ids.clone();
    territory::store::check_named(tx, scope, &territories).await?;
    check_cover(tx, agent, "/availability/cover_agent_id").await
}

async fn check_cover(tx: &Tx, agent: &Agent, pointer: &str) -> Result<(), Problem> {
    let cover = agent.availability.absence().and_then(|absence| absence.cover);
    let named: Vec<(String, UserId)> = cover.map(|cover| (pointer.to_owned(), cover)).into_iter().collect();
    store::check_named(tx, &named).await
}

/// Make a user an agent.
#[utoipa::path(post, path = "/v1/agents", request_body = CreateAgent, responses((status = 201, body = AgentView)))]
async fn create(caller: Caller<WriteAgents>, command: Valid<CreateAgent>, app: Data<Tickets>) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "agent.create", async |tx| {
        let wanted: Vec<GroupId> = command.group_ids.clone();
        let agent = command.clone().into_agent(Touch::of(tx))?;
        check_references(tx, caller.scope(), &agent).await?;
        store::insert(tx, &agent).await?;
        duty::begin(tx, &agent);
        let groups = group::commands::belong(tx, caller.scope(), agent.id, &wanted).await?;
        let view = AgentView::of(&agent, groups);
        tx.record(changed("agent.created", &view));
        Ok(Reply::created(format!("/v1/agents/{}", agent.id), &view)?.tagged(agent.stamp.version))
    })
    .await
}

/// What the list of agents can be asked for.
pub(crate) struct AgentList;

impl ListSpec for AgentList {
    type Entity = Entity;
    type View = AgentView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::choice("availability", Column::Availability, Presence::TEXTS),
        Field::uuid("cover_agent_id", Column::CoverAgentId).nullable(),
        Field::boolean("active", Column::Active),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List agents.
#[utoipa::path(get, path = "/v1/agents", params(Listing<AgentList>), responses((status = 200, body = Page<AgentView>)))]
async fn list(caller: Caller<ReadAgents>, listing: Listing<AgentList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    let groups = group::store::all(app.db.read()).await?;
    let view = |row| store::agent(row).map(|agent| AgentView::of(&agent, group::model::of_agent(&groups, agent.id)));
    listing.reply(&page.try_map(view)?)
}

/// Read one agent.
#[utoipa::path(get, path = "/v1/agents/{agent_id}", params(AgentPath), responses((status = 200, body = AgentView)))]
async fn fetch(caller: Caller<ReadAgents>, path: Path<AgentPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let agent = store::find(app.db.read(), caller.scope(), path.agent_id).await?;
    let groups = group::store::all(app.db.read()).await?;
    Ok(Reply::ok(&AgentView::of(&agent, group::model::of_agent(&groups, agent.id)))?.tagged(agent.stamp.version))
}

/// Change an agent.
#[utoipa::path(patch, path = "/v1/agents/{agent_id}", params(AgentPath), request_body = PatchAgent, responses((status = 200, body = AgentView)))]
async fn patch(
    caller: Caller<WriteAgents>,
    path: Path<AgentPath>,
    expected: IfMatch,
    command: Valid<PatchAgent>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "agent.patch", async |tx| {
        let current = store::find(tx, caller.scope(), path.agent_id).await?;
        expected.check(current.stamp.version)?;
        let before = AgentView::of(&current, group::store::of_agent(tx, current.id).await?);
        let wanted = command.group_ids.clone().unwrap_or_else(|| before.group_ids.clone());
        let next = command.clone().apply(current, Touch::of(tx))?;
        check_references(tx, caller.scope(), &next).await?;
        let groups = group::commands::belong(tx, caller.scope(), next.id, &wanted).await?;
        saved(tx, &next, &before, AgentView::of(&next, groups)).await
    })
    .await
}

async fn saved(tx: &Tx, agent: &Agent, before: &AgentView, view: AgentView) -> Result<Reply, Problem> {
    store::save(tx, agent).await?;
    tx.record(changed("agent.updated", &view).before(before));
    Ok(Reply::ok(&view)?.tagged(agent.stamp.version))
}

/// Say whether an agent takes work, and who covers while it does not.
///
/// Everybody may say it of themselves. From the start of an absence new work goes to the cover, and open work that is urgent or high
/// is offered to it; what the cover has not touched comes back at the end.
#[utoipa::path(put, path = "/v1/agents/{agent_id}/availability", params(AgentPath), request_body = AvailabilityTerms,
    responses((status = 200, body = AgentView)))]
async fn set_availability(
    caller: Caller<ChangeAvailability>,
    path: Path<AgentPath>,
    expected: IfMatch,
    command: Valid<AvailabilityTerms>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    if caller.actor().id != path.agent_id.uuid() {
        caller.demand::<WriteAgents>()?;
    }
    roster::command(&app, &caller, "agent.set_availability", async |tx| {
        let current = store::find(tx, caller.scope(), path.agent_id).await?;
        expected.check(current.stamp.version)?;
        let groups = group::store::of_agent(tx, current.id).await?;
        let before = AgentView::of(&current, groups.clone());
        let availability = command.checked(current.id, tx.now())?;
        let next = Agent { availability, stamp: current.stamp.touched(Touch::of(tx)), ..current };
        check_cover(tx, &next, "/cover_agent_id").await?;
        duty::plan(tx, next.id, duty::planned(duty::plan_of(tx, next.id).await?, &availability, tx.now())).await?;
        saved(tx, &next, &before, AgentView::of(&next, groups)).await
    })
    .await
}
