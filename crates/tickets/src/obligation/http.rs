//! Operations on obligations.

use std::sync::Arc;

use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::ObligationId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;

use super::engine::{Excuse, FixedDue};
use super::listed;
use super::owner::Owner;
use super::simulation;
use super::store;
use super::wire::{ExcuseObligation, ExplainQuery, ObligationPath, ObligationView, ObligationsView, OverrideObligation};
use crate::Tickets;
use crate::access::{ExcuseObligations, OverrideObligations, ReadTickets};
use crate::ticket;
use crate::ticket::wire::TicketPath;

pub(crate) fn operations() -> Operations {
    operations!["obligations"; list, excuse, override_due].and(listed::operations()).and(simulation::operations())
}

/// List a ticket's obligations, and how their due instants came about.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/obligations", params(TicketPath, ExplainQuery), responses((status = 200, body = ObligationsView)))]
async fn list(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    query: Query<ExplainQuery>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find(app.db.read(), caller.scope(), path.ticket_id).await?;
    let promises = store::of_ticket(app.db.read(), ticket.id).await?;
    let rules = app.rules.current(app.db.read()).await?;
    let now = app.clock.now();
    let explain = query.explain && !caller.scope().is_customer();
    let view = |one| if explain { ObligationView::explained(one, now, &rules) } else { ObligationView::at(one, now, &rules) };
    let shown = promises.list.iter().filter(|one| one.is_shown_to(caller.scope()));
    let data = shown.map(|one| view(one).for_reader(caller.scope())).collect();
    Reply::ok(&ObligationsView { data })
}

/// Excuse a broken promise.
///
/// The breach stays on record and countable; the default figures leave it out.
#[utoipa::path(post, path = "/v1/obligations/{obligation_id}/excuse", params(ObligationPath), request_body = ExcuseObligation,
    responses((status = 200, body = ObligationView)))]
async fn excuse(
    caller: Caller<ExcuseObligations>,
    path: Path<ObligationPath>,
    expected: IfMatch,
    command: Valid<ExcuseObligation>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "obligation.excuse", async |tx| {
            let mut owner = Owner::resume(tx, &app.rules, caller.scope(), path.obligation_id).await?;
            let obligation = owner.promise(path.obligation_id)?;
            expected.check(obligation.version)?;
            obligation.settle(tx.now());
            if obligation.breached_at.is_none() {
                return Err(Fault::conflict("not_breached", "Only a broken promise can be excused.").into());
            }
            obligation.excused = Some(Excuse { by: tx.actor().id, reason: command.reason.clone(), at: tx.now() });
            owner.write(tx).await?;
            let view = shown(&mut owner, path.obligation_id, tx.now())?;
            tx.record(changed("obligation.excused", &mut owner, &view)?.reason(Some(command.reason.clone())));
            Ok(Reply::ok(&view)?.tagged(view.version))
        })
        .await
}

/// Set the due instant of a promise by hand.
#[utoipa::path(post, operation_id = "override", path = "/v1/obligations/{obligation_id}/override", params(ObligationPath), request_body = OverrideObligation,
    responses((status = 200, body = ObligationView)))]
async fn override_due(
    caller: Caller<OverrideObligations>,
    path: Path<ObligationPath>,
    expected: IfMatch,
    command: Valid<OverrideObligation>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "obligation.override", async |tx| {
            let mut owner = Owner::resume(tx, &app.rules, caller.scope(), path.obligation_id).await?;
            let rules = Arc::clone(owner.rules());
            let obligation = owner.promise(path.obligation_id)?;
            expected.check(obligation.version)?;
            let OverrideObligation { due_at, sticky, reason } = command.clone();
            obligation.set_due(tx.now(), FixedDue { due_at, sticky, reason: reason.clone(), by: tx.actor().id }, rules.as_ref())?;
            owner.write(tx).await?;
            let view = shown(&mut owner, path.obligation_id, tx.now())?;
            tx.record(changed("obligation.overridden", &mut owner, &view)?.reason(Some(reason)));
            Ok(Reply::ok(&view)?.tagged(view.version))
        })
        .await
}

fn shown(owner: &mut Owner, id: ObligationId, now: DateTime<Utc>) -> Result<ObligationView, Fault> {
    let rules = Arc::clone(owner.rules());
    Ok(ObligationView::at(owner.promise(id)?, now, &rules))
}

fn changed(event: &'static str, owner: &mut Owner, view: &ObligationView) -> Result<Change, Fault> {
    let holder = owner.holder();
    Ok(holder.change(event, owner.promise(view.id)?).after(view))
}
