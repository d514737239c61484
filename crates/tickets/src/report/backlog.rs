//! The backlog: the tickets that were open at an instant, by state and age.
//!
//! A ticket stood at a past instant as its first move after that instant says that it was; one that has not moved since stands as it
//! did. What was overdue then is not kept, so that only the present backlog knows it.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Query};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::Fault;
use kernel::calendar::{date_of, midnight};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word_or_none;
use platform::scope::RowScope;
use platform::{operations, sheet};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, Select};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::asked::{Asked, Dimension, ReportQuery, dimensions, refused, zone};
use super::count::{Key, Places, ReportKey, instant};
use crate::access::ReadTicketReports;
use crate::rulebook::Rulebook;
use crate::vocabulary::{Channel, Status, TicketType};
use crate::{Tickets, ticket, ticket_move};

pub(super) fn operations() -> Operations {
    operations!["reports"; backlog]
}

/// Tickets that stand as they did.
pub(super) const STANDING: Places = Places {
    list: "/v1/tickets",
    only: "filter[open][eq]=true",
    at: ("ticket.moved_at", "moved_at"),
    kind: ("ticket.kind", "type"),
    channel: ("ticket.channel", "channel"),
    owner: ("ticket.", ""),
};

/// Tickets that have moved since.
pub(super) const MOVED: Places = Places {
    list: "/v1/ticket-moves",
    only: "filter[was_open][eq]=true",
    at: ("ticket_move.at", "at"),
    kind: ("ticket_move.was_kind", "was_type"),
    channel: ("ticket_move.channel", "channel"),
    owner: ("ticket_move.was_", "was_"),
};

const KNOWN: [Dimension; 6] =
    [Dimension::Type, Dimension::Channel, Dimension::Branch, Dimension::Group, Dimension::Assignee, Dimension::Account];

const STATES: [Status; 5] = [Status::New, Status::Open, Status::WaitingCustomer, Status::WaitingVendor, Status::Scheduled];

/// The bands of ages in days: from, and to before which.
const AGES: [(Option<i64>, Option<i64>); 5] =
    [(None, Some(1)), (Some(1), Some(3)), (Some(3), Some(7)), (Some(7), Some(30)), (Some(30), None)];

/// Which backlog is counted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct BacklogQuery {
    /// The backlog at the end of this day; the present one when absent or today.
    as_of: Option<NaiveDate>,
    /// An IANA zone; the default calendar's when absent.
    #[param(max_length = 64, example = "America/Chicago")]
    time_zone: Option<String>,
    /// Separated by commas; a total when absent.
    #[param(value_type = Vec<Dimension>, style = Form, explode = false, inline, max_items = 6)]
    group_by: Option<String>,
    /// Only this branch's.
    branch_id: Option<Uuid>,
    /// Only this group's.
    group_id: Option<Uuid>,
    /// Only this agent's.
    assignee_id: Option<Uuid>,
    /// Only this account's.
    account_id: Option<Uuid>,
}

/// The figures of one row.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct BacklogRow {
    /// Null when the report is not broken down by it.
    r#type: Option<TicketType>,
    /// Null when the report is not broken down by it.
    channel: Option<Channel>,
    #[serde(flatten)]
    key: ReportKey,
    /// All open tickets: the sum of the next five, and of the five ages.
    #[schema(minimum = 0)]
    backlog: i64,
    #[schema(minimum = 0)]
    new: i64,
    #[schema(minimum = 0)]
    open: i64,
    #[schema(minimum = 0)]
    waiting_customer: i64,
    #[schema(minimum = 0)]
    waiting_vendor: i64,
    #[schema(minimum = 0)]
    scheduled: i64,
    /// Opened less than a day before.
    #[schema(minimum = 0)]
    days_0: i64,
    /// From one day to less than three.
    #[schema(minimum = 0)]
    days_1: i64,
    /// From three days to less than seven.
    #[schema(minimum = 0)]
    days_3: i64,
    /// From seven days to less than thirty.
    #[schema(minimum = 0)]
    days_7: i64,
    /// Thirty days and more.
    #[schema(minimum = 0)]
    days_30: i64,
    /// With a promise past its due instant; null in the past.
    #[schema(minimum = 0)]
    overdue: Option<i64>,
    /// The tickets that have not moved since; add `filter[status][eq]`, `filter[created_at]` or `filter[due_at][lt]` for one figure.
    #[schema(max_length = 1000)]
    tickets: String,
    /// The moves of those that have, by how they stood before; add `filter[was_status][eq]` or `filter[opened_at]`. Null for the present.
    #[schema(max_length = 1000)]
    moves: Option<String>,
}

const COLUMNS: [&str; 21] = [
    "type",
    "channel",
    "branch_id",
    "group_id",
    "assignee_id",
    "account_id",
    "starts_on",
    "backlog",
    "new",
    "open",
    "waiting_customer",
    "waiting_vendor",
    "scheduled",
    "days_0",
    "days_1",
    "days_3",
    "days_7",
    "days_30",
    "overdue",
    "tickets",
    "moves",
];

/// The tickets that were open.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct BacklogReport {
    /// The instant that is reported.
    at: DateTime<Utc>,
    #[schema(max_items = 20_000)]
    data: Vec<BacklogRow>,
}

/// States, ages, and what is overdue.
const FIGURES: usize = STATES.len() + AGES.len() + 1;

