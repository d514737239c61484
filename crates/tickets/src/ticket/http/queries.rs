//! Reading tickets.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use kernel::{Fault, FaultKind};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, Kind, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::{Condition, ConnectionTrait, QueryFilter, Select};

use crate::Tickets;
use crate::access::ReadTickets;
use crate::message;
use crate::message::wire::MessageView;
use crate::obligation;
use crate::obligation::wire::ObligationView;
use crate::ticket::entity::{Column, Entity};
use crate::ticket::http::promised;
use crate::ticket::listed::Listed;
use crate::ticket::search::{Place, Sought};
use crate::ticket::wire::{FetchQuery, TicketPath, TicketView};
use crate::ticket::{search, store};
use crate::time_entry;
use crate::vocabulary::{Channel, Direction, ObligationKind, ObligationState, Outcome, Priority, RequesterKind, Status, TicketType};

pub(super) fn operations() -> Operations {
    operations!["tickets"; list, fetch]
}

/// What the list of tickets can be asked for.
pub(crate) struct TicketList;

impl ListSpec for TicketList {
    type Entity = Entity;
    type View = TicketView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::integer("number", Column::Number).sortable(),
        Field::text("subject", Column::Subject).containing(),
        Field::choice("type", Column::Kind, TicketType::TEXTS),
        Field::choice("status", Column::Status, Status::TEXTS),
        Field::boolean("open", Column::Open),
        Field::choice("priority", Column::Priority, Priority::TEXTS),
        Field::integer("severity", Column::Severity).nullable(),
        Field::choice("channel", Column::Channel, Channel::TEXTS),
        Field::choice("direction", Column::Direction, Direction::TEXTS),
        Field::choice("requester_kind", Column::RequesterKind, RequesterKind::TEXTS),
        Field::text("requester_email", Column::RequesterEmail).nullable(),
        Field::uuid("requester_contact_id", Column::RequesterContactId).nullable(),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("group_id", Column::GroupId).nullable(),
        Field::uuid("assignee_id", Column::AssigneeId).nullable(),
        Field::text("source_system", Column::SourceSystem).nullable(),
        Field::uuid("follow_up_of_id", Column::FollowUpOfId).nullable(),
        Field::uuid("emergency_id", Column::EmergencyId).nullable(),
        Field::boolean("spam", Column::Spam),
        Field::boolean("confidential", Column::Confidential),
        Field::instant("due_at", Column::DueAt).nullable().sortable(),
        Field::instant("touch_due_at", Column::TouchDueAt).nullable().sortable(),
        Field::instant("wake_at", Column::WakeAt).nullable(),
        Field::instant("resolved_at", Column::ResolvedAt).nullable(),
        Field::instant("closed_at", Column::ClosedAt).nullable(),
        Field::instant("last_customer_message_at", Column::LastCustomerMessageAt).nullable(),
        Field::instant("last_public_reply_at", Column::LastPublicReplyAt).nullable(),
        Field::instant("last_human_touch_at", Column::LastHumanTouchAt).nullable(),
        Field::instant("moved_at", Column::MovedAt),
        Field::instant("created_at", Column::CreatedAt).sortable(),
        Field::instant("updated_at", Column::UpdatedAt).sortable(),
        Field::external("obligation_state", Kind::Choice(ObligationState::TEXTS)),
        Field::external("obligation.kind", Kind::Choice(ObligationKind::TEXTS)),
        Field::external("obligation.state", Kind::Choice(ObligationState::TEXTS)),
        Field::external("obligation.outcome", Kind::Choice(Outcome::TEXTS)),
        Field::external("obligation.due_at", Kind::Instant),
        Field::external("obligation.breached_at", Kind::Instant),
        Field::external("obligation.excused", Kind::Instant).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
    const SEARCH: bool = true;
}

/// List tickets, the newest first.
///
/// `q` finds words of the subject, number, requester and messages as a search does. Filters on `obligation.` find tickets with one promise that
/// matches all of them at this very moment; `obligation_state` is the same as `obligation.state`.
#[utoipa::path(get, path = "/v1/tickets", params(Listing<TicketList>), responses((status = 200, body = Page<TicketView>)))]
async fn list(caller: Caller<ReadTickets>, listing: Listing<TicketList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    page(&app, caller.scope(), &listing).await
}

