//! Operations on simulations. They store nothing.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::model::Simulation;
use super::wire::{ObligationSimulation, SimulateObligations, SimulateTicketObligations};
use crate::Tickets;
use crate::access::{ReadPolicies, ReadTickets};
use crate::obligation;
use crate::ticket;
use crate::ticket::case::Case;
use crate::ticket::wire::TicketPath;
use crate::vocabulary::Direction;

pub(crate) fn operations() -> Operations {
    operations!["obligations"; simulate, simulate_ticket]
}

/// See what would be promised to a ticket, with segments, pauses and due instants.
#[utoipa::path(post, path = "/v1/obligations/simulate", request_body = SimulateObligations, responses((status = 200, body = ObligationSimulation)))]
async fn simulate(_caller: Caller<ReadPolicies>, supposed: Valid<SimulateObligations>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let rules = app.rules.current(app.db.read()).await?;
    let start = supposed.start_at.unwrap_or_else(|| app.clock.now());
    let direction = supposed.direction.unwrap_or(Direction::Inbound);
    let simulation = Simulation::open(rules, supposed.ticket, direction, start).through(&supposed.happenings)?;
    Reply::ok(&simulation.seen(supposed.seen_at)?)
}

/// See what would become of a ticket's promises: if it were urgent now, if the customer were waited for.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/obligations/simulate", params(TicketPath), request_body = SimulateTicketObligations,
    responses((status = 200, body = ObligationSimulation)))]
async fn simulate_ticket(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    supposed: Valid<SimulateTicketObligations>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find_for_staff(app.db.read(), caller.scope(), path.ticket_id).await?;
    let rules = app.rules.current(app.db.read()).await?;
    let promises = obligation::store::of_ticket(app.db.read(), ticket.id, rules.settings.known_since(app.clock.now())).await?;
    let now = app.clock.now();
    let case = Case::resume(Arc::clone(&rules), ticket, promises, Touch { by: caller.actor().id, at: now });
    let simulation = Simulation::resume(case, now).through(&supposed.happenings)?;
    Reply::ok(&simulation.seen(supposed.seen_at)?)
}
