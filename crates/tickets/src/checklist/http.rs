//! Operations on checklists.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{ChecklistItemId, TicketId};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::{Stamp, Touch};
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::ChecklistItem;
use super::store;
use crate::Tickets;
use crate::access::{ReadTickets, WorkTickets};
use crate::ticket;
use crate::ticket::model::Ticket;
use crate::ticket::wire::TicketPath;

pub(crate) fn operations() -> Operations {
    operations!["checklists"; list, add, patch, remove]
}

/// Names one item of a ticket's checklist.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ItemPath {
    /// The ticket.
    ticket_id: TicketId,
    /// The item.
    item_id: ChecklistItemId,
}

/// Something to be done on a ticket.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AddChecklistItem {
    #[schema(min_length = 1, max_length = 500, example = "Photos of the damage are attached")]
    text: String,
    /// The ticket cannot be resolved before it is done.
    #[serde(default)]
    blocking: bool,
    /// Its place; the last when absent.
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
}

/// Changes of an item: absent keeps.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PatchChecklistItem {
    #[schema(min_length = 1, max_length = 500)]
    text: Option<String>,
    blocking: Option<bool>,
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
    done: Option<bool>,
}

impl PatchChecklistItem {
    fn apply(self, item: ChecklistItem, touch: Touch) -> ChecklistItem {
        let mut next = ChecklistItem {
            stamp: item.stamp.touched(touch),
            text: self.text.unwrap_or(item.text),
            blocking: self.blocking.unwrap_or(item.blocking),
            position: self.position.unwrap_or(item.position),
            ..item
        };
        if let Some(done) = self.done {
            next.mark(done, touch);
        }
        next
    }
}

/// An item of a checklist.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ChecklistItemView {
    id: ChecklistItemId,
    version: i64,
    ticket_id: TicketId,
    #[schema(minimum = 0)]
    position: i32,
    #[schema(max_length = 500)]
    text: String,
    blocking: bool,
    done: bool,
    done_at: Option<DateTime<Utc>>,
    done_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&ChecklistItem> for ChecklistItemView {
    fn from(item: &ChecklistItem) -> Self {
        Self {
            id: item.id,
            version: item.stamp.version,
            ticket_id: item.ticket_id,
            position: item.position,
            text: item.text.clone(),
            blocking: item.blocking,
            done: item.done.is_some(),
            done_at: item.done.map(|done| done.at),
            done_by: item.done.map(|done| done.by),
            created_at: item.stamp.created_at,
            updated_at: item.stamp.updated_at,
        }
    }
}

/// What a checklist can be asked for.
pub(crate) struct Checklist;

impl ListSpec for Checklist {
    type Entity = Entity;
    type View = ChecklistItemView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::integer("position", Column::Position).sortable(),
        Field::boolean("blocking", Column::Blocking),
        Field::instant("done_at", Column::DoneAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "position";
}

fn changed(event: &'static str, ticket: &Ticket, item: &ChecklistItem) -> Change {
    let change = Change::new(event, "checklist_item", item.id, item.stamp.version).after(&ChecklistItemView::from(item));
    change.account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id)
}

/// List what is to be done on a ticket, in its order.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/checklist", params(TicketPath, Listing<Checklist>), responses((status = 200, body = Page<ChecklistItemView>)))]
async fn list(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    listing: Listing<Checklist>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find_for_staff(app.db.read(), caller.scope(), path.ticket_id).await?;
    let page = listing.page(app.db.read(), store::of_ticket(ticket.id)).await?;
    listing.reply(&page.map(|row| ChecklistItemView::from(&store::item(row))))
}

/// Add something to be done on a ticket.
///
/// While a blocking item is open, resolving the ticket, or the one that it is merged into, is refused with 409 `checklist_open`.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/checklist", params(TicketPath), request_body = AddChecklistItem, responses((status = 201, body = ChecklistItemView)))]
async fn add(
    caller: Caller<WorkTickets>,
    path: Path<TicketPath>,
    command: Valid<AddChecklistItem>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "checklist.add", async |tx| {
            let ticket = ticket::store::hold_for_staff(tx, caller.scope(), path.ticket_id).await?;
            ticket.demand_unmerged()?;
            let last = store::last_position(tx, ticket.id).await?;
            let AddChecklistItem { text, blocking, position } = command.clone();
            let (id, stamp, position) = (ChecklistItemId::generate(), Stamp::new(Touch::of(tx)), position.unwrap_or(last));
            let item = ChecklistItem { id, stamp, ticket_id: ticket.id, position, text, blocking, done: None };
            store::insert(tx, &item).await?;
            tx.record(changed("checklist_item.added", &ticket, &item));
            Ok(Reply::created(format!("/v1/tickets/{}/checklist", ticket.id), &ChecklistItemView::from(&item))?.tagged(1))
        })
        .await
}

/// Change an item of a checklist, or mark it done.
#[utoipa::path(patch, path = "/v1/tickets/{ticket_id}/checklist/{item_id}", params(ItemPath), request_body = PatchChecklistItem, responses((status = 200, body = ChecklistItemView)))]
async fn patch(
    caller: Caller<WorkTickets>,
    path: Path<ItemPath>,
    expected: IfMatch,
    command: Valid<PatchChecklistItem>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "checklist.patch", async |tx| {
            let ticket = ticket::store::hold_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let current = store::find(tx, ticket.id, path.item_id).await?;
            expected.check(current.stamp.version)?;
            let before = ChecklistItemView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx));
            store::save(tx, &next).await?;
            tx.record(changed("checklist_item.updated", &ticket, &next).before(&before));
            Ok(Reply::ok(&ChecklistItemView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// Remove an item from a checklist.
#[utoipa::path(delete, path = "/v1/tickets/{ticket_id}/checklist/{item_id}", params(ItemPath), responses((status = 204)))]
async fn remove(caller: Caller<WorkTickets>, path: Path<ItemPath>, expected: IfMatch, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "checklist.remove", async |tx| {
            let ticket = ticket::store::hold_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let current = store::find(tx, ticket.id, path.item_id).await?;
            expected.check(current.stamp.version)?;
            store::delete(tx, current.id).await?;
            let gone = ChecklistItem { stamp: current.stamp.touched(Touch::of(tx)), ..current.clone() };
            tx.record(changed("checklist_item.removed", &ticket, &gone).before(&ChecklistItemView::from(&current)).deleted());
            Ok(Reply::no_content())
        })
        .await
}
