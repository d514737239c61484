//! Operations on watchers.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::TicketId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::{WatchedBy, Watcher, WatcherType};
use super::store;
use crate::Tickets;
use crate::access::{ReadTickets, WorkTickets};
use crate::ticket;
use crate::ticket::model::Ticket;
use crate::ticket::wire::TicketPath;

pub(crate) fn operations() -> Operations {
    operations!["watchers"; list, add, remove]
}

/// Names one watcher of a ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WatcherPath {
    /// The ticket.
    ticket_id: TicketId,
    /// The watcher's entry.
    watcher_id: Uuid,
}

/// Who shall watch a ticket.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AddWatcher {
    #[serde(rename = "type")]
    kind: WatcherType,
    /// The user or the group.
    id: Uuid,
}

/// What the list of watchers can be asked for.
pub(crate) struct WatcherList;

impl ListSpec for WatcherList {
    type Entity = Entity;
    type View = Watcher;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("type", Column::Kind, WatcherType::TEXTS),
        Field::uuid("watcher_id", Column::WatcherId),
        Field::choice("source", Column::Source, WatchedBy::TEXTS),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List who watches a ticket.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/watchers", params(TicketPath, Listing<WatcherList>), responses((status = 200, body = Page<Watcher>)))]
async fn list(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    listing: Listing<WatcherList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find_for_staff(app.db.read(), caller.scope(), path.ticket_id).await?;
    let page = listing.page(app.db.read(), store::of_ticket(ticket.id)).await?;
    listing.reply(&page.try_map(store::watcher)?)
}

/// Have someone watch a ticket.
///
/// 409 `already_watching` for whoever does so already.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/watchers", params(TicketPath), request_body = AddWatcher, responses((status = 201, body = Watcher)))]
async fn add(
    caller: Caller<WorkTickets>,
    path: Path<TicketPath>,
    command: Valid<AddWatcher>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "watcher.add", async |tx| {
            let ticket = ticket::store::find_for_staff(tx, caller.scope(), path.ticket_id).await?;
            ticket.demand_unmerged()?;
            let watcher = Watcher::new(ticket.id, (command.kind, command.id), WatchedBy::Hand, Touch::of(tx));
            if !watch(tx, &ticket, &watcher).await? {
                return Err(Fault::conflict("already_watching", "This user or group watches the ticket already.").into());
            }
            Reply::created(format!("/v1/tickets/{}/watchers", ticket.id), &watcher)
        })
        .await
}

/// Adds a watcher and tells it; false when it watches already.
pub(crate) async fn watch(tx: &Tx, ticket: &Ticket, watcher: &Watcher) -> Result<bool, Problem> {
    let added = store::insert(tx, watcher).await?;
    if added {
        ticket::store::mark_watched(tx, ticket).await?;
        tx.record(change("watcher.added", ticket, watcher, 1).after(watcher));
    }
    Ok(added)
}

fn change(event: &'static str, ticket: &Ticket, watcher: &Watcher, version: i64) -> Change {
    Change::new(event, "watcher", watcher.id, version).account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id)
}

/// End someone's watching.
#[utoipa::path(delete, path = "/v1/tickets/{ticket_id}/watchers/{watcher_id}", params(WatcherPath), responses((status = 204)))]
async fn remove(caller: Caller<WorkTickets>, path: Path<WatcherPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "watcher.remove", async |tx| {
            let ticket = ticket::store::find_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let watcher = store::find(tx, ticket.id, path.watcher_id).await?;
            store::delete(tx, watcher.id).await?;
            tx.record(change("watcher.removed", &ticket, &watcher, 2).before(&watcher).deleted());
            Ok(Reply::no_content())
        })
        .await
}
