//! Operations on emergencies.

use actix_web::web::{Data, Path};
use kernel::id::{MessageId, OnCallScheduleId};
use kernel::{Fault, FaultKind};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::commands::Alert;
use super::entity::{Column, Entity};
use super::state::EmergencyState;
use super::store;
use super::wire::{CallOffEmergency, DispatchEmergency, EmergencyPath, EmergencyView, PatchEmergency, RaiseEmergency, TellOfEmergency};
use super::{CallOffEmergencies, ReadEmergencies, WorkEmergencies, WriteEmergencies};
use crate::message::model::Message;
use crate::step::{Held, Names};
use crate::ticket::commands;
use crate::{Tickets, message, oncall_schedule};

pub(crate) fn operations() -> Operations {
    operations!["emergencies"; raise, list, fetch, patch, acknowledge, dispatch, contain, inform, close_loop, call_off]
}

/// Raise an emergency on an open ticket.
///
/// A ticket that becomes a service emergency raises one by itself. The people on call are paged until somebody acknowledges it.
#[utoipa::path(post, path = "/v1/emergencies", request_body = RaiseEmergency, responses((status = 201, body = EmergencyView)))]
async fn raise(caller: Caller<WriteEmergencies>, command: Valid<RaiseEmergency>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "emergency.raise", async |tx| {
            check_schedule(tx, caller.scope(), command.schedule_id).await?;
            let mut case = commands::resume(tx, &app.rules, caller.scope(), command.ticket_id).await?;
            case.ticket.demand_no_emergency()?;
            if !case.ticket.is_open() {
                return Err(Fault::conflict("ticket_not_open", "An emergency is raised on an open ticket.").into());
            }
            let id = case.raise(command.hazard_code.clone(), command.schedule_id);
            commands::write(tx, &mut case).await?;
            commands::tell_touch(tx, &case);
            let made = EmergencyView::of(&store::find(tx, caller.scope(), id).await?, caller.scope().is_customer());
            Ok(Reply::created(format!("/v1/emergencies/{id}"), &made)?.tagged(made.version))
        })
        .await
}

/// # Errors
/// 422 at `/schedule_id` when the schedule that is named, if any, is none in reach.
async fn check_schedule(tx: &Tx, scope: &RowScope, id: Option<OnCallScheduleId>) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    match oncall_schedule::store::find(tx, scope, id).await {
        Err(problem) if problem.code() == "not_found" => {
            Err(Fault::field("/schedule_id", "unknown_reference", "There is no such on-call schedule in reach.").into())
        }
        outcome => outcome.map(|_| ()),
    }
}

/// What the list of emergencies can be asked for.
pub(crate) struct EmergencyList;

impl ListSpec for EmergencyList {
    type Entity = Entity;
    type View = EmergencyView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("ticket_id", Column::TicketId),
        Field::choice("state", Column::State, EmergencyState::TEXTS),
        Field::text("hazard_code", Column::HazardCode).nullable(),
        Field::instant("raised_at", Column::RaisedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-raised_at";
}

/// List emergencies, the latest first.
#[utoipa::path(get, path = "/v1/emergencies", params(Listing<EmergencyList>), responses((status = 200, body = Page<EmergencyView>)))]
async fn list(caller: Caller<ReadEmergencies>, listing: Listing<EmergencyList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let customer = caller.scope().is_customer();
    if customer && listing.filters_on("state").next().is_some() {
        let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The list cannot be filtered like this.");
        return Err(fault.and_field("?filter[state]", "unknown_parameter", "There is no such filter.").into());
    }
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::emergency(row).map(|one| EmergencyView::of(&one, customer)))?)
}

/// Read one emergency.
#[utoipa::path(get, path = "/v1/emergencies/{emergency_id}", params(EmergencyPath), responses((status = 200, body = EmergencyView)))]
async fn fetch(caller: Caller<ReadEmergencies>, path: Path<EmergencyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let emergency = store::find(app.db.read(), caller.scope(), path.emergency_id).await?;
    Ok(Reply::ok(&EmergencyView::of(&emergency, caller.scope().is_customer()))?.tagged(emergency.stamp.version))
}

/// Say what the hazard is.
#[utoipa::path(patch, path = "/v1/emergencies/{emergency_id}", params(EmergencyPath), request_body = PatchEmergency,
    responses((status = 200, body = EmergencyView)))]
