//! How satisfied customers were: those asked in a period, what they answered, by branch, group, assignee or account.
//!
//! A figure counts invitations by the instant they were sent, and their answers as they are now; each row names the list of
//! answers that it was counted from.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Data, Query};
use chrono::{DateTime, SecondsFormat, Utc};
use kernel::{Fault, FaultKind, words};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{entity, response_entity as response, store};
use crate::Tickets;
use crate::access::ReadSurveys;

words! {
    /// What the figures are broken down by.
    pub(crate) enum GroupBy { None = "none", Branch = "branch", Group = "group", Assignee = "assignee", Account = "account" }
}

pub(super) fn operations() -> Operations {
    operations!["reports"; csat]
}

/// Which surveys are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CsatQuery {
    /// Sent at this instant or later.
    from: Option<DateTime<Utc>>,
    /// Sent before this instant.
    to: Option<DateTime<Utc>>,
    /// `none` when absent.
    #[param(inline)]
    group_by: Option<GroupBy>,
}

/// The figures of one row. Shares and averages are decimals with two digits, rounded half up; null where nobody answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
struct CsatRow {
    /// The branch, group, assignee or account; null for none, and for the whole.
    key: Option<Uuid>,
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

/// `number / of`, times `scale`, with two digits, rounded half up.
fn ratio(number: i64, of: i64, scale: i64) -> Option<String> {
    let hundredths = number.checked_mul(scale)?.checked_mul(200)?.checked_add(of)?.checked_div(of.checked_mul(2)?)?;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

impl CsatRow {
    fn count(&mut self, score: i16, answers: i64) {
        match score {
            1 => self.score_1 += answers,
            2 => self.score_2 += answers,
            3 => self.score_3 += answers,
            4 => self.score_4 += answers,
            _ => self.score_5 += answers,
        }
        self.answered += answers;
    }

    fn completed(mut self, responses: String) -> Self {
        let sum = self.score_1 + 2 * self.score_2 + 3 * self.score_3 + 4 * self.score_4 + 5 * self.score_5;
        self.response_percent = ratio(self.answered, self.sent, 100);
        self.average_score = ratio(sum, self.answered, 1);
        self.satisfied_percent = ratio(self.score_4 + self.score_5, self.answered, 100);
        self.responses = responses;
        self
    }

    fn cells(&self) -> [String; 12] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        [
            self.key.map(|key| key.to_string()).unwrap_or_default(),
            self.sent.to_string(),
            self.answered.to_string(),
            text(&self.response_percent),
            self.score_1.to_string(),
            self.score_2.to_string(),
            self.score_3.to_string(),
            self.score_4.to_string(),
            self.score_5.to_string(),
            text(&self.average_score),
            text(&self.satisfied_percent),
            self.responses.clone(),
        ]
    }
}

const COLUMNS: &str =
    "key,sent,answered,response_percent,score_1,score_2,score_3,score_4,score_5,average_score,satisfied_percent,responses";

/// Numbers, identifiers and paths only: nothing in a cell needs quoting, and none begins a formula.
fn csv(rows: &[CsatRow]) -> String {
    let lines = rows.iter().map(|row| row.cells().join(","));
    std::iter::once(COLUMNS.to_owned()).chain(lines).map(|line| line + "\r\n").collect()
}

impl CsatQuery {
    fn by(&self) -> GroupBy {
        self.group_by.unwrap_or(GroupBy::None)
    }

    fn within<E: EntityTrait>(&self, select: Select<E>, sent_at: E::Column) -> Select<E> {
        let select = self.from.map_or(select.clone(), |from| select.filter(sent_at.gte(from)));
        self.to.map_or(select.clone(), |to| select.filter(sent_at.lt(to)))
    }

