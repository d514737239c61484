//! Moving tickets through their states and giving them to people.

use actix_web::web::{Data, Path};
use kernel::id::TicketId;
use platform::caller::{Caller, Permission};
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;

use crate::Tickets;
use crate::access::{AssignTickets, ReopenTickets, ResolveTickets, TransitionTickets};
use crate::link::tracker;
use crate::routing;
use crate::ticket::commands;
use crate::ticket::model::{Move, Resolution};
use crate::ticket::wire::{AssignTicket, MoveTicket, ReopenTicket, ResolveTicket, TicketPath, TicketView};
use crate::vocabulary::Status;

pub(super) fn operations() -> Operations {
    operations!["tickets"; transition, resolve, reopen, assign]
}

/// Takes one step; reopening a closed ticket needs a permission of its own.
async fn take<P: Permission>(
    app: &Tickets,
    caller: &Caller<P>,
    (id, expected): (TicketId, IfMatch),
    name: &'static str,
    step: Move,
) -> Result<Reply, Problem> {
    app.db
        .command(caller, name, async |tx| {
            let mut case = commands::resume(tx, &app.rules, caller.scope(), id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            if case.ticket.status == Status::Closed && step.to == Status::Open {
                caller.demand::<ReopenTickets>()?;
            }
            let step = tracker::with_vendor_thread(tx, id, step.clone()).await?;
            case.move_to(&step, tx.actor().is_human())?;
            commands::write(tx, &mut case).await?;
            Ok(Reply::ok(&TicketView::of(&case.ticket, caller.scope()))?.tagged(case.ticket.stamp.version))
        })
        .await
}

/// Move a ticket to another status.
///
/// An illegal move answers 409 with the statuses that are allowed.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/transition", params(TicketPath), request_body = MoveTicket, responses((status = 200, body = TicketView)))]
async fn transition(
    caller: Caller<TransitionTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<MoveTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    take(&app, &caller, (path.ticket_id, expected), "ticket.transition", Move::from(&*command)).await
}

/// Resolve a ticket.
///
/// Refused while the customer's latest message is unanswered, unless a reason is stated why it needs no reply.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/resolve", params(TicketPath), request_body = ResolveTicket, responses((status = 200, body = TicketView)))]
async fn resolve(
    caller: Caller<ResolveTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<ResolveTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ResolveTicket { code, summary, no_reply_needed_reason } = command.into_inner();
    let step = Move { resolution: Some(Resolution { code, summary }), no_reply_needed_reason, ..Move::to(Status::Resolved) };
    take(&app, &caller, (path.ticket_id, expected), "ticket.resolve", step).await
}

/// Take a ticket up again.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/reopen", params(TicketPath), request_body = ReopenTicket, responses((status = 200, body = TicketView)))]
async fn reopen(
    caller: Caller<TransitionTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<ReopenTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let step = Move { reason: Some(command.into_inner().reason), ..Move::to(Status::Open) };
    take(&app, &caller, (path.ticket_id, expected), "ticket.reopen", step).await
}

/// Give a ticket to someone, or take it from everyone.
///
/// Somebody who is not of the ticket's group gets it only with an `override_reason`.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/assign", params(TicketPath), request_body = AssignTicket, responses((status = 200, body = TicketView)))]
async fn assign(
    caller: Caller<AssignTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<AssignTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.assign", async |tx| {
            let mut case = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            case.ticket.demand_unmerged()?;
            case.assign(command.assignee_id, command.group_id, tx.actor().is_human());
            routing::commands::given_by_hand(tx, &app.rules, &mut case, command.override_reason.clone(), "").await?;
            commands::write(tx, &mut case).await?;
            Ok(Reply::ok(&TicketView::of(&case.ticket, caller.scope()))?.tagged(case.ticket.stamp.version))
        })
        .await
}
