//! The list of messages over all tickets, for figures and those who look behind them.

use actix_web::web::Data;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, Kind, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use sea_orm::{ColumnTrait, QueryFilter};

use super::entity::{Column, Entity};
use super::store;
use super::wire::MessageView;
use crate::Tickets;
use crate::access::ReadTickets;
use crate::ticket::entity::Column as Ticket;
use crate::vocabulary::{Channel, MessageKind, TicketType};

pub(super) fn operations() -> Operations {
    operations!["messages"; list_all]
}

/// What the list of all messages can be asked for.
pub(crate) struct AllMessages;

impl ListSpec for AllMessages {
    type Entity = Entity;
    type View = MessageView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("ticket_id", Column::TicketId),
        Field::choice("kind", Column::Kind, MessageKind::TEXTS),
        Field::choice("channel", Column::Channel, Channel::TEXTS),
        Field::instant("recorded_at", Column::RecordedAt).sortable(),
        Field::external("type", Kind::Choice(TicketType::TEXTS)),
        Field::external("account_id", Kind::Uuid).nullable(),
        Field::external("branch_id", Kind::Uuid).nullable(),
        Field::external("group_id", Kind::Uuid).nullable(),
        Field::external("assignee_id", Kind::Uuid).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-recorded_at";
}

/// What is asked of the tickets that messages are on.
const OF_TICKETS: [(&str, Ticket); 5] = [
    ("type", Ticket::Kind),
    ("account_id", Ticket::AccountId),
    ("branch_id", Ticket::BranchId),
    ("group_id", Ticket::GroupId),
    ("assignee_id", Ticket::AssigneeId),
];

/// List messages over all tickets, the latest first, for staff.
///
/// Type, account, branch, group and assignee are those of the ticket now.
#[utoipa::path(get, path = "/v1/messages", params(Listing<AllMessages>), responses((status = 200, body = Page<MessageView>)))]
async fn list_all(caller: Caller<ReadTickets>, listing: Listing<AllMessages>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut messages = store::with_tickets(caller.scope());
    for (name, column) in OF_TICKETS {
        for filter in listing.filters_on(name) {
            messages = messages.filter(filter.on(column.into_expr(), true, app.db.backend()));
        }
    }
    let page = listing.page(app.db.read(), messages).await?;
    listing.reply(&page.try_map(|row| store::message(row).map(|message| MessageView::from(&message)))?)
}
