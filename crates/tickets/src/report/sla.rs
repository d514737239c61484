//! How promises were kept: those begun in a period, and what became of them by now.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Query};
use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word_or_none;
use platform::{operations, sheet};
use sea_orm::sea_query::{Expr, Query as Sql, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, Select};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::{Asked, Dimension, ReportPeriod, ReportQuery};
use super::count::{Key, Places, ReportKey};
use super::rate::ratio;
use crate::Tickets;
use crate::access::ReadTicketReports;
use crate::obligation::condition::became;
use crate::obligation::entity::{Column, Entity};
use crate::obligation::store;
use crate::vocabulary::{ObligationKind, Outcome};

pub(super) fn operations() -> Operations {
    operations!["reports"; sla]
}

pub(super) const PROMISES: Places = Places {
    list: "/v1/obligations",
    only: "",
    at: ("obligation.start_at", "start_at"),
    kind: ("obligation.kind", "kind"),
    channel: ("NULL", ""),
    owner: ("obligation.", ""),
};

const KNOWN: [Dimension; 8] = [
    Dimension::Kind,
    Dimension::Branch,
    Dimension::Group,
    Dimension::Assignee,
    Dimension::Account,
    Dimension::Day,
    Dimension::Week,
    Dimension::Month,
];

/// The figures of one row. Shares are percentages with two digits, rounded half up; null where nothing was decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SlaRow {
    /// Null when the report is not broken down by it.
    kind: Option<ObligationKind>,
    #[serde(flatten)]
    key: ReportKey,
    /// All that began in the period: the sum of the next five.
    #[schema(minimum = 0)]
    promised: i64,
    /// Kept in time.
    #[schema(minimum = 0)]
    met: i64,
    /// Broken and not excused, whatever was done later.
    #[schema(minimum = 0)]
    missed: i64,
    #[schema(minimum = 0)]
    excused: i64,
    /// May still be kept.
    #[schema(minimum = 0)]
    open: i64,
    /// Waived or cancelled before it was due.
    #[schema(minimum = 0)]
    dropped: i64,
    /// The share of those met or missed that was met.
    #[schema(max_length = 20, example = "95.00")]
    met_percent: Option<String>,
    /// The share of those met or missed that was missed.
    #[schema(max_length = 20, example = "5.00")]
    breach_percent: Option<String>,
    /// As `breach_percent`, counting excused breaches too.
    #[schema(max_length = 20, example = "7.50")]
    breach_percent_with_excused: Option<String>,
    /// Clock seconds in which half of those that were done, late ones too, were done.
    #[schema(minimum = 0)]
    median_s: Option<i64>,
    /// Clock seconds in which nine of ten were done.
    #[schema(minimum = 0)]
    p90_s: Option<i64>,
    /// The promises that were counted; add `filter[outcome][eq]` for those of one figure.
    #[schema(max_length = 1000)]
    obligations: String,
}

const COLUMNS: [&str; 18] = [
    "kind",
    "branch_id",
    "group_id",
    "assignee_id",
    "account_id",
    "starts_on",
    "promised",
    "met",
    "missed",
    "excused",
    "open",
    "dropped",
    "met_percent",
    "breach_percent",
    "breach_percent_with_excused",
    "median_s",
    "p90_s",
    "obligations",
];

/// How promises were kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SlaReport {
    #[serde(flatten)]
    period: ReportPeriod,
    #[schema(max_items = 10_000)]
    data: Vec<SlaRow>,
}

/// How long it took until promises were done.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
struct Taken {
    median_s: Option<i64>,
    p90_s: Option<i64>,
}

/// What became of promises, in the order of [`OUTCOMES`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcomes {
    pub(super) met: i64,
    pub(super) missed: i64,
    pub(super) excused: i64,
    pub(super) open: i64,
    pub(super) dropped: i64,
}

const OUTCOMES: [Outcome; 5] = [Outcome::Met, Outcome::Missed, Outcome::Excused, Outcome::Open, Outcome::Dropped];