fn figures<C: ColumnTrait>((status, opened): (C, C), overdue: Option<Condition>, at: DateTime<Utc>) -> [Condition; FIGURES] {
    let [new, open, waiting_customer, waiting_vendor, scheduled] = STATES.map(|state| Condition::all().add(status.eq(state.as_str())));
    let before = |days: i64| at - TimeDelta::days(days);
    let [days_0, days_1, days_3, days_7, days_30] = AGES.map(|(from, to)| {
        let newer = to.map(|to| opened.gt(before(to)));
        Condition::all().add_option(newer).add_option(from.map(|from| opened.lte(before(from))))
    });
    let overdue = overdue.unwrap_or_else(|| Condition::all().add(status.is_null()));
    [new, open, waiting_customer, waiting_vendor, scheduled, days_0, days_1, days_3, days_7, days_30, overdue]
}

/// What is asked, and of which past instant; the present when of none.
struct Question {
    asked: Asked,
    past: Option<DateTime<Utc>>,
}

impl BacklogQuery {
    fn read(&self, rules: &Rulebook, now: DateTime<Utc>) -> Result<Question, Fault> {
        let zone = zone(self.time_zone.as_deref(), rules, now)?;
        let today = date_of(zone, now);
        if self.as_of.is_some_and(|day| day > today) {
            return Err(refused("as_of", "in_the_future", "Expected today or a day before."));
        }
        let day = self.as_of.filter(|day| *day < today);
        let past = day.map(|day| day.succ_opt().map(|next| midnight(zone, next)).ok_or_else(Fault::overflow)).transpose()?;
        let by = self.group_by.as_deref().map_or_else(|| Ok(Vec::new()), |text| dimensions(text, &KNOWN))?;
        let (branch_id, group_id, assignee_id, account_id) = (self.branch_id, self.group_id, self.assignee_id, self.account_id);
        let owners = ReportQuery { branch_id, group_id, assignee_id, account_id, ..ReportQuery::default() }.owners();
        Ok(Question { asked: Asked { owners, ..Asked::new((None, None), by, zone)? }, past })
    }
}

/// The open tickets that stand as they did at an instant.
pub(super) fn standing(scope: &RowScope, at: DateTime<Utc>) -> Select<ticket::entity::Entity> {
    use ticket::entity::Column;
    ticket::store::visible(scope).filter(scope.staff_only()).filter(Column::Open.eq(true)).filter(Column::MovedAt.lte(at))
}

/// The moves of tickets that were open at an instant, and have moved since.
pub(super) fn moved(scope: &RowScope, past: DateTime<Utc>) -> Select<ticket_move::entity::Entity> {
    use ticket_move::entity::Column;
    ticket_move::store::visible(scope).filter(Column::WasOpen.eq(true)).filter(Column::Since.lte(past)).filter(Column::At.gt(past))
}

impl Question {
    async fn counted<C: ConnectionTrait>(
        &self,
        db: &C,
        scope: &RowScope,
        at: DateTime<Utc>,
    ) -> Result<BTreeMap<Key, [i64; FIGURES]>, Problem> {
        use ticket::entity::Column as Now;
        use ticket_move::entity::Column as Then;
        let overdue = self.past.is_none().then(|| Condition::all().add(Now::DueAt.lt(at)));
        let mut counted =
            self.asked.count(db, standing(scope, at), &STANDING, &figures((Now::Status, Now::CreatedAt), overdue, at)).await?;
        if let Some(past) = self.past {
            for (key, figures) in
                self.asked.count(db, moved(scope, past), &MOVED, &figures((Then::WasStatus, Then::OpenedAt), None, at)).await?
            {
                let sums = counted.entry(key).or_insert([0; FIGURES]);
                sums.iter_mut().zip(figures).for_each(|(sum, more)| *sum += more);
            }
        }
        Ok(counted)
    }

    fn row(&self, key: &Key, figures: [i64; FIGURES], at: DateTime<Utc>) -> Result<BacklogRow, Problem> {
        let [new, open, waiting_customer, waiting_vendor, scheduled, days_0, days_1, days_3, days_7, days_30, overdue] = figures;
        let instant = instant(at);
        let moves = || format!("{}&filter[since][lte]={instant}&filter[at][gt]={instant}", self.asked.link(key, &MOVED));
        Ok(BacklogRow {
            r#type: word_or_none(key.kind.as_deref())?,
            channel: word_or_none(key.channel.as_deref())?,
            key: key.view(&self.asked),
            backlog: new + open + waiting_customer + waiting_vendor + scheduled,
            new,
            open,
            waiting_customer,
            waiting_vendor,
            scheduled,
            days_0,
            days_1,
            days_3,
            days_7,
            days_30,
            overdue: self.past.is_none().then_some(overdue),
            tickets: format!("{}&filter[moved_at][lte]={instant}", self.asked.link(key, &STANDING)),
            moves: self.past.map(|_| moves()),
        })
    }
}

/// Report the open tickets.
///
/// Those of now or as of the end of a past day, by state and age. As JSON, or the same rows with `Accept: text/csv`.
#[utoipa::path(get, path = "/v1/reports/backlog", params(BacklogQuery), responses((status = 200, content((BacklogReport = "application/json"), (String = "text/csv")))))]
async fn backlog(
    caller: Caller<ReadTicketReports>,
    query: Query<BacklogQuery>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let (db, now) = (app.db.read(), app.clock.now());
    let question = query.read(app.rules.current(db).await?.as_ref(), now)?;
    let at = question.past.unwrap_or(now);
    let counted = question.counted(db, caller.scope(), at).await?;
    let data = counted.into_iter().map(|(key, figures)| question.row(&key, figures, at)).collect::<Result<Vec<_>, _>>()?;
    let report = BacklogReport { at, data };
    sheet::reply(&request, &COLUMNS, &report.data, &report)
}
