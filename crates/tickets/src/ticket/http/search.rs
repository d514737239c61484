//! Searching tickets: the best first, where a list would show the newest.
//!
//! A ticket that is named by its number comes before one whose subject has the words, that before one whose requester has, and
//! those before tickets in whose messages they were said; within each the newest first. It reads its own writes, in the caller's
//! row scope, and customers find nothing by what they may not read. What was found in a ticket that was merged is found in the one
//! that goes on.

use std::collections::{HashMap, HashSet};

use actix_web::web::{Data, Query};
use kernel::id::TicketId;
use kernel::{Fault, FaultKind, words};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Tickets;
use crate::access::ReadTickets;
use crate::ticket::entity::Column;
use crate::ticket::model::Ticket;
use crate::ticket::search::{Place, Sought};
use crate::ticket::wire::TicketView;
use crate::ticket::{search, store, ticket};

/// How many of the newest tickets that have the words are put in order.
const CONSIDERED: u64 = 200;
const LIMIT: u64 = 20;
const MOST: u64 = 50;
const LONGEST: usize = 200;

words! {
    /// Where the words of a search were found: the best place.
    pub(crate) enum FoundIn { Number = "number", Subject = "subject", Requester = "requester", Messages = "messages" }
}

pub(super) fn operations() -> Operations {
    operations!["search"; find]
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SearchQuery {
    /// Words, or the number of a ticket; a word is found by its beginning, but whole when hundreds of tickets have it.
    #[param(min_length = 1, max_length = 200)]
    q: String,
    /// 20 when absent.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<u64>,
}

/// A ticket that was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Found {
    found_in: FoundIn,
    ticket: TicketView,
}

/// What was found, the best first.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SearchResult {
    #[schema(max_items = 50)]
    data: Vec<Found>,
}

impl SearchQuery {
    fn checked(&self) -> Result<u64, Fault> {
        let wrong = |name: &str, message: String| {
            let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The search cannot be understood.");
            fault.and_field(format!("?{name}"), "invalid_value", message)
        };
        let length = self.q.chars().count();
        if length == 0 || length > LONGEST || self.q.chars().any(char::is_control) {
            return Err(wrong("q", format!("Expected 1 to {LONGEST} characters, none of them a control character.")));
        }
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=MOST).contains(&limit) {
            return Err(wrong("limit", format!("Expected 1 to {MOST}.")));
        }
        Ok(limit)
    }
}

/// The best place where `text` was found in a ticket that has it somewhere.
fn place(ticket: &Ticket, text: &str) -> FoundIn {
    let wanted: Vec<String> = search::words(text).map(str::to_lowercase).collect();
    let has_all = |text: &str| {
        let text = text.to_lowercase();
        let own: Vec<&str> = search::words(&text).collect();
        wanted.iter().all(|word| own.iter().any(|one| one.starts_with(word.as_str())))
    };
    let requester = [ticket.requester.name.as_deref(), ticket.requester.email.as_deref()].map(Option::unwrap_or_default).join(" ");
    if search::number(text) == Some(ticket.number) {
        FoundIn::Number
    } else if has_all(&ticket.subject) {
        FoundIn::Subject
    } else if has_all(&requester) {
        FoundIn::Requester
    } else {
        FoundIn::Messages
    }
}

/// The newest tickets inside `scope` that have the words of `text` in this place.
async fn newest<C: ConnectionTrait>(db: &C, scope: &RowScope, place: Place, text: &str) -> Result<Vec<Ticket>, Problem> {
    let sought = Sought::read(db, scope, place, text, search::FIRST).await?;
    let look = async |fitting: Condition| {
        let rows = store::visible(scope).filter(fitting).order_by_desc(Column::Id).limit(CONSIDERED).all(db).await?;
        let enough = rows.len() >= usize::try_from(CONSIDERED).unwrap_or_default();
        Ok((rows, enough))
    };
    let rows = sought.newest(db, look).await?;
    rows.into_iter().map(ticket).collect()
}

/// The ticket that `text` names by its number.
async fn named<C: ConnectionTrait>(db: &C, scope: &RowScope, text: &str) -> Result<Option<Ticket>, Problem> {
    let Some(number) = search::number(text) else { return Ok(None) };
    store::visible(scope).filter(Column::Number.eq(number)).one(db).await?.map(ticket).transpose()
}

/// The same, with the tickets that were merged replaced by those that go on, where the caller sees them.
async fn going_on<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    mut found: Vec<(FoundIn, Ticket)>,
) -> Result<Vec<(FoundIn, Ticket)>, Problem> {
    // A target that the caller does not see leaves the merged ticket as it was found.
    let mut unseen = HashSet::new();
    loop {
        let merged = found.iter().filter_map(|(_, ticket)| ticket.merged_into_id).filter(|id| !unseen.contains(id));
        let wanted: HashSet<TicketId> = merged.collect();
        if wanted.is_empty() {
            return Ok(found);
        }
        let rows = store::visible(scope).filter(Column::Id.is_in(wanted.iter().map(|id| id.uuid()))).all(db).await?;
        let targets = rows.into_iter().map(ticket).collect::<Result<Vec<_>, _>>()?;
        let targets: HashMap<TicketId, Ticket> = targets.into_iter().map(|ticket| (ticket.id, ticket)).collect();
        for (_, ticket) in &mut found {
            if let Some(target) = ticket.merged_into_id.and_then(|id| targets.get(&id)) {
                *ticket = target.clone();
            }
        }
        unseen.extend(wanted);
    }
}

/// Search tickets, the best match first.
///
/// Lists with `q` show all matches, the newest first.
#[utoipa::path(get, path = "/v1/search", params(SearchQuery), responses((status = 200, body = SearchResult)))]
async fn find(caller: Caller<ReadTickets>, query: Query<SearchQuery>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let limit = usize::try_from(query.checked()?).unwrap_or_default();
    let (db, scope, text) = (app.db.read(), caller.scope(), query.q.as_str());
    // What its own words say is looked for by itself: many newer messages must not crowd it out.
    let mut found = newest(db, scope, Place::Ticket, text).await?;
    found.extend(named(db, scope, text).await?);
    found.extend(newest(db, scope, Place::Anywhere, text).await?);
    let found = found.into_iter().map(|ticket| (place(&ticket, text), ticket)).collect();
    let mut found = going_on(db, scope, found).await?;
    found.sort_by(|(one, a), (other, b)| one.cmp(other).then(b.id.cmp(&a.id)));
    let mut seen = HashSet::new();
    found.retain(|(_, ticket)| seen.insert(ticket.id));
    let data = found.into_iter().take(limit).map(|(found_in, ticket)| Found { found_in, ticket: TicketView::of(&ticket, scope) });
    Reply::ok(&SearchResult { data: data.collect() })
}
