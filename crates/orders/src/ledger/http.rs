//! The ledger over HTTP: read only.

use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Fault, Money};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::{operations, permissions};
use sea_orm::QueryFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::chart::{AccountType, LedgerAccount};
use super::entity::{Column, Entity, Model};
use super::line_entity::Model as LineModel;
use super::store;
use super::trial::{self, Sum};
use crate::Orders;

permissions! {
    /// See the ledger.
    pub ReadLedger = "ledger:read";
}

/// An account of the chart.
#[derive(Serialize, ToSchema)]
struct LedgerAccountView {
    #[schema(example = "1100")]
    account: &'static str,
    name: &'static str,
    #[serde(rename = "type")]
    account_type: AccountType,
}

/// The chart of accounts.
#[derive(Serialize, ToSchema)]
struct ChartView {
    data: Vec<LedgerAccountView>,
}

/// One line of an entry; one of debit and credit is zero.
#[derive(Serialize, ToSchema)]
struct LedgerLineView {
    line_no: i32,
    account: String,
    debit: Money,
    credit: Money,
    /// What the account is analysed by, such as a tax jurisdiction.
    dimension: Option<String>,
}

/// A ledger entry.
#[derive(Serialize, ToSchema)]
struct LedgerEntryView {
    id: Uuid,
    seq: i64,
    #[schema(example = "invoice_posted")]
    event: String,
    document_id: Uuid,
    party_id: Uuid,
    branch_id: Option<Uuid>,
    currency: Currency,
    effective_on: NaiveDate,
    #[schema(example = "2026-03")]
    period: String,
    recorded_at: DateTime<Utc>,
    /// The entry that this one takes back.
    reverses: Option<Uuid>,
    lines: Vec<LedgerLineView>,
}

impl LedgerEntryView {
    fn of(row: Model, lines: &[LineModel]) -> Result<Self, Problem> {
        let currency: Currency = row.currency.parse()?;
        let line = |line: &LineModel| LedgerLineView {
            line_no: line.line_no,
            account: line.account.clone(),
            debit: Money::from_minor(line.debit, currency),
            credit: Money::from_minor(line.credit, currency),
            dimension: line.dimension.clone(),
        };
        Ok(Self {
            lines: lines.iter().filter(|line| line.entry_id == row.id).map(line).collect(),
            id: row.id,
            seq: row.seq,
            event: row.event,
            document_id: row.document_id,
            party_id: row.party_id,
            branch_id: row.branch_id,
            currency,
            effective_on: row.effective_on,
            period: row.period,
            recorded_at: row.recorded_at,
            reverses: row.reverses,
        })
    }
}

/// The list of entries.
struct EntryList;

impl ListSpec for EntryList {
    type Entity = Entity;
    type View = LedgerEntryView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("id", Column::Id).sortable(),
        Field::integer("seq", Column::Seq).sortable(),
        Field::text("event", Column::Event),
        Field::uuid("document_id", Column::DocumentId),
        Field::uuid("party_id", Column::PartyId),
        Field::text("period", Column::Period),
        Field::date("effective_on", Column::EffectiveOn).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-seq";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EntryPath {
    entry_id: Uuid,
}

/// List the chart of accounts.
#[utoipa::path(get, path = "/v1/ledger/accounts", responses((status = 200, body = ChartView)))]
async fn accounts(_caller: Caller<ReadLedger>) -> Result<Reply, Problem> {
    let view =
        |account: &LedgerAccount| LedgerAccountView { account: account.code(), name: account.name(), account_type: account.account_type() };
    Reply::ok(&ChartView { data: LedgerAccount::ALL.iter().map(view).collect() })
}

/// List ledger entries with their lines.
#[utoipa::path(get, path = "/v1/ledger/entries", params(Listing<EntryList>), responses((status = 200, body = Page<LedgerEntryView>)))]
async fn list(caller: Caller<ReadLedger>, listing: Listing<EntryList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    let ids: Vec<Uuid> = page.data.iter().map(|row| row.id).collect();
    let lines = store::lines_of(app.db.read(), &ids).await?;
    listing.reply(&page.try_map(|row| LedgerEntryView::of(row, &lines))?)
}

/// Fetch a ledger entry.
#[utoipa::path(get, path = "/v1/ledger/entries/{entry_id}", params(EntryPath), responses((status = 200, body = LedgerEntryView)))]
async fn fetch(caller: Caller<ReadLedger>, path: Path<EntryPath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let select = store::visible(caller.scope()).filter(sea_orm::ColumnTrait::eq(&Column::Id, path.entry_id));
    let row = select.one(app.db.read()).await?.ok_or_else(|| Fault::not_found("ledger entry"))?;
    let lines = store::lines_of(app.db.read(), &[row.id]).await?;
    Reply::ok(&LedgerEntryView::of(row, &lines)?)
}

/// What the trial balance is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TrialQuery {
    /// The last effective date that counts; all entries when absent.
    as_of: Option<NaiveDate>,
    /// USD when absent.
    #[param(value_type = Option<String>, min_length = 3, max_length = 3)]
    currency: Option<String>,
}

/// One account's sums; the balance is debit less credit.
#[derive(Serialize, ToSchema)]
struct TrialRow {
    account: String,
    name: &'static str,
    debit: Money,
    credit: Money,
    balance: Money,
}

/// The trial balance of one currency.
#[derive(Serialize, ToSchema)]
struct TrialBalance {
    as_of: Option<NaiveDate>,
    currency: Currency,
    accounts: Vec<TrialRow>,
    debit: Money,
    credit: Money,
    /// Always zero.
    difference: Money,
}

/// Read the trial balance.
#[utoipa::path(get, path = "/v1/ledger/trial-balance", params(TrialQuery), responses((status = 200, body = TrialBalance)))]
async fn trial_balance(caller: Caller<ReadLedger>, query: Query<TrialQuery>, app: Data<Orders>) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::forbidden("staff_only", "The trial balance is for staff.").into());
    }
    let currency: Currency = query.currency.as_deref().map_or(Ok(Currency::USD), str::parse)?;
    let sums = trial::sums(app.db.read(), currency, query.as_of).await?;
    let money = |minor| Money::from_minor(minor, currency);
    let row = |sum: &Sum| TrialRow {
        name: LedgerAccount::of_code(&sum.account).map_or("", LedgerAccount::name),
        account: sum.account.clone(),
        debit: money(sum.debit),
        credit: money(sum.credit),
        balance: money(sum.debit - sum.credit),
    };
    let (debit, credit) = sums.iter().fold((0, 0), |(debit, credit), sum| (debit + sum.debit, credit + sum.credit));
    Reply::ok(&TrialBalance {
        as_of: query.as_of,
        currency,
        accounts: sums.iter().map(row).collect(),
        debit: money(debit),
        credit: money(credit),
        difference: money(debit - credit),
    })
}

/// The operations on the ledger.
#[must_use]
pub fn operations() -> Operations {
    operations!["ledger"; accounts, list, fetch, trial_balance]
}
