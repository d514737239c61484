//! Operations on time entries.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{TicketId, TimeEntryId, UserId};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::patch::present;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::{Stamp, Touch};
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::TimeEntry;
use super::store;
use crate::Tickets;
use crate::access::{CorrectTime, ReadTickets, WorkTickets};
use crate::ticket;
use crate::ticket::model::Ticket;
use crate::ticket::wire::TicketPath;

pub(crate) fn operations() -> Operations {
    operations!["time-entries"; list, create, fetch, correct]
}

/// Names one time entry of a ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EntryPath {
    /// The ticket.
    ticket_id: TicketId,
    /// The entry.
    entry_id: TimeEntryId,
}

/// Minutes that someone worked on the ticket.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct LogTime {
    /// Who worked; the caller when absent. For others it needs `tickets:correct-time`.
    user_id: Option<UserId>,
    #[schema(minimum = 1, maximum = 1440)]
    minutes: i32,
    #[serde(default)]
    billable: bool,
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
    /// The worker's own date.
    work_date: NaiveDate,
}

impl LogTime {
    fn entry(self, ticket_id: TicketId, touch: Touch) -> TimeEntry {
        let Self { user_id, minutes, billable, note, work_date } = self;
        let (id, stamp, user_id) = (TimeEntryId::generate(), Stamp::new(touch), user_id.unwrap_or(touch.by.into()));
        TimeEntry { id, stamp, ticket_id, user_id, minutes, billable, note, work_date }
    }
}

/// A correction: absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CorrectTimeEntry {
    /// Why; the audit trail keeps it.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// 0 when nothing was worked.
    #[schema(minimum = 0, maximum = 1440)]
    minutes: Option<i32>,
    billable: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<Option<String>>,
    work_date: Option<NaiveDate>,
}

impl CorrectTimeEntry {
    fn apply(self, entry: TimeEntry, touch: Touch) -> TimeEntry {
        TimeEntry {
            stamp: entry.stamp.touched(touch),
            minutes: self.minutes.unwrap_or(entry.minutes),
            billable: self.billable.unwrap_or(entry.billable),
            note: self.note.unwrap_or(entry.note),
            work_date: self.work_date.unwrap_or(entry.work_date),
            ..entry
        }
    }
}

/// Minutes that someone worked on a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TimeEntryView {
    id: TimeEntryId,
    /// 1 as entered; each correction is the next.
    version: i64,
    ticket_id: TicketId,
    user_id: UserId,
    #[schema(minimum = 0)]
    minutes: i32,
    billable: bool,
    #[schema(max_length = 2000)]
    note: Option<String>,
    work_date: NaiveDate,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&TimeEntry> for TimeEntryView {
    fn from(entry: &TimeEntry) -> Self {
        Self {
            id: entry.id,
            version: entry.stamp.version,
            ticket_id: entry.ticket_id,
            user_id: entry.user_id,
            minutes: entry.minutes,
            billable: entry.billable,
            note: entry.note.clone(),
            work_date: entry.work_date,
            created_at: entry.stamp.created_at,
            updated_at: entry.stamp.updated_at,
        }
    }
}

/// What the list of time entries can be asked for.
pub(crate) struct TimeEntryList;

impl ListSpec for TimeEntryList {
    type Entity = Entity;
    type View = TimeEntryView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("user_id", Column::UserId),
        Field::boolean("billable", Column::Billable),
        Field::date("work_date", Column::WorkDate).sortable(),
        Field::integer("minutes", Column::Minutes),
    ];
    const DEFAULT_SORT: &'static str = "work_date";
}

fn changed(event: &'static str, ticket: &Ticket, entry: &TimeEntry) -> Change {
    let change = Change::new(event, "time_entry", entry.id, entry.stamp.version).after(&TimeEntryView::from(entry));
    change.account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id)
}

fn demand_own(caller: &Caller<WorkTickets>, user: UserId) -> Result<(), Problem> {
    if user.uuid() == caller.actor().id { Ok(()) } else { caller.demand::<CorrectTime>() }
}

/// List the time worked on a ticket. Its sum is the ticket's, with `include=time`.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/time-entries", params(TicketPath, Listing<TimeEntryList>), responses((status = 200, body = Page<TimeEntryView>)))]
async fn list(
    caller: Caller<ReadTickets>,
    path: Path<TicketPath>,
    listing: Listing<TimeEntryList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let ticket = ticket::store::find_for_staff(app.db.read(), caller.scope(), path.ticket_id).await?;
    let page = listing.page(app.db.read(), store::of_ticket(ticket.id)).await?;
    listing.reply(&page.map(|row| TimeEntryView::from(&store::entry(row))))
}

/// Enter time worked on a ticket.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/time-entries", params(TicketPath), request_body = LogTime, responses((status = 201, body = TimeEntryView)))]
async fn create(
    caller: Caller<WorkTickets>,
    path: Path<TicketPath>,
    command: Valid<LogTime>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    demand_own(&caller, command.user_id.unwrap_or(caller.actor().id.into()))?;
    app.db
        .command(&caller, "time_entry.create", async |tx| {
            let ticket = ticket::store::find_for_staff(tx, caller.scope(), path.ticket_id).await?;
            ticket.demand_unmerged()?;
            let entry = command.clone().entry(ticket.id, Touch::of(tx)).checked(tx.now())?;
            store::insert(tx, &entry).await?;
            tx.record(changed("time_entry.created", &ticket, &entry));
            let location = format!("/v1/tickets/{}/time-entries/{}", ticket.id, entry.id);
            Ok(Reply::created(location, &TimeEntryView::from(&entry))?.tagged(entry.stamp.version))
        })
        .await
}

/// Read one time entry.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/time-entries/{entry_id}", params(EntryPath), responses((status = 200, body = TimeEntryView)))]
async fn fetch(caller: Caller<ReadTickets>, path: Path<EntryPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let ticket = ticket::store::find_for_staff(app.db.read(), caller.scope(), path.ticket_id).await?;
    let entry = store::find(app.db.read(), ticket.id, path.entry_id).await?;
    Ok(Reply::ok(&TimeEntryView::from(&entry))?.tagged(entry.stamp.version))
}

/// Correct a time entry: what it says from now on is its next version.
///
/// An entry of somebody else needs `tickets:correct-time`. What it said before stays in the audit trail.
#[utoipa::path(patch, path = "/v1/tickets/{ticket_id}/time-entries/{entry_id}", params(EntryPath), request_body = CorrectTimeEntry, responses((status = 200, body = TimeEntryView)))]
async fn correct(
    caller: Caller<WorkTickets>,
    path: Path<EntryPath>,
    expected: IfMatch,
    command: Valid<CorrectTimeEntry>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "time_entry.correct", async |tx| {
            let ticket = ticket::store::find_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let current = store::find(tx, ticket.id, path.entry_id).await?;
            demand_own(&caller, current.user_id)?;
            expected.check(current.stamp.version)?;
            let before = TimeEntryView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx)).checked(tx.now())?;
            store::save(tx, &next).await?;
            tx.record(changed("time_entry.corrected", &ticket, &next).before(&before).reason(Some(command.reason.clone())));
            Ok(Reply::ok(&TimeEntryView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}
