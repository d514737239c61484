//! Reading open amounts by account and bucket, in one statement and so from one snapshot.

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::{Currency, Fault};
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::model::{Aged, LIMITS};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Effective dates after it do not count.
    pub as_of: NaiveDate,
    /// What was recorded after it does not count.
    pub known_at: Option<DateTime<Utc>>,
    pub currency: Currency,
    pub account: Option<Uuid>,
}

/// One account's answer.
#[derive(Clone, Debug)]
pub struct AgedAccount {
    pub account: Uuid,
    pub aged: Aged,
}

#[derive(FromQueryResult)]
struct Row {
    account_id: Uuid,
    b0: i64,
    b1: i64,
    b2: i64,
    b3: i64,
    b4: i64,
    b5: i64,
    cash: i64,
    credits: i64,
}

/// The statement's text with its values; a value is added where its placeholder is written.
#[derive(Default)]
struct Sql {
    values: Vec<Value>,
}

impl Sql {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The condition on a table's owner columns; `branch` is absent where a table has none.
    fn owned(&mut self, question: &Question, scope: &RowScope, account: &str) -> String {
        let mut condition = String::new();
        if let Some(id) = question.account {
            condition = format!(" AND {account} = {}", self.bind(id));
        }
        if let RowScope::Branches(branches) = scope {
            let list: Vec<String> = branches.iter().map(|branch| self.bind(*branch)).collect();
            let named = if list.is_empty() { String::new() } else { format!(" OR branch_id IN ({})", list.join(", ")) };
            condition.push_str(&format!(" AND (branch_id IS NULL{named})"));
        }
        condition
    }
}

/// The aging of every account that has something open, in the order of account ids.
///
/// # Errors
/// Those of the database; `overflow` for a date outside the calendar.
pub async fn aged<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    question: &Question,
    today: NaiveDate,
) -> Result<Vec<AgedAccount>, Problem> {
    let mut sql = Sql::default();
    let current = question.as_of >= today && question.known_at.is_none() && matches!(scope, RowScope::All);
    let rows = if current { balances(&mut sql, question, scope) } else { history(&mut sql, question, scope) };
    let mut bounds = Vec::with_capacity(LIMITS.len());
    for limit in LIMITS {
        let days = Days::new(u64::try_from(limit).unwrap_or_default());
        bounds.push(sql.bind(question.as_of.checked_sub_days(days).ok_or_else(Fault::overflow)?));
    }
    let text = format!(
        "SELECT account_id, {}, {}, {} FROM ({rows}) AS items GROUP BY account_id ORDER BY account_id",
        buckets(&bounds),
        sum("cash", "cash"),
        sum("credits", "credits")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, sql.values);
    let rows = Row::find_by_statement(statement).all(db).await?;
    Ok(rows.into_iter().map(answer).filter(|account| account.aged != Aged::default()).collect())
}

fn answer(row: Row) -> AgedAccount {
    let buckets = [row.b0, row.b1, row.b2, row.b3, row.b4, row.b5];
    AgedAccount { account: row.account_id, aged: Aged { buckets, unapplied_cash: row.cash, unapplied_credits: row.credits } }
}

fn sum(expression: &str, name: &str) -> String {
    format!("CAST(COALESCE(SUM({expression}), 0) AS BIGINT) AS {name}")
}

/// One sum per bucket; `bounds` are the earliest due dates of all buckets but the last.
fn buckets(bounds: &[String]) -> String {
    let mut columns = Vec::with_capacity(bounds.len() + 1);
    for (index, bound) in bounds.iter().enumerate() {
        let below =
            index.checked_sub(1).and_then(|before| bounds.get(before)).map_or(String::new(), |before| format!(" AND due_date < {before}"));
        columns.push(sum(&format!("CASE WHEN due_date >= {bound}{below} THEN amount ELSE 0 END"), &format!("b{index}")));
    }
    let last = bounds.last().map_or("due_date".to_owned(), |bound| format!("due_date < {bound}"));
    columns.push(sum(&format!("CASE WHEN {last} THEN amount ELSE 0 END"), &format!("b{}", bounds.len())));
    columns.join(", ")
}

/// As of today and as known now, the cached balances are the answer. The index of the open invoices gives them in the order of the inner
/// groups, so that only one sum is carried for each of them and the buckets are decided once for an account and a day.
fn balances(sql: &mut Sql, question: &Question, scope: &RowScope) -> String {
    let currency = sql.bind(question.currency.code());
    let invoices = sql.owned(question, scope, "bill_to_id");
    let accounts = sql.owned(question, scope, "account_id");
    format!(
        "SELECT bill_to_id AS account_id, due_date, CAST(SUM(balance) AS BIGINT) AS amount, 0 AS cash, 0 AS credits FROM invoice \
         WHERE open = TRUE AND currency = {currency}{invoices} GROUP BY bill_to_id, due_date \
         UNION ALL SELECT account_id, NULL, 0, unapplied_cash, unapplied_credit FROM account_balance \
         WHERE currency = {currency}{accounts}"
    )
}

/// What each document still had on the date, from the applications that counted then.
fn history(sql: &mut Sql, question: &Question, scope: &RowScope) -> String {
    let currency = sql.bind(question.currency.code());
    let date = sql.bind(question.as_of);
    let known = sql.bind(question.known_at.unwrap_or(DateTime::<Utc>::MAX_UTC).min(far()));
    let (invoices, payments, memos) =
        (sql.owned(question, scope, "bill_to_id"), sql.owned(question, scope, "account_id"), sql.owned(question, scope, "bill_to_id"));
    let applied = |column: &str, amount: &str| {
        format!(
            "(SELECT {column}, SUM({amount}) AS applied FROM application WHERE effective_on <= {date} AND recorded_at <= {known} \
             GROUP BY {column}) a"
        )
    };
    let (to_invoice, from_source) = (applied("invoice_id", "amount + discount"), applied("source_id", "amount"));
    format!(
        "SELECT bill_to_id AS account_id, due_date, total - COALESCE(applied, 0) AS amount, 0 AS cash, 0 AS credits \
         FROM invoice LEFT JOIN {to_invoice} ON a.invoice_id = invoice.id \
         WHERE currency = {currency} AND issue_date <= {date} AND posted_at <= {known} \
         AND (voided_on IS NULL OR voided_on > {date} OR voided_at > {known}){invoices} \
         UNION ALL SELECT account_id, NULL, 0, \
         CASE WHEN reversed_on <= {date} AND reversed_at <= {known} THEN 0 ELSE amount END - COALESCE(applied, 0), 0 \
         FROM payment LEFT JOIN {from_source} ON a.source_id = payment.id \
         WHERE currency = {currency} AND received_on <= {date} AND created_at <= {known}{payments} \
         UNION ALL SELECT bill_to_id, NULL, 0, 0, total - COALESCE(applied, 0) \
         FROM credit_memo LEFT JOIN {from_source} ON a.source_id = credit_memo.id \
         WHERE currency = {currency} AND issue_date <= {date} AND posted_at <= {known}{memos}"
    )
}

/// The latest instant that is compared; later than anything recorded.
fn far() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(9_999, 12, 31).unwrap_or_default().and_time(chrono::NaiveTime::MIN).and_utc()
}
