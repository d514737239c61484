//! Operations on merges.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::TicketId;
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
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::{Column, Entity};
use super::model::Merge;
use super::store;
use super::wire::{MergeTicket, MergeView, MergedView};
use crate::Tickets;
use crate::access::{MergeTickets, ReadTickets};
use crate::message;
use crate::obligation::recalculation;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::ticket::store::MAX_MERGES;
use crate::ticket::wire::{TicketPath, TicketView};
use crate::ticket::{self, event};

pub(crate) fn operations() -> Operations {
    operations!["merges"; merge, unmerge, list]
}

/// What the list of a ticket's merges can be asked for.
pub(crate) struct MergeList;

impl ListSpec for MergeList {
    type Entity = Entity;
    type View = MergeView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("source_id", Column::SourceId),
        Field::uuid("target_id", Column::TargetId),
        Field::instant("undone_at", Column::UndoneAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List the merges from and into a ticket, the newest first.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/merges", params(TicketPath, Listing<MergeList>), responses((status = 200, body = Page<MergeView>)))]
async fn list(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    listing: Listing<MergeList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find(app.db.read(), caller.scope(), path.ticket_id).await?;
    let page = listing.page(app.db.read(), store::visible(caller.scope(), ticket.id)).await?;
    listing.reply(&page.try_map(|row| store::merge(row).map(|merge| MergeView::from(&merge)))?)
}

/// Merge a ticket into another: they become one conversation.
///
/// The other ticket keeps its status, except that it is taken up again when it was resolved and this one was open. Its messages
/// stay as they are; this ticket's are shown among them. The earlier start counts for the first response, and what is promised
/// on this ticket ends. Tickets of different accounts, and a confidential with an open one, stay apart.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/merge", params(TicketPath), request_body = MergeTicket,
    responses((status = 200, body = MergedView)))]
async fn merge(
    caller: Caller<MergeTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<MergeTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.merge", async |tx| {
            let (source, target) = (path.ticket_id, root(tx, caller.scope(), command.into_ticket_id).await?);
            let (mut source, mut target) = pair(tx, &app, caller.scope(), (source, target)).await?;
            source.ticket.demand_unmerged()?;
            expected.check(source.ticket.stamp.version - 1)?;
            let merge = Merge::join(&mut source, &mut target, command.reason.clone(), Touch::of(tx))?;
            demand_shallow(tx, &source.ticket).await?;
            store::insert(tx, &merge).await?;
            told(tx, "ticket.merge_recorded", (&mut source, &mut target), &merge).await?;
            let view = MergedView { merge: MergeView::from(&merge), ticket: TicketView::of(&target.ticket, caller.scope()) };
            Ok(Reply::ok(&view)?.tagged(target.ticket.stamp.version))
        })
        .await
}

/// Take a merged ticket out of the other again.
///
/// It gets back what came with it and stands where it stood; what was written since stays on the other ticket.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/unmerge", params(TicketPath), responses((status = 200, body = TicketView)))]
async fn unmerge(caller: Caller<MergeTickets>, path: Path<TicketPath>, expected: IfMatch, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket.unmerge", async |tx| {
            let seen = ticket::store::find(tx, caller.scope(), path.ticket_id).await?;
            expected.check(seen.stamp.version)?;
            let merge = store::present(tx, seen.id).await?;
            let (mut source, mut target) = pair(tx, &app, caller.scope(), (seen.id, merge.target_id)).await?;
            expected.check(source.ticket.stamp.version - 1)?;
            let merge = store::present(tx, seen.id).await?;
            let remaining = remaining(tx, &source.ticket, &target.ticket).await?;
            let window = source.rules.settings.unmerge_window();
            let merge = merge.part(&mut source, &mut target, &remaining, (window, Touch::of(tx)))?;
            store::save(tx, &merge).await?;
            told(tx, "ticket.merge_undone", (&mut source, &mut target), &merge).await?;
            Ok(Reply::ok(&TicketView::of(&source.ticket, caller.scope()))?.tagged(source.ticket.stamp.version))
        })
        .await
}

/// The ticket that a merge into `id` goes to.
async fn root(tx: &Tx, scope: &RowScope, id: TicketId) -> Result<TicketId, Problem> {
    let unknown = || Fault::field("/into_ticket_id", "unknown_reference", "There is no such ticket in reach.");
    Ok(ticket::store::root(tx, scope, id).await?.ok_or_else(unknown)?.id)
}

/// Both tickets, held in the order of their ids, so that two merges of the same tickets wait for each other.
async fn pair(tx: &Tx, app: &Tickets, scope: &RowScope, (source, target): (TicketId, TicketId)) -> Result<(Case, Case), Problem> {
    let source = ticket::store::find(tx, scope, source).await?.id;
    let target = ticket::store::find(tx, scope, target).await?.id;
    if source == target {
        return Err(Fault::conflict("merge_into_itself", "The ticket is that conversation already.").into());
    }
    let rules = app.rules.current(tx).await?;
    let mut cases = recalculation::cases(tx, &rules, &[source.uuid(), target.uuid()]).await?;
    let mut take = |id: TicketId| {
        let place = cases.iter().position(|case| case.ticket.id == id).ok_or_else(|| Fault::not_found(TicketId::NOUN))?;
        Ok::<_, Fault>(cases.swap_remove(place))
    };
    Ok((take(source)?, take(target)?))
}

/// No chain of merges becomes longer than what reads them follows.
async fn demand_shallow(tx: &Tx, source: &Ticket) -> Result<(), Problem> {
    if source.members.len() < MAX_MERGES {
        return Ok(());
    }
    let chosen = ticket::entity::Entity::find().select_only().column(ticket::entity::Column::Id);
    let chosen = chosen.column(ticket::entity::Column::MergedIntoId);
    let chosen = chosen.filter(ticket::entity::Column::Id.is_in(source.members.iter().map(|id| id.uuid())));
    let links: Vec<(Uuid, Option<Uuid>)> = chosen.into_tuple().all(tx).await?;
    let mut level = vec![source.id.uuid()];
    for _ in 1..MAX_MERGES {
        level = links.iter().filter(|(_, into)| into.is_some_and(|into| level.contains(&into))).map(|(id, _)| *id).collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(Fault::conflict("merge_too_deep", "That ticket is at the end of too many merges.").into())
}

/// The messages that the target keeps when the source is taken out of it.
async fn remaining(tx: &Tx, source: &Ticket, target: &Ticket) -> Result<Vec<message::model::Message>, Problem> {
    let all = message::store::conversation(tx, &RowScope::All, target).await?;
    let leaves = |id: TicketId| id == source.id || source.members.contains(&id);
    Ok(all.into_iter().filter(|message| !leaves(message.ticket_id)).collect())
}

/// Writes both tickets, and tells the desk.
async fn told(tx: &Tx, event: &'static str, (source, target): (&mut Case, &mut Case), merge: &Merge) -> Result<(), Problem> {
    commands::write(tx, source).await?;
    commands::write(tx, target).await?;
    let view = MergeView::from(merge);
    for ticket in [&source.ticket, &target.ticket] {
        tx.record(event::internal(event, ticket).after(&view).reason(merge.reason.clone()));
    }
    let ticket = &target.ticket;
    let name = if merge.undone_at.is_some() { "merge.undone" } else { "merge.made" };
    let change = Change::new(name, "merge", merge.id, merge.stamp.version).account(ticket.account_id).branch(ticket.branch_id);
    tx.record(change.after(&view));
    Ok(())
}
