//! How bill runs look to callers and in events.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Money};
use platform::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::Model;
use super::group_entity::Model as GroupRow;
use super::grouping::GroupKey;

/// A bill run without its groups.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BillRunView {
    pub id: Uuid,
    pub version: i64,
    /// previewed, committing, done or `done_with_errors`.
    #[schema(example = "previewed")]
    pub state: String,
    pub period_start: NaiveDate,
    pub period_end: NaiveDate,
    pub preview_hash: String,
    pub groups: i32,
    pub invoiced: i32,
    pub failed: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl BillRunView {
    #[must_use]
    pub fn of(row: &Model) -> Self {
        Self {
            id: row.id,
            version: row.version,
            state: row.state.clone(),
            period_start: row.period_start,
            period_end: row.period_end,
            preview_hash: row.preview_hash.clone(),
            groups: row.groups,
            invoiced: row.invoiced,
            failed: row.failed,
            created_at: row.created_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
        }
    }
}

/// Why a group was not invoiced.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupFailure {
    pub code: String,
    pub detail: String,
}

/// A group: what becomes, or became, one invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BillRunGroupView {
    pub position: i32,
    /// pending, done or failed.
    #[schema(example = "pending")]
    pub state: String,
    pub bill_to_id: Uuid,
    pub currency: Currency,
    pub po_number: Option<String>,
    pub site_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub service_line: Option<String>,
    pub cost_center: Option<String>,
    pub billable_ids: Vec<Uuid>,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    pub invoice_id: Option<Uuid>,
    pub failure: Option<GroupFailure>,
}

impl BillRunGroupView {
    fn of(row: &GroupRow) -> Result<Self, Problem> {
        let currency: Currency = row.currency.parse()?;
        let key = GroupKey::deserialize(&row.group_key)?;
        let (net, tax) = (Money::from_minor(row.net, currency), Money::from_minor(row.tax, currency));
        let failure = row.failure_code.clone().map(|code| GroupFailure { code, detail: row.failure_detail.clone().unwrap_or_default() });
        Ok(Self {
            position: row.position,
            state: row.state.clone(),
            bill_to_id: key.bill_to_id,
            currency,
            po_number: key.po_number,
            site_id: key.site_id,
            order_id: key.order_id,
            service_line: key.service_line,
            cost_center: key.cost_center,
            billable_ids: Vec::<Uuid>::deserialize(&row.billable_ids)?,
            net,
            tax,
            total: net.plus(tax)?,
            invoice_id: row.invoice_id,
            failure,
        })
    }
}

/// A bill run with its groups.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BillRunDetail {
    #[serde(flatten)]
    pub run: BillRunView,
    pub group_list: Vec<BillRunGroupView>,
}

impl BillRunDetail {
    /// The view of a run and its groups.
    ///
    /// # Errors
    /// `internal` when a row holds what this version does not know.
    pub fn of(row: &Model, groups: &[GroupRow]) -> Result<Self, Problem> {
        let group_list = groups.iter().map(BillRunGroupView::of).collect::<Result<_, _>>()?;
        Ok(Self { run: BillRunView::of(row), group_list })
    }
}
