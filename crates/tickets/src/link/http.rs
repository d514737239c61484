//! Operations on links.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::TicketId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;
use sea_orm::ConnectionTrait;

use super::model::{Link, LinkKind};
use super::wire::{Children, CreateLink, LinkPath, LinkView, LinksView, StatusCount};
use super::{fan_out, store};
use crate::Tickets;
use crate::access::{EditTickets, ReadTickets};
use crate::ticket;
use crate::ticket::model::Ticket;
use crate::ticket::wire::TicketPath;

pub(crate) fn operations() -> Operations {
    operations!["links"; create, list, remove].and(fan_out::operations())
}

/// What is told of a link; only the desk sees it.
fn changed(event: &'static str, link: &Link, ticket: &Ticket, view: &LinkView) -> Change {
    Change::new(event, "link", link.id, 1).account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id).after(view)
}

/// Link a ticket to another.
///
/// A ticket is the child of one parent at most; a parent of children is their tracker.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/links", params(TicketPath), request_body = CreateLink,
    responses((status = 201, body = LinkView)))]
async fn create(
    caller: Caller<EditTickets>,
    path: Path<TicketPath>,
    command: Valid<CreateLink>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "link.create", async |tx| {
            let link = Link::new(path.ticket_id, command.kind, command.ticket_id, Touch::of(tx))?;
            let (ticket, other) = both(tx, caller.scope(), path.ticket_id, command.ticket_id).await?;
            if link.kind == LinkKind::Parent {
                store::demand_no_circle(tx, link.from, link.to).await?;
            }
            store::insert(tx, &link).await?;
            let view = LinkView::of(&link, command.kind, &other);
            tx.record(changed("link.made", &link, &ticket, &view));
            Reply::created(format!("/v1/tickets/{}/links", ticket.id), &view)
        })
        .await
}

/// Both ends, held in the order of their ids.
async fn both(tx: &Tx, scope: &RowScope, ticket: TicketId, other: TicketId) -> Result<(Ticket, Ticket), Problem> {
    let mut held = BTreeMap::new();
    for id in [ticket.min(other), ticket.max(other)] {
        let found = ticket::store::hold_for_staff(tx, scope, id).await;
        let unknown = || Fault::field("/ticket_id", "unknown_reference", "There is no such ticket in reach.");
        let found = found.map_err(|problem| if id == other && problem.code() == "not_found" { unknown().into() } else { problem })?;
        held.insert(id, found);
    }
    let mut take = |id| held.remove(&id).ok_or_else(|| Fault::not_found(TicketId::NOUN));
    Ok((take(ticket)?, take(other)?))
}

/// List the links of a ticket, with where the other ends stand.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/links", params(TicketPath), responses((status = 200, body = LinksView)))]
async fn list(caller: Caller<ReadTickets>, path: Path<TicketPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let ticket = ticket::store::find_for_staff(db, caller.scope(), path.ticket_id).await?;
    Reply::ok(&links(db, caller.scope(), &ticket).await?)
}

/// The links to what the caller may see.
async fn links<C: ConnectionTrait>(db: &C, scope: &RowScope, ticket: &Ticket) -> Result<LinksView, Problem> {
    let links = store::of_ticket(db, ticket.id).await?;
    let others = store::tickets(db, scope, links.iter().map(|link| link.seen_from(ticket.id).1)).await?;
    let view = |link: &Link| {
        let (kind, other) = link.seen_from(ticket.id);
        others.get(&other).map(|other| LinkView::of(link, kind, other))
    };
    let data: Vec<LinkView> = links.iter().filter_map(view).collect();
    let children = Children::of(data.iter().filter(|link| link.kind == LinkKind::Child));
    Ok(LinksView { data, children })
}

impl Children {
    fn of<'a>(children: impl Iterator<Item = &'a LinkView>) -> Self {
        let mut counts = BTreeMap::new();
        for child in children {
            *counts.entry(child.status).or_insert(0_u32) += 1;
        }
        Self {
            total: counts.values().sum(),
            open: counts.iter().filter(|(status, _)| status.is_open()).map(|(_, count)| count).sum(),
            by_status: counts.into_iter().map(|(status, count)| StatusCount { status, count }).collect(),
        }
    }
}

/// Take a link away.
#[utoipa::path(delete, path = "/v1/tickets/{ticket_id}/links/{link_id}", params(LinkPath), responses((status = 204)))]
async fn remove(caller: Caller<EditTickets>, path: Path<LinkPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "link.remove", async |tx| {
            let ticket = ticket::store::hold_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let link = store::find(tx, ticket.id, path.link_id).await?;
            let (kind, other) = link.seen_from(ticket.id);
            let other = ticket::store::find(tx, caller.scope(), other).await?;
            store::delete(tx, &link).await?;
            let view = LinkView::of(&link, kind, &other);
            tx.record(Change { version: 2, ..changed("link.removed", &link, &ticket, &view) }.deleted());
            Ok(Reply::no_content())
        })
        .await
}
