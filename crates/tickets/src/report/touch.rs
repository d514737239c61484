//! Daily touches: of the open tickets that a person had to touch on a business day, how many were.

use actix_web::HttpRequest;
use actix_web::web::{Data, Query};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::{operations, sheet};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::{Asked, Dimension, ReportPeriod, ReportQuery};
use super::count::{Key, Places, ReportKey};
use super::rate::ratio;
use super::sla::{Outcomes, PROMISES, outcomes};
use crate::Tickets;
use crate::access::ReadTicketReports;
use crate::obligation::entity::Column;
use crate::obligation::store;
use crate::vocabulary::ObligationKind;

pub(super) fn operations() -> Operations {
    operations!["reports"; touch]
}

const TOUCHES: Places = Places { only: "filter[kind][eq]=daily_touch", ..PROMISES };

const KNOWN: [Dimension; 7] =
    [Dimension::Branch, Dimension::Group, Dimension::Assignee, Dimension::Account, Dimension::Day, Dimension::Week, Dimension::Month];

/// The figures of one row. A touch that was waived or called off is not required.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct TouchRow {
    #[serde(flatten)]
    key: ReportKey,
    /// Those met and those missed.
    #[schema(minimum = 0)]
    required: i64,
    #[schema(minimum = 0)]
    met: i64,
    /// Missed and not excused.
    #[schema(minimum = 0)]
    missed: i64,
    /// Missed, excused, and so not required.
    #[schema(minimum = 0)]
    excused: i64,
    /// May still be met today.
    #[schema(minimum = 0)]
    open: i64,
    /// The share of those required that was met, with two digits, rounded half up; null where none was required.
    #[schema(max_length = 20, example = "66.67")]
    met_percent: Option<String>,
    /// The promises that were counted; add `filter[outcome][eq]` for those of one figure.
    #[schema(max_length = 1000)]
    obligations: String,
}

const COLUMNS: [&str; 12] = [
    "branch_id",
    "group_id",
    "assignee_id",
    "account_id",
    "starts_on",
    "required",
    "met",
    "missed",
    "excused",
    "open",
    "met_percent",
    "obligations",
];

/// How tickets were touched.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct TouchReport {
    #[serde(flatten)]
    period: ReportPeriod,
    #[schema(max_items = 10_000)]
    data: Vec<TouchRow>,
}

impl TouchRow {
    fn of(key: &Key, outcomes: Outcomes, asked: &Asked) -> Self {
        let Outcomes { met, missed, excused, open, .. } = outcomes;
        Self {
            key: key.view(asked),
            required: met + missed,
            met,
            missed,
            excused,
            open,
            met_percent: ratio(met, met + missed, 100),
            obligations: asked.link(key, &TOUCHES),
        }
    }
}

/// Report how open tickets were touched.
///
/// By branch, assignee and day unless asked otherwise: the assignee is who had the ticket when the touch was made or missed. As JSON,
/// or the same rows with `Accept: text/csv`.
#[utoipa::path(get, path = "/v1/reports/touch", params(ReportQuery), responses((status = 200, content((TouchReport = "application/json"), (String = "text/csv")))))]
async fn touch(
    caller: Caller<ReadTicketReports>,
    query: Query<ReportQuery>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    const DEFAULT: [Dimension; 3] = [Dimension::Branch, Dimension::Assignee, Dimension::Day];
    let (db, now, scope) = (app.db.read(), app.clock.now(), caller.scope());
    let (asked, period) = query.read(app.rules.current(db).await?.as_ref(), now, (&KNOWN, &DEFAULT))?;
    let touches = store::visible(scope).filter(scope.staff_only()).filter(Column::Kind.eq(ObligationKind::DailyTouch.as_str()));
    let counted = outcomes(db, &asked, touches, now).await?;
    let data = counted.into_iter().map(|(key, outcomes)| TouchRow::of(&key, outcomes, &asked)).collect();
    let report = TouchReport { period, data };
    sheet::reply(&request, &COLUMNS, &report.data, &report)
}
