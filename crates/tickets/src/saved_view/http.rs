//! Operations on saved views.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path, Query};
use kernel::Fault;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{CursorKey, Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::entity::{Column, Entity};
use super::model::{SavedView, Sharing};
use super::store::{self, Reader};
use super::wire::{CreateSavedView, PatchSavedView, SavedViewView, ViewPath};
use crate::Tickets;
use crate::access::{ReadTickets, ReadViews, WriteViews};
use crate::ticket::http::queries::{self, TicketList};
use crate::ticket::wire::TicketView;

pub(crate) fn operations() -> Operations {
    operations!["saved-views"; create, list, fetch, patch, remove, tickets]
}

/// What the list of saved views can be asked for.
pub(crate) struct SavedViewList;

impl ListSpec for SavedViewList {
    type Entity = Entity;
    type View = SavedViewView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::choice("sharing", Column::Sharing, Sharing::TEXTS),
        Field::uuid("owner_id", Column::OwnerId),
        Field::uuid("group_id", Column::GroupId).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

fn changed(event: &'static str, view: &SavedView) -> Change {
    Change::new(event, "saved_view", view.id, view.stamp.version).after(&SavedViewView::from(view))
}

/// Demands that the list understands the view.
fn sound(view: SavedView, key: &CursorKey) -> Result<SavedView, Fault> {
    let view = view.checked()?;
    match Listing::<TicketList>::parse(&view.asked.query(&[]), key) {
        Ok(_) => Ok(view),
        Err(fault) => {
            let refused = Fault::invalid("invalid_view", "The list of tickets does not understand this view; `errors` names each fault.");
            Err(fault.errors.iter().cloned().fold(refused, Fault::and_fault))
        }
    }
}

/// Only its owner changes a view.
fn demand_own<P>(caller: &Caller<P>, view: &SavedView) -> Result<(), Fault> {
    if view.owner_id.uuid() == caller.actor().id {
        return Ok(());
    }
    Err(Fault::forbidden("not_the_owner", "Only its owner changes a view; save one of your own."))
}

/// Save a view of the list of tickets.
#[utoipa::path(post, path = "/v1/saved-views", request_body = CreateSavedView, responses((status = 201, body = SavedViewView)))]
async fn create(
    caller: Caller<WriteViews>,
    command: Valid<CreateSavedView>,
    key: Data<CursorKey>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::not_found("resource").into());
    }
    app.db
        .command(&caller, "saved_view.create", async |tx| {
            let view = sound(command.clone().view(Touch::of(tx)), &key)?;
            store::insert(tx, &view).await?;
            tx.record(changed("saved_view.created", &view));
            Ok(Reply::created(format!("/v1/saved-views/{}", view.id), &SavedViewView::from(&view))?.tagged(view.stamp.version))
        })
        .await
}

/// List your own views and those shared with you.
#[utoipa::path(get, path = "/v1/saved-views", params(Listing<SavedViewList>), responses((status = 200, body = Page<SavedViewView>)))]
async fn list(caller: Caller<ReadViews>, listing: Listing<SavedViewList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let reader = Reader::of(app.db.read(), &caller).await?;
    let page = listing.page(app.db.read(), store::visible(&reader)).await?;
    listing.reply(&page.try_map(|row| store::view(row).map(|view| SavedViewView::from(&view)))?)
}

/// Read one saved view.
#[utoipa::path(get, path = "/v1/saved-views/{view_id}", params(ViewPath), responses((status = 200, body = SavedViewView)))]
async fn fetch(caller: Caller<ReadViews>, path: Path<ViewPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let view = store::find(app.db.read(), &Reader::of(app.db.read(), &caller).await?, path.view_id).await?;
    Ok(Reply::ok(&SavedViewView::from(&view))?.tagged(view.stamp.version))
}

/// Change a view of your own.
#[utoipa::path(patch, path = "/v1/saved-views/{view_id}", params(ViewPath), request_body = PatchSavedView, responses((status = 200, body = SavedViewView)))]
async fn patch(
    caller: Caller<WriteViews>,
    path: Path<ViewPath>,
    expected: IfMatch,
    command: Valid<PatchSavedView>,
    key: Data<CursorKey>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "saved_view.patch", async |tx| {
            let current = store::find(tx, &Reader::of(tx, &caller).await?, path.view_id).await?;
            expected.check(current.stamp.version)?;
            demand_own(&caller, &current)?;
            let before = SavedViewView::from(&current);
            let next = sound(command.clone().apply(current, Touch::of(tx)), &key)?;
            store::save(tx, &next).await?;
            tx.record(changed("saved_view.updated", &next).before(&before));
            Ok(Reply::ok(&SavedViewView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// Remove a view of your own.
#[utoipa::path(delete, path = "/v1/saved-views/{view_id}", params(ViewPath), responses((status = 204)))]
async fn remove(caller: Caller<WriteViews>, path: Path<ViewPath>, expected: IfMatch, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "saved_view.remove", async |tx| {
            let current = store::find(tx, &Reader::of(tx, &caller).await?, path.view_id).await?;
            expected.check(current.stamp.version)?;
            demand_own(&caller, &current)?;
            store::delete(tx, current.id).await?;
            let gone = SavedView { stamp: current.stamp.touched(Touch::of(tx)), ..current };
            tx.record(changed("saved_view.removed", &gone).deleted());
            Ok(Reply::no_content())
        })
        .await
}

/// List the tickets of a saved view.
///
/// It answers as the list of tickets does and takes the same parameters: filters narrow the view, `sort` and `fields` count
/// instead of the view's own.
#[utoipa::path(get, path = "/v1/saved-views/{view_id}/tickets", params(ViewPath, Listing<TicketList>), responses((status = 200, body = Page<TicketView>)))]
async fn tickets(
    caller: Caller<ReadTickets>,
    path: Path<ViewPath>,
    request: HttpRequest,
    key: Data<CursorKey>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    caller.demand::<ReadViews>()?;
    let view = store::find(app.db.read(), &Reader::of(app.db.read(), &caller).await?, path.view_id).await?;
    let asked = Query::<Vec<(String, String)>>::from_query(request.query_string());
    let asked = asked.map_err(|_| Fault::new(kernel::FaultKind::Malformed, "invalid_query", "The query string cannot be read."))?;
    let listing = Listing::<TicketList>::parse(&view.asked.query(&asked), &key)?.for_request(&request);
    queries::page(&app, caller.scope(), &listing).await
}