    /// The list of the answers of one row.
    fn responses(&self, key: Option<Uuid>) -> String {
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let mut filters = Vec::new();
        filters.extend(self.from.map(|from| format!("filter[sent_at][gte]={}", instant(from))));
        filters.extend(self.to.map(|to| format!("filter[sent_at][lt]={}", instant(to))));
        match (self.by(), key) {
            (GroupBy::None, _) => {}
            (by, Some(key)) => filters.push(format!("filter[{by}_id]={key}")),
            (by, None) => filters.push(format!("filter[{by}_id][exists]=false")),
        }
        format!("/v1/survey-responses?{}", filters.join("&"))
    }
}

/// Counts invitations, then answers by score, each in one query.
async fn counted<C: ConnectionTrait>(db: &C, scope: &RowScope, query: &CsatQuery) -> Result<Vec<CsatRow>, Problem> {
    use entity::Column as Sent;
    use response::Column as Given;
    let (sent_by, given_by) = match query.by() {
        GroupBy::None => (None, None),
        GroupBy::Branch => (Some(Sent::BranchId), Some(Given::BranchId)),
        GroupBy::Group => (Some(Sent::GroupId), Some(Given::GroupId)),
        GroupBy::Assignee => (Some(Sent::AssigneeId), Some(Given::AssigneeId)),
        GroupBy::Account => (Some(Sent::AccountId), Some(Given::AccountId)),
    };
    let mut rows: BTreeMap<Option<Uuid>, CsatRow> = BTreeMap::new();
    if sent_by.is_none() {
        rows.insert(None, CsatRow::default());
    }
    let sent = query.within(store::visible(scope).filter(Sent::SentAt.is_not_null()), Sent::SentAt).select_only();
    let sent = sent.column_as(Sent::Id.count(), "number");
    let sent: Vec<(i64, Option<Uuid>)> = match sent_by {
        None => sent.into_tuple::<i64>().all(db).await?.into_iter().map(|number| (number, None)).collect(),
        Some(by) => sent.column(by).group_by(by).into_tuple().all(db).await?,
    };
    for (number, key) in sent {
        rows.entry(key).or_insert_with(|| CsatRow { key, ..CsatRow::default() }).sent = number;
    }
    let given = query.within(store::visible_responses(scope), Given::SentAt).select_only();
    let given = given.column(Given::Score).column_as(Given::Id.count(), "number").group_by(Given::Score);
    let given: Vec<(i16, i64, Option<Uuid>)> = match given_by {
        None => given.into_tuple::<(i16, i64)>().all(db).await?.into_iter().map(|(score, number)| (score, number, None)).collect(),
        Some(by) => given.column(by).group_by(by).into_tuple().all(db).await?,
    };
    for (score, number, key) in given {
        rows.entry(key).or_insert_with(|| CsatRow { key, ..CsatRow::default() }).count(score, number);
    }
    Ok(rows.into_iter().map(|(key, row)| row.completed(query.responses(key))).collect())
}

/// Report how satisfied customers were.
///
/// As JSON, or the same figures with `Accept: text/csv`.
#[utoipa::path(get, path = "/v1/reports/csat", params(CsatQuery), responses((status = 200, content((CsatReport = "application/json"), (String = "text/csv")))))]
async fn csat(caller: Caller<ReadSurveys>, query: Query<CsatQuery>, request: HttpRequest, app: Data<Tickets>) -> Result<Reply, Problem> {
    if query.from.zip(query.to).is_some_and(|(from, to)| from >= to) {
        let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The period has no length.");
        return Err(fault.and_field("?to", "invalid_value", "Expected an instant after from.").into());
    }
    let data = counted(app.db.read(), caller.scope(), &query).await?;
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/csv") {
        return Ok(Reply::content("text/csv; charset=utf-8", csv(&data)));
    }
    Reply::ok(&CsatReport { data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_nothing_has_no_share() {
        assert_eq!(ratio(2, 3, 100).as_deref(), Some("66.67"));
        assert_eq!(ratio(1, 8, 1).as_deref(), Some("0.13"));
        assert_eq!(ratio(0, 0, 100), None);
        let mut row = CsatRow { sent: 4, ..CsatRow::default() };
        row.count(5, 1);
        row.count(2, 2);
        let row = row.completed(String::new());
        assert_eq!((row.response_percent.as_deref(), row.average_score.as_deref()), (Some("75.00"), Some("3.00")));
        assert_eq!(row.satisfied_percent.as_deref(), Some("33.33"));
    }
}
