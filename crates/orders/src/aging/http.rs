//! The aging report over HTTP.

use actix_web::web::{Data, Query};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Fault, Money};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::{operations, permissions};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::model::{Aged, BUCKETS};
use super::query::{AgedAccount, Question, aged};
use crate::Orders;

permissions! {
    /// Read reports.
    pub ReadReports = "reports:read";
}

/// How many accounts the report lists.
const MOST: usize = 1_000;

/// What the aging is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AgingQuery {
    /// Only what was effective by then counts; today when absent.
    as_of: Option<NaiveDate>,
    /// Only what was recorded by then counts; everything when absent.
    known_at: Option<DateTime<Utc>>,
    /// USD when absent.
    #[param(min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// One account only.
    account_id: Option<Uuid>,
}

/// Open amounts by days past due.
#[derive(Serialize, ToSchema)]
struct AgedView {
    /// Not yet past due.
    current: Money,
    days_1_30: Money,
    days_31_60: Money,
    days_61_90: Money,
    days_91_120: Money,
    over_120: Money,
    /// All buckets together.
    total: Money,
    unapplied_cash: Money,
    unapplied_credits: Money,
    /// The total less what is unapplied.
    net: Money,
}

impl AgedView {
    fn of(aged: &Aged, currency: Currency) -> Result<Self, Fault> {
        let money = |minor| Money::from_minor(minor, currency);
        let [current, days_1_30, days_31_60, days_61_90, days_91_120, over_120] = aged.buckets.map(money);
        let total = money(aged.total()?);
        let (unapplied_cash, unapplied_credits) = (money(aged.unapplied_cash), money(aged.unapplied_credits));
        let net = total.minus(unapplied_cash)?.minus(unapplied_credits)?;
        Ok(Self { current, days_1_30, days_31_60, days_61_90, days_91_120, over_120, total, unapplied_cash, unapplied_credits, net })
    }
}

/// One account's aging.
#[derive(Serialize, ToSchema)]
struct AgedAccountView {
    account_id: Uuid,
    #[serde(flatten)]
    aged: AgedView,
}

/// The aging of receivables.
#[derive(Serialize, ToSchema)]
struct AgingView {
    as_of: NaiveDate,
    known_at: Option<DateTime<Utc>>,
    currency: Currency,
    /// Over all accounts, also those not listed.
    totals: AgedView,
    /// The accounts that owe most, at most 1,000.
    #[schema(max_items = 1000)]
    accounts: Vec<AgedAccountView>,
}

/// Age the receivables.
///
/// Open amounts by days past due, as of an effective date and as known at an instant.
#[utoipa::path(get, path = "/v1/reports/aging", params(AgingQuery), responses((status = 200, body = AgingView)))]
async fn aging(caller: Caller<ReadReports>, query: Query<AgingQuery>, app: Data<Orders>) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::forbidden("staff_only", "The aging of receivables is for staff.").into());
    }
    let today = app.today();
    let currency: Currency = query.currency.as_deref().map_or(Ok(Currency::USD), str::parse)?;
    let as_of = query.as_of.unwrap_or(today);
    let question = Question { as_of, known_at: query.known_at, currency, account: query.account_id };
    let accounts = aged(app.db.read(), caller.scope(), &question, today).await?;
    Reply::ok(&view(&question, accounts)?)
}

fn view(question: &Question, mut accounts: Vec<AgedAccount>) -> Result<AgingView, Fault> {
    let currency = question.currency;
    let mut totals = Aged::default();
    for account in &accounts {
        for bucket in 0..BUCKETS {
            totals.add(bucket, account.aged.buckets.get(bucket).copied().unwrap_or_default())?;
        }
        totals.unapplied_cash = totals.unapplied_cash.checked_add(account.aged.unapplied_cash).ok_or_else(Fault::overflow)?;
        totals.unapplied_credits = totals.unapplied_credits.checked_add(account.aged.unapplied_credits).ok_or_else(Fault::overflow)?;
    }
    accounts.sort_by_cached_key(|account| (std::cmp::Reverse(account.aged.total().unwrap_or(i64::MAX)), account.account));
    let listed = |account: &AgedAccount| Ok(AgedAccountView { account_id: account.account, aged: AgedView::of(&account.aged, currency)? });
    Ok(AgingView {
        as_of: question.as_of,
        known_at: question.known_at,
        currency,
        totals: AgedView::of(&totals, currency)?,
        accounts: accounts.iter().take(MOST).map(listed).collect::<Result<_, Fault>>()?,
    })
}

/// The operations on aging.
#[must_use]
pub fn operations() -> Operations {
    operations!["reports"; aging]
}