/// One page of the list, for whoever has read the query string.
pub(crate) async fn page(app: &Tickets, scope: &RowScope, listing: &Listing<TicketList>) -> Result<Reply, Problem> {
    for_reader(listing, scope)?;
    let (db, mut tickets) = (app.db.read(), store::visible(scope));
    if let Some(promised) = promised::condition(listing, scope, app.clock.now(), app.db.backend()) {
        tickets = tickets.filter(promised);
    }
    let page: Page<Listed> = match listing.search() {
        Some(text) => having(db, listing, &Sought::read(db, scope, Place::Anywhere, text, search::FIRST).await?, tickets).await?,
        None => listing.page_of(db, tickets).await?,
    };
    listing.reply(&page.try_map(|row| row.for_reader(scope))?)
}

/// The page of those that have the words that are sought.
async fn having<C: ConnectionTrait>(
    db: &C,
    listing: &Listing<TicketList>,
    sought: &Sought,
    tickets: Select<Entity>,
) -> Result<Page<Listed>, Problem> {
    if !listing.is_newest_first() || listing.is_counted() {
        return listing.page_of(db, tickets.filter(sought.matching(db.get_database_backend(), None))).await;
    }
    let look = async |fitting: Condition| {
        let page: Page<Listed> = listing.page_of(db, tickets.clone().filter(fitting)).await?;
        let full = page.next_cursor.is_some();
        Ok((page, full))
    };
    sought.newest(db, look).await
}

/// What only the desk may ask for: an answer would tell a customer what the view does not.
const INTERNAL: [&str; 13] = [
    "severity",
    "branch_id",
    "group_id",
    "assignee_id",
    "spam",
    "confidential",
    "wake_at",
    "last_human_touch_at",
    "touch_due_at",
    "source_system",
    "moved_at",
    "obligation.outcome",
    "obligation.excused",
];

fn for_reader(listing: &Listing<TicketList>, scope: &RowScope) -> Result<(), Fault> {
    let asked = |field: &&&str| listing.filters_on(field).next().is_some() || listing.is_sorted_by(field);
    match INTERNAL.iter().find(|field| scope.is_customer() && asked(field)) {
        None => Ok(()),
        Some(field) => {
            let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The list cannot be asked for like this.");
            let parameter = if listing.is_sorted_by(field) { "?sort".to_owned() } else { format!("?filter[{field}]") };
            Err(fault.and_field(parameter, "unknown_parameter", "There is no such field."))
        }
    }
}

/// Read one ticket.
///
/// `include=messages,obligations,time` adds the conversation, the promises and the sum of the time worked, which customers do
/// not see. Daily touches that ended days ago are in the list of the ticket's promises only.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}", params(TicketPath, FetchQuery), responses((status = 200, body = TicketView)))]
async fn fetch(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    query: Query<FetchQuery>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let (db, scope, included) = (app.db.read(), caller.scope(), query.included()?);
    let ticket = store::find(db, scope, path.ticket_id).await?;
    let mut view = TicketView::of(&ticket, scope);
    if included.contains(&"messages") {
        let shown = |message| MessageView::shown_in(message, ticket.id);
        view.messages = Some(message::store::conversation(db, scope, &ticket).await?.iter().map(shown).collect());
    }
    if included.contains(&"obligations") {
        let rules = app.rules.current(db).await?;
        let promises = obligation::store::of_ticket(db, ticket.id, rules.settings.known_since(app.clock.now())).await?;
        let view_of = |one| ObligationView::at(one, app.clock.now(), &rules).for_reader(scope);
        view.obligations = Some(promises.list.iter().filter(|one| one.is_shown_to(scope)).map(view_of).collect());
    }
    if included.contains(&"time") && !scope.is_customer() {
        view.time = Some(time_entry::store::spent(db, ticket.id).await?);
    }
    let reply = Reply::ok(&view)?;
    Ok(if included.is_empty() { reply.tagged(ticket.stamp.version) } else { reply })
}

impl FetchQuery {
    fn included(&self) -> Result<Vec<&str>, Problem> {
        let names = self.include.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let included: Vec<&str> = names.collect();
        match included.iter().find(|name| !["messages", "obligations", "time"].contains(name)) {
            None => Ok(included),
            Some(unknown) => {
                let detail = format!("{unknown} cannot be included; expected messages, obligations or time.");
                Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_query", detail))
            }
        }
    }
}