async fn patch(
    caller: Caller<WriteEmergencies>,
    path: Path<EmergencyPath>,
    expected: IfMatch,
    command: Valid<PatchEmergency>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("emergency.patch", "emergency.updated");
    Alert::take(&app, &caller, (path.emergency_id, Some(expected)), names, async |alert, tx| {
        let hazard_code = command.hazard_code.clone().unwrap_or_else(|| alert.emergency.hazard_code.clone());
        alert.emergency = alert.emergency.clone().known_as(hazard_code, Touch::of(tx));
        Ok(())
    })
    .await
}

/// Take charge of an emergency: nobody else is paged.
///
/// It names no version: whoever answers first takes charge, whatever page was sent meanwhile.
#[utoipa::path(post, path = "/v1/emergencies/{emergency_id}/acknowledge", params(EmergencyPath), responses((status = 200, body = EmergencyView)))]
async fn acknowledge(caller: Caller<WorkEmergencies>, path: Path<EmergencyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let names = ("emergency.acknowledge", "emergency.acknowledged");
    Alert::take(&app, &caller, (path.emergency_id, None), names, async |alert, tx| alert.acknowledge(tx, None).await).await
}

/// Say who is sent, and when they are to arrive; again when others are.
#[utoipa::path(post, path = "/v1/emergencies/{emergency_id}/dispatch", params(EmergencyPath), request_body = DispatchEmergency,
    responses((status = 200, body = EmergencyView)))]
async fn dispatch(
    caller: Caller<WorkEmergencies>,
    path: Path<EmergencyPath>,
    expected: IfMatch,
    command: Valid<DispatchEmergency>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("emergency.dispatch", "emergency.dispatched");
    Alert::take(&app, &caller, (path.emergency_id, Some(expected)), names, async |alert, tx| {
        alert.emergency = alert.emergency.clone().send(command.to.clone(), command.eta, Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Say that the danger is contained.
#[utoipa::path(post, path = "/v1/emergencies/{emergency_id}/contain", params(EmergencyPath), responses((status = 200, body = EmergencyView)))]
async fn contain(
    caller: Caller<WorkEmergencies>,
    path: Path<EmergencyPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("emergency.contain", "emergency.contained");
    Alert::take(&app, &caller, (path.emergency_id, Some(expected)), names, async |alert, tx| {
        alert.emergency = alert.emergency.clone().contain(Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// What a message to the customer settles of an emergency.
type Settling = fn(&mut Alert, &Message, Touch) -> Result<(), Fault>;

async fn told(
    app: &Tickets,
    caller: &Caller<WorkEmergencies>,
    (path, expected): (Path<EmergencyPath>, IfMatch),
    names: Names,
    (message, settle): (MessageId, Settling),
) -> Result<Reply, Problem> {
    Alert::take(app, caller, (path.emergency_id, Some(expected)), names, async |alert, tx| {
        let message = message::store::named(tx, &alert.case.ticket, message).await?;
        Ok(settle(alert, &message, Touch::of(tx))?)
    })
    .await
}

/// Name the message or call by which a person told the customer how it stands, after it was acknowledged.
#[utoipa::path(post, path = "/v1/emergencies/{emergency_id}/inform", params(EmergencyPath), request_body = TellOfEmergency,
    responses((status = 200, body = EmergencyView)))]
async fn inform(
    caller: Caller<WorkEmergencies>,
    path: Path<EmergencyPath>,
    expected: IfMatch,
    command: Valid<TellOfEmergency>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("emergency.inform", "emergency.customer_informed");
    told(&app, &caller, (path, expected), names, (command.message_id, Alert::inform)).await
}

/// Name the message or call by which a person told the customer that it is over, after it was contained.
#[utoipa::path(post, path = "/v1/emergencies/{emergency_id}/close-loop", params(EmergencyPath), request_body = TellOfEmergency,
    responses((status = 200, body = EmergencyView)))]
async fn close_loop(
    caller: Caller<WorkEmergencies>,
    path: Path<EmergencyPath>,
    expected: IfMatch,
    command: Valid<TellOfEmergency>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("emergency.close_loop", "emergency.loop_closed");
    told(&app, &caller, (path, expected), names, (command.message_id, Alert::close_loop)).await
}

/// Say that it was no emergency, and why.
#[utoipa::path(post, path = "/v1/emergencies/{emergency_id}/call-off", params(EmergencyPath), request_body = CallOffEmergency,
    responses((status = 200, body = EmergencyView)))]
async fn call_off(
    caller: Caller<CallOffEmergencies>,
    path: Path<EmergencyPath>,
    expected: IfMatch,
    command: Valid<CallOffEmergency>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("emergency.call_off", "emergency.called_off");
    Alert::take(&app, &caller, (path.emergency_id, Some(expected)), names, async |alert, tx| {
        alert.call_off(tx, command.reason.clone()).await
    })
    .await
}
