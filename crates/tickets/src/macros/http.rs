//! Operations on macros, and applying one to a ticket.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
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
use super::wire::{ApplyMacro, CreateMacro, MacroPath, MacroView, PatchMacro};
use super::{Macro, store};
use crate::Tickets;
use crate::access::{AssignTickets, EditTickets, ReadMacros, ReopenTickets, ResolveTickets, TransitionTickets, WriteMacros, WriteTickets};
use crate::action::{self, Actions, By};
use crate::group;
use crate::notification;
use crate::ticket::wire::{TicketPath, TicketView};
use crate::ticket::{commands, event};
use crate::vocabulary::Status;

pub(crate) fn operations() -> Operations {
    operations!["macros"; create, list, fetch, patch].and(operations!["tickets"; apply_macro])
}

fn changed(event: &'static str, one: &Macro) -> Change {
    Change::new(event, "macro", one.id, one.stamp.version).after(&MacroView::from(one)).branch(one.branch_id)
}

/// A macro is kept within the branches of whoever makes it.
fn in_reach(scope: &RowScope, one: &Macro) -> Result<(), Fault> {
    if scope.covers(one.branch_id.map(Into::into), None, None) {
        return Ok(());
    }
    Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach."))
}

/// Make a macro.
#[utoipa::path(post, path = "/v1/macros", request_body = CreateMacro, responses((status = 201, body = MacroView)))]
async fn create(caller: Caller<WriteMacros>, command: Valid<CreateMacro>, app: Data<Tickets>) -> Result<Reply, Problem> {
    command.actions.checked("/actions", true)?;
    app.db
        .command(&caller, "macro.create", async |tx| {
            group::store::demand(tx, caller.scope(), command.actions.groups("/actions")).await?;
            let one = command.clone().into_macro(Touch::of(tx));
            in_reach(caller.scope(), &one)?;
            store::insert(tx, &one).await?;
            tx.record(changed("macro.created", &one));
            Ok(Reply::created(format!("/v1/macros/{}", one.id), &MacroView::from(&one))?.tagged(1))
        })
        .await
}

/// What the list of macros can be asked for.
struct MacroList;

impl ListSpec for MacroList {
    type Entity = Entity;
    type View = MacroView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::boolean("active", Column::Active),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List macros.
#[utoipa::path(get, path = "/v1/macros", params(Listing<MacroList>), responses((status = 200, body = Page<MacroView>)))]
async fn list(caller: Caller<ReadMacros>, listing: Listing<MacroList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::read(row).map(|one| MacroView::from(&one)))?)
}

/// Read one macro.
#[utoipa::path(get, path = "/v1/macros/{macro_id}", params(MacroPath), responses((status = 200, body = MacroView)))]
async fn fetch(caller: Caller<ReadMacros>, path: Path<MacroPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let one = store::find(app.db.read(), caller.scope(), path.macro_id).await?;
    Ok(Reply::ok(&MacroView::from(&one))?.tagged(one.stamp.version))
}

/// Change a macro.
#[utoipa::path(patch, path = "/v1/macros/{macro_id}", params(MacroPath), request_body = PatchMacro, responses((status = 200, body = MacroView)))]
async fn patch(
    caller: Caller<WriteMacros>,
    path: Path<MacroPath>,
    expected: IfMatch,
    command: Valid<PatchMacro>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    command.actions.as_ref().map_or(Ok(()), |actions| actions.checked("/actions", true))?;
    app.db
        .command(&caller, "macro.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.macro_id).await?;
            expected.check(current.stamp.version)?;
            let before = MacroView::from(&current);
            let groups = command.actions.as_ref().map(|actions| actions.groups("/actions")).unwrap_or_default();
            group::store::demand(tx, caller.scope(), groups).await?;
            let next = command.clone().apply(current, Touch::of(tx));
            in_reach(caller.scope(), &next)?;
            store::save(tx, &next).await?;
            tx.record(changed("macro.updated", &next).before(&before));
            Ok(Reply::ok(&MacroView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// A macro does nothing that its user may not do by hand.
fn demand<P>(caller: &Caller<P>, actions: &Actions, closed: bool) -> Result<(), Problem> {
    let Actions { priority, kind, severity, assignee_id, group_id, add_tags, remove_tags, note, reply, notify: _, transition } = actions;
    if priority.is_some() || kind.is_some() || severity.is_some() || !add_tags.is_empty() || !remove_tags.is_empty() {
        caller.demand::<EditTickets>()?;
    }
    if assignee_id.is_some() || group_id.is_some() {
        caller.demand::<AssignTickets>()?;
    }
    if note.is_some() || reply.is_some() {
        caller.demand::<WriteTickets>()?;
    }
    match transition.as_ref().map(|step| step.to) {
        None => Ok(()),
        Some(Status::Resolved) => caller.demand::<ResolveTickets>(),
        Some(Status::Open) if closed => caller.demand::<ReopenTickets>(),
        Some(_) => caller.demand::<TransitionTickets>(),
    }
}

/// Apply a macro to a ticket.
///
/// All of it or nothing, as the caller's own acts: members first, then what is written, then the status.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/apply-macro", params(TicketPath), request_body = ApplyMacro, responses((status = 200, body = TicketView)))]
async fn apply_macro(
    caller: Caller<ReadMacros>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<ApplyMacro>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.apply_macro", async |tx| {
            let mut case = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            case.ticket.demand_unmerged()?;
            let one = store::find(tx, caller.scope(), command.macro_id).await?;
            usable(&one)?;
            demand(&caller, &one.actions, case.ticket.status == Status::Closed)?;
            let before = TicketView::from(&case.ticket);
            let words = action::apply(&one.actions, &mut case, By::of(tx.actor(), &one.name))?;
            commands::write(tx, &mut case).await?;
            notification::tell_all(tx, &case.rules, words).await?;
            let view = TicketView::of(&case.ticket, caller.scope());
            tx.record(event::internal("ticket.updated", &case.ticket).before(&before).after(&view).reason(Some(one.name)));
            Ok(Reply::ok(&view)?.tagged(case.ticket.stamp.version))
        })
        .await
}

fn usable(one: &Macro) -> Result<(), Fault> {
    if one.active { Ok(()) } else { Err(Fault::conflict("macro_inactive", "This macro is not in use.")) }
}
