//! Operations on scheduling requests.

use actix_web::web::{Data, Path};
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

use super::commands::Matter;
use super::entity::{Column, Entity};
use super::model::SchedulingKind;
use super::state::SchedulingState;
use super::store;
use super::wire::{
    ConfirmSchedulingRequest, CounterSchedulingRequest, CreateSchedulingRequest, DeclineSchedulingRequest, FailSchedulingRequest,
    InformCustomer, RejectCounter, SchedulingRequestPath, SchedulingRequestView,
};
use super::{DecideSchedulingRequests, ReadSchedulingRequests, WriteSchedulingRequests};
use crate::Tickets;
use crate::step::Held;

pub(crate) fn operations() -> Operations {
    operations!["scheduling-requests"; create, list, fetch, confirm, decline, counter, accept, reject, complete, fail, inform]
}

fn view(matter: &Matter, scope: &RowScope, tx: &Tx) -> SchedulingRequestView {
    SchedulingRequestView::at(&matter.request, scope, tx.now())
}

/// Ask for a change of schedule on a ticket.
///
/// The desk decides before the cutoff, or as the policies promise. After the cutoff it is refused unless a reason is stated.
#[utoipa::path(post, path = "/v1/scheduling-requests", request_body = CreateSchedulingRequest, responses((status = 201, body = SchedulingRequestView)))]
async fn create(
    caller: Caller<WriteSchedulingRequests>,
    command: Valid<CreateSchedulingRequest>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "scheduling_request.create", async |tx| {
            let wish = command.clone().into_wish(caller.scope(), tx.now())?;
            let mut matter = Matter::begin(tx, &app.rules, caller.scope(), command.ticket_id, wish).await?;
            matter.write(tx, "scheduling_request.requested").await?;
            let made = view(&matter, caller.scope(), tx);
            Ok(Reply::created(format!("/v1/scheduling-requests/{}", made.id), &made)?.tagged(made.version))
        })
        .await
}

/// What the list of scheduling requests can be asked for.
pub(crate) struct SchedulingRequestList;

impl ListSpec for SchedulingRequestList {
    type Entity = Entity;
    type View = SchedulingRequestView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("ticket_id", Column::TicketId),
        Field::choice("kind", Column::Kind, SchedulingKind::TEXTS),
        Field::choice("state", Column::State, SchedulingState::TEXTS),
        Field::text("service_stop_id", Column::ServiceStopId),
        Field::instant("cutoff_at", Column::CutoffAt).nullable().sortable(),
        Field::instant("expires_at", Column::ExpiresAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List scheduling requests, the newest first.
#[utoipa::path(get, path = "/v1/scheduling-requests", params(Listing<SchedulingRequestList>), responses((status = 200, body = Page<SchedulingRequestView>)))]
async fn list(
    caller: Caller<ReadSchedulingRequests>,
    listing: Listing<SchedulingRequestList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    let view = |row| store::request(row).map(|request| SchedulingRequestView::at(&request, caller.scope(), app.clock.now()));
    listing.reply(&page.try_map(view)?)
}

/// Read one scheduling request.
#[utoipa::path(get, path = "/v1/scheduling-requests/{request_id}", params(SchedulingRequestPath), responses((status = 200, body = SchedulingRequestView)))]
async fn fetch(caller: Caller<ReadSchedulingRequests>, path: Path<SchedulingRequestPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let request = store::find(app.db.read(), caller.scope(), path.request_id).await?;
    Ok(Reply::ok(&SchedulingRequestView::at(&request, caller.scope(), app.clock.now()))?.tagged(request.stamp.version))
}

/// Grant a request.
///
/// With `message` the customer is told in the same step; otherwise name the message that told them before the ticket is resolved.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/confirm", params(SchedulingRequestPath), request_body = ConfirmSchedulingRequest,
    responses((status = 200, body = SchedulingRequestView)))]
async fn confirm(
    caller: Caller<DecideSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    command: Valid<ConfirmSchedulingRequest>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.confirm", "scheduling_request.confirmed");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        matter.request = matter.request.clone().confirm(command.late_reason.clone(), Touch::of(tx))?;
        matter.answered(tx, command.message.clone());
        Ok(())
    })
    .await
}

/// Decline a request.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/decline", params(SchedulingRequestPath), request_body = DeclineSchedulingRequest,
    responses((status = 200, body = SchedulingRequestView)))]
async fn decline(
    caller: Caller<DecideSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    command: Valid<DeclineSchedulingRequest>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.decline", "scheduling_request.declined");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        matter.request = matter.request.clone().decline(command.reason.clone(), Touch::of(tx))?;
        matter.answered(tx, command.message.clone());
        Ok(())
    })
    .await
}

/// Propose another window; the customer accepts or rejects it before it lapses.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/counter", params(SchedulingRequestPath), request_body = CounterSchedulingRequest,
    responses((status = 200, body = SchedulingRequestView)))]
async fn counter(
    caller: Caller<DecideSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    command: Valid<CounterSchedulingRequest>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.counter", "scheduling_request.countered");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        let lasting = matter.lasting();
        matter.request = matter.request.clone().propose(command.window, command.expires_at, lasting, Touch::of(tx))?;
        matter.answered(tx, command.message.clone());
        Ok(())
    })
    .await
}

/// Agree to a counter-proposal; staff do so on the customer's word.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/accept", params(SchedulingRequestPath), responses((status = 200, body = SchedulingRequestView)))]
async fn accept(
    caller: Caller<WriteSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.accept", "scheduling_request.accepted");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        matter.request = matter.request.clone().accept(Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Turn a counter-proposal down; staff do so on the customer's word.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/reject", params(SchedulingRequestPath), request_body = RejectCounter,
    responses((status = 200, body = SchedulingRequestView)))]
async fn reject(
    caller: Caller<WriteSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    command: Valid<RejectCounter>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.reject", "scheduling_request.rejected");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        matter.request = matter.request.clone().reject(command.reason.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Say that a confirmed request was carried out.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/complete", params(SchedulingRequestPath), responses((status = 200, body = SchedulingRequestView)))]
async fn complete(
    caller: Caller<DecideSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.complete", "scheduling_request.completed");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        matter.request = matter.request.clone().complete(Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Say that a confirmed request was not carried out.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/fail", params(SchedulingRequestPath), request_body = FailSchedulingRequest,
    responses((status = 200, body = SchedulingRequestView)))]
async fn fail(
    caller: Caller<DecideSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    command: Valid<FailSchedulingRequest>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.fail", "scheduling_request.failed");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        matter.request = matter.request.clone().fail(command.reason.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Name the message that told the customer what was decided.
#[utoipa::path(post, path = "/v1/scheduling-requests/{request_id}/inform", params(SchedulingRequestPath), request_body = InformCustomer,
    responses((status = 200, body = SchedulingRequestView)))]
async fn inform(
    caller: Caller<DecideSchedulingRequests>,
    path: Path<SchedulingRequestPath>,
    expected: IfMatch,
    command: Valid<InformCustomer>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("scheduling_request.inform", "scheduling_request.informed");
    Matter::take(&app, &caller, (path.request_id, Some(expected)), names, async |matter, tx| {
        let message = matter.said(tx, command.message_id).await?;
        matter.request = matter.request.clone().informed(&message.content, Touch::of(tx))?;
        Ok(())
    })
    .await
}
