//! How satisfied customers were: those asked in a period, what they answered, by branch, group, assignee or account.
//!
//! A figure counts invitations by the instant they were sent, and their answers as they are now; each row names the list of
//! answers that it was counted from.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Query};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::words;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::{operations, sheet};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::asked::{Asked, Dimension, refused, zone};
use super::count::{Key, Places};
use super::rate::ratio;
use crate::Tickets;
use crate::access::ReadSurveys;
use crate::rulebook::Rulebook;
use crate::survey::{entity, response_entity as response, store};

words! {
    /// What the figures are broken down by.
    pub(crate) enum CsatGroup {
        None = "none",
        Branch = "branch",
        Group = "group",
        Assignee = "assignee",
        Account = "account",
        Day = "day",
        Week = "week",
        Month = "month",
    }
}

pub(super) fn operations() -> Operations {
    operations!["reports"; csat]
}

pub(super) const SENT: Places = Places { at: ("survey.sent_at", "sent_at"), owner: ("survey.", ""), ..ANSWERS };

pub(super) const ANSWERS: Places = Places {
    list: "/v1/survey-responses",
    only: "",
    at: ("survey_response.sent_at", "sent_at"),
    kind: ("NULL", ""),
    channel: ("NULL", ""),
    owner: ("survey_response.", ""),
};

/// Which surveys are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CsatQuery {
    /// Sent at this instant or later.
    from: Option<DateTime<Utc>>,
    /// Sent before this instant.
    to: Option<DateTime<Utc>>,
    /// `none` when absent. Days, weeks and months need `from` and `to`.
    #[param(inline)]
    group_by: Option<CsatGroup>,
    /// The IANA zone of days, weeks and months; the default calendar's when absent.
    #[param(max_length = 64, example = "America/Chicago")]
    time_zone: Option<String>,
}

/// The figures of one row. Shares and averages are decimals with two digits, rounded half up; null where nobody answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct CsatRow {
    /// The branch, group, assignee or account; null for none, and for the whole.
    key: Option<Uuid>,
    /// The first day of the day, week or month; null when the figures are not broken down by it.
    starts_on: Option<NaiveDate>,
    #[schema(minimum = 0)]
    sent: i64,
    #[schema(minimum = 0)]
    answered: i64,
    #[schema(max_length = 20, example = "42.50")]
    response_percent: Option<String>,
    #[schema(minimum = 0)]
    score_1: i64,
    #[schema(minimum = 0)]
    score_2: i64,
    #[schema(minimum = 0)]
    score_3: i64,
    #[schema(minimum = 0)]
    score_4: i64,
    #[schema(minimum = 0)]
    score_5: i64,
    #[schema(max_length = 20, example = "4.25")]
    average_score: Option<String>,
    /// The share of the answers that are 4 or 5.
    #[schema(max_length = 20, example = "87.50")]
    satisfied_percent: Option<String>,
    /// The answers that were counted.
    #[schema(max_length = 500)]
    responses: String,
}

/// How satisfied customers were.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct CsatReport {
    #[schema(max_items = 100_000)]
    data: Vec<CsatRow>,
}

impl CsatRow {
    fn of(key: &Key, sent: i64, scores: [i64; 5], asked: &Asked) -> Self {
        let [score_1, score_2, score_3, score_4, score_5] = scores;
        let answered = score_1 + score_2 + score_3 + score_4 + score_5;
        let sum = score_1 + 2 * score_2 + 3 * score_3 + 4 * score_4 + 5 * score_5;
        Self {
            key: key.branch_id.or(key.group_id).or(key.assignee_id).or(key.account_id),
            starts_on: asked.starts_on(key),
            sent,
            answered,
            response_percent: ratio(answered, sent, 100),
            score_1,
            score_2,
            score_3,
            score_4,
            score_5,
            average_score: ratio(sum, answered, 1),
            satisfied_percent: ratio(score_4 + score_5, answered, 100),
            responses: asked.link(key, &ANSWERS),
        }
    }
}

const COLUMNS: [&str; 13] = [
    "key",
    "starts_on",
    "sent",
    "answered",
    "response_percent",
    "score_1",
    "score_2",
    "score_3",
    "score_4",
    "score_5",
    "average_score",
    "satisfied_percent",
    "responses",
];

impl CsatQuery {
    fn read(&self, rules: &Rulebook, now: DateTime<Utc>) -> Result<Asked, Problem> {
        if self.from.zip(self.to).is_some_and(|(from, to)| from >= to) {
            return Err(refused("to", "invalid_value", "Expected an instant after from.").into());
        }
        let by = match self.group_by.unwrap_or(CsatGroup::None) {
            CsatGroup::None => None,
            CsatGroup::Branch => Some(Dimension::Branch),
            CsatGroup::Group => Some(Dimension::Group),
            CsatGroup::Assignee => Some(Dimension::Assignee),
            CsatGroup::Account => Some(Dimension::Account),
            CsatGroup::Day => Some(Dimension::Day),
            CsatGroup::Week => Some(Dimension::Week),
            CsatGroup::Month => Some(Dimension::Month),
        };
        let zone = zone(self.time_zone.as_deref(), rules, now)?;
        Ok(Asked::new((self.from, self.to), by.into_iter().collect(), zone)?)
    }
}

/// Counts invitations, then answers by score, each in one query.
async fn counted<C: ConnectionTrait>(db: &C, scope: &RowScope, asked: &Asked) -> Result<Vec<CsatRow>, Problem> {
    let invitations = store::visible(scope).filter(entity::Column::SentAt.is_not_null());
    let sent = asked.count(db, invitations, &SENT, &[Condition::all()]).await?;
    let scores = [1, 2, 3, 4, 5].map(|score| Condition::all().add(response::Column::Score.eq(score)));
    let given = asked.count(db, store::visible_responses(scope), &ANSWERS, &scores).await?;
    let mut rows: BTreeMap<Key, (i64, [i64; 5])> = BTreeMap::new();
    for (key, [sent]) in sent {
        rows.entry(key).or_default().0 = sent;
    }
    for (key, scores) in given {
        rows.entry(key).or_default().1 = scores;
    }
    Ok(rows.into_iter().map(|(key, (sent, scores))| CsatRow::of(&key, sent, scores, asked)).collect())
}

/// Report how satisfied customers were.
///
/// As JSON, or the same figures with `Accept: text/csv`.
#[utoipa::path(get, path = "/v1/reports/csat", params(CsatQuery), responses((status = 200, content((CsatReport = "application/json"), (String = "text/csv")))))]
async fn csat(caller: Caller<ReadSurveys>, query: Query<CsatQuery>, request: HttpRequest, app: Data<Tickets>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let asked = query.read(app.rules.current(db).await?.as_ref(), app.clock.now())?;
    let report = CsatReport { data: counted(db, caller.scope(), &asked).await? };
    sheet::reply(&request, &COLUMNS, &report.data, &report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_of_those_who_answered() {
        let asked = Asked::new((None, None), Vec::new(), chrono_tz::Tz::UTC).unwrap();
        let row = CsatRow::of(&Key::default(), 4, [0, 2, 0, 0, 1], &asked);
        assert_eq!((row.response_percent.as_deref(), row.average_score.as_deref()), (Some("75.00"), Some("3.00")));
        assert_eq!(row.satisfied_percent.as_deref(), Some("33.33"));
    }
}
