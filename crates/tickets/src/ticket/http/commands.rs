//! Changing, deleting and restoring tickets.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;

use crate::Tickets;
use crate::access::EditTickets;
use crate::serving::Served;
use crate::ticket::case::Case;
use crate::ticket::model::Ticket;
use crate::ticket::wire::{PatchTicket, TicketPath, TicketView};
use crate::ticket::{commands, event, store};

pub(super) fn operations() -> Operations {
    operations!["tickets"; patch, delete, restore]
}

/// A ticket may not be moved out of the caller's reach.
fn in_reach(scope: &RowScope, ticket: &Ticket) -> Result<(), Fault> {
    let (branch, account, site) = (ticket.branch_id.map(Into::into), ticket.account_id.map(Into::into), ticket.site_id.map(Into::into));
    if scope.covers(branch, account, site) {
        return Ok(());
    }
    Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach."))
}

/// Applies changes to a ticket and recalculates what depends on them. A ticket of no branch is given the one that serves
/// its new customer, unless the command says that it has none.
pub(super) fn apply(scope: &RowScope, case: &mut Case, (command, served): (PatchTicket, Served), human: bool) -> Result<(), Fault> {
    case.ticket.demand_unmerged()?;
    let (spam, silent, priority) = (command.spam, command.branch_id.is_none(), case.ticket.priority);
    command.apply(&mut case.ticket);
    case.touched(human && case.ticket.priority != priority);
    if let Some(pointer) = served.unknown() {
        return Err(Fault::field(pointer, "unknown_reference", "There is no such account or site in reach."));
    }
    if silent && case.ticket.branch_id.is_none() {
        case.ticket.branch_id = served.branch();
    }
    in_reach(scope, &case.ticket)?;
    case.retrait();
    if let Some(spam) = spam {
        case.mark_spam(spam)?;
    }
    Ok(())
}

/// Writes a case whose members were changed, and tells what they are now.
pub(super) async fn rewritten(tx: &Tx, scope: &RowScope, mut case: Case) -> Result<Reply, Problem> {
    let before = case.before.as_ref().map(|(ticket, _)| TicketView::from(ticket));
    commands::write(tx, &mut case).await?;
    let view = TicketView::of(&case.ticket, scope);
    if case.has_changed() {
        tx.record(event::internal("ticket.updated", &case.ticket).before(&before).after(&view));
    }
    Ok(Reply::ok(&view)?.tagged(case.ticket.stamp.version))
}

/// Changes the members of a ticket.
pub(super) async fn changed(tx: &Tx, scope: &RowScope, mut case: Case, changes: (PatchTicket, Served)) -> Result<Reply, Problem> {
    apply(scope, &mut case, changes, tx.actor().is_human())?;
    rewritten(tx, scope, case).await
}

/// Change a ticket.
///
/// A change of priority, type, account, branch or calendar recalculates its running promises: what was consumed counts.
#[utoipa::path(patch, path = "/v1/tickets/{ticket_id}", params(TicketPath), request_body = PatchTicket, responses((status = 200, body = TicketView)))]
async fn patch(
    caller: Caller<EditTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<PatchTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let served = app.serving.of(command.customer(), command.branch_id.flatten()).await?;
    app.db
        .command(&caller, "ticket.patch", async |tx| {
            let case = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            changed(tx, caller.scope(), case, (command.clone(), served)).await
        })
        .await
}

/// Delete a ticket; it can be restored.
///
/// Its promises are cancelled.
#[utoipa::path(delete, path = "/v1/tickets/{ticket_id}", params(TicketPath), responses((status = 204)))]
async fn delete(caller: Caller<EditTickets>, path: Path<TicketPath>, expected: IfMatch, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.delete", async |tx| {
            let mut case = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            case.ticket.demand_unmerged()?;
            let portal = case.ticket.is_for_customers();
            case.delete()?;
            commands::write(tx, &mut case).await?;
            let change = event::public("ticket.deleted", &case.ticket).deleted();
            tx.record(if portal { change.portal() } else { change });
            Ok(Reply::no_content())
        })
        .await
}

/// Restore a deleted ticket; its promises run on as if it had not been deleted.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/restore", params(TicketPath), responses((status = 200, body = TicketView)))]
async fn restore(caller: Caller<EditTickets>, path: Path<TicketPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.restore", async |tx| {
            let deleted = store::find_deleted(tx, caller.scope(), path.ticket_id).await?;
            let mut case = commands::resume_found(tx, app.rules.current(tx).await?, deleted).await?;
            case.restore();
            commands::write(tx, &mut case).await?;
            tx.record(event::public("ticket.restored", &case.ticket));
            Ok(Reply::ok(&TicketView::of(&case.ticket, caller.scope()))?.tagged(case.ticket.stamp.version))
        })
        .await
}
