//! Operations on obligations.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::ObligationId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{CursorKey, Field, Kind, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;

use super::engine::{Excuse, FixedDue, Obligation};
use super::entity::{Column, Entity};
use super::listed;
use super::owner::Owner;
use super::simulation;
use super::store;
use super::wire::{ExcuseObligation, ExplainQuery, ObligationPath, ObligationView, OverrideObligation};
use crate::Tickets;
use crate::access::{ExcuseObligations, OverrideObligations, ReadTickets};
use crate::ticket;
use crate::ticket::wire::TicketPath;
use crate::vocabulary::{ObligationKind, ObligationState};

pub(crate) fn operations() -> Operations {
    operations!["obligations"; list, excuse, override_due].and(listed::operations()).and(simulation::operations())
}

/// What the list of a ticket's obligations can be asked for.
pub(crate) struct TicketObligationList;

impl ListSpec for TicketObligationList {
    type Entity = Entity;
    type View = ObligationView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("kind", Column::Kind, ObligationKind::TEXTS),
        Field::external("state", Kind::Choice(ObligationState::TEXTS)),
        Field::integer("cycle", Column::Cycle).sortable(),
        Field::instant("start_at", Column::StartAt).sortable(),
        Field::instant("due_at", Column::DueAt).nullable().sortable(),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List a ticket's obligations, and how their due instants came about, the oldest first.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/obligations", params(TicketPath, ExplainQuery, Listing<TicketObligationList>),
    responses((status = 200, body = Page<ObligationView>)))]
async fn list(caller: Caller<ReadTickets>, path: Path<TicketPath>, request: HttpRequest, app: Data<Tickets>) -> Result<Reply, Problem> {
    let key = request.app_data::<Data<CursorKey>>().ok_or_else(|| Problem::internal("there is no key for cursors"))?;
    let (explain, query) = ExplainQuery::of(request.query_string())?;
    let listing = Listing::<TicketObligationList>::parse(&query, key)?.for_request(&request);
    let (db, scope, now) = (app.db.read(), caller.scope(), app.clock.now());
    let ticket = ticket::store::find(db, scope, path.ticket_id).await?;
    let promises = store::shown_of(scope, ticket.id);
    let page = listing.page(db, listed::by_the_clock(&listing, promises, now, app.db.backend())).await?;
    let rules = app.rules.current(db).await?;
    let explain = explain && !scope.is_customer();
    let view = |one: &Obligation| if explain { ObligationView::explained(one, now, &rules) } else { ObligationView::at(one, now, &rules) };
    listing.reply(&page.try_map(|row| store::obligation(row).map(|one| view(&one).for_reader(scope)))?)
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
