//! Reading decisions.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;

use super::entity::{Column, Entity};
use super::model::{DecisionView, Occasion};
use super::store;
use crate::Tickets;
use crate::access::ReadDecisions;
use crate::ticket;
use crate::ticket::wire::TicketPath;

pub(crate) fn operations() -> Operations {
    operations!["assignment-decisions"; list]
}

/// What the list of decisions can be asked for.
pub(crate) struct DecisionList;

impl ListSpec for DecisionList {
    type Entity = Entity;
    type View = DecisionView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("occasion", Column::Occasion, Occasion::TEXTS),
        Field::uuid("assignee_id", Column::AssigneeId).nullable(),
        Field::instant("decided_at", Column::DecidedAt),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List why a ticket was given to whom, the latest first.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/assignment-decisions", params(TicketPath, Listing<DecisionList>),
    responses((status = 200, body = Page<DecisionView>)))]
async fn list(
    caller: Caller<ReadDecisions>,
    path: Path<TicketPath>,
    listing: Listing<DecisionList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find(app.db.read(), caller.scope(), path.ticket_id).await?;
    let page = listing.page(app.db.read(), store::of_ticket(caller.scope(), ticket.id)).await?;
    listing.reply(&page.try_map(store::view)?)
}