/// What became of promises by now, by key.
pub(super) async fn outcomes<C: ConnectionTrait>(
    db: &C,
    asked: &Asked,
    promises: Select<Entity>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Key, Outcomes>, Problem> {
    let counted = asked.count(db, promises, &PROMISES, &OUTCOMES.map(|outcome| became(outcome, now))).await?;
    let outcomes = |[met, missed, excused, open, dropped]: [i64; 5]| Outcomes { met, missed, excused, open, dropped };
    Ok(counted.into_iter().map(|(key, counts)| (key, outcomes(counts))).collect())
}

/// The statement that picks the median and the ninth decile of the times within each key, by nearest rank.
pub(super) fn picking(asked: &Asked, promises: Select<Entity>) -> SelectStatement {
    const KEYS: &str = "stretch, kind, channel, branch_id, group_id, assignee_id, account_id";
    let mut done = asked.keyed(promises.filter(Column::TakenS.is_not_null()), &PROMISES);
    done.expr_as(Expr::cust("obligation.taken_s"), "taken_s");
    let mut ranked = Sql::select().from_subquery(done, "done").expr(Expr::cust("done.*")).take();
    ranked.expr_as(Expr::cust(format!("ROW_NUMBER() OVER (PARTITION BY {KEYS} ORDER BY taken_s)")), "place");
    ranked.expr_as(Expr::cust(format!("COUNT(*) OVER (PARTITION BY {KEYS})")), "number");
    let mut picked = Sql::select().from_subquery(ranked, "ranked").expr(Expr::cust(KEYS)).take();
    picked.expr_as(Expr::cust("MAX(CASE WHEN place = (number + 1) / 2 THEN taken_s END)"), "median_s");
    picked.expr_as(Expr::cust("MAX(CASE WHEN place = (number * 9 + 9) / 10 THEN taken_s END)"), "p90_s");
    picked.add_group_by([Expr::cust(KEYS)]);
    picked
}

async fn taken<C: ConnectionTrait>(db: &C, asked: &Asked, promises: Select<Entity>) -> Result<BTreeMap<Key, Taken>, Problem> {
    let mut found = BTreeMap::new();
    for row in db.query_all(&picking(asked, promises)).await? {
        found.insert(Key::from_query_result(&row, "")?, Taken::from_query_result(&row, "")?);
    }
    Ok(found)
}

impl SlaRow {
    fn of(key: &Key, outcomes: Outcomes, taken: Taken, asked: &Asked) -> Result<Self, Problem> {
        let Outcomes { met, missed, excused, open, dropped } = outcomes;
        Ok(Self {
            kind: word_or_none(key.kind.as_deref())?,
            key: key.view(asked),
            promised: met + missed + excused + open + dropped,
            met,
            missed,
            excused,
            open,
            dropped,
            met_percent: ratio(met, met + missed, 100),
            breach_percent: ratio(missed, met + missed, 100),
            breach_percent_with_excused: ratio(missed + excused, met + missed + excused, 100),
            median_s: taken.median_s,
            p90_s: taken.p90_s,
            obligations: asked.link(key, &PROMISES),
        })
    }
}

/// Report how promises were kept.
///
/// Counts the promises that began in the period, by kind unless asked otherwise, with what became of each by now. As JSON, or the
/// same rows with `Accept: text/csv`.
#[utoipa::path(get, path = "/v1/reports/sla", params(ReportQuery), responses((status = 200, content((SlaReport = "application/json"), (String = "text/csv")))))]
async fn sla(
    caller: Caller<ReadTicketReports>,
    query: Query<ReportQuery>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (asked, period) = query.read(app.rules.current(db).await?.as_ref(), now, (&KNOWN, &[Dimension::Kind]))?;
    let promises = store::visible(caller.scope()).filter(caller.scope().staff_only());
    let counted = outcomes(db, &asked, promises.clone(), now).await?;
    let times = taken(db, &asked, promises).await?;
    let row = |(key, outcomes)| SlaRow::of(&key, outcomes, times.get(&key).copied().unwrap_or_default(), &asked);
    let data = counted.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let report = SlaReport { period, data };
    sheet::reply(&request, &COLUMNS, &report.data, &report)
}
