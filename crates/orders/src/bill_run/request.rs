//! What callers send about bill runs.

use chrono::NaiveDate;
use kernel::{Fault, PaymentTerms};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::invoice::request::CreateTax;

/// What separates invoices of one account beside currency and purchase order, which always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsolidateBy {
    Site,
    Po,
    Order,
    ServiceLine,
    CostCenter,
}

/// A period to be billed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateBillRun {
    pub period_start: NaiveDate,
    /// Exclusive: the run takes what was done before this date, also what is left from earlier periods.
    pub period_end: NaiveDate,
    /// Only these accounts; all when absent.
    #[schema(min_items = 1, max_items = 1000)]
    pub bill_to_ids: Option<Vec<Uuid>>,
    #[serde(default)]
    #[schema(max_items = 5)]
    pub consolidate_by: Vec<ConsolidateBy>,
    /// Those of the billables when absent, and invoices with other terms are other invoices; net30 where they have none.
    pub terms: Option<PaymentTerms>,
    /// The day of the commit when absent.
    pub issue_date: Option<NaiveDate>,
    /// Without it billables are taxed by their own rates.
    pub tax: Option<CreateTax>,
    /// The most lines of one invoice; more make several.
    #[schema(minimum = 1, maximum = 500)]
    pub max_lines: Option<u16>,
}

impl CreateBillRun {
    /// # Errors
    /// 422 for an empty period or a date in the future.
    pub fn check(&self, today: NaiveDate) -> Result<(), Fault> {
        let mut faults = Vec::new();
        if self.period_end <= self.period_start {
            faults.push(Fault::field("/period_end", "empty_period", "The end must be after the start."));
        }
        if self.issue_date.is_some_and(|date| date > today) {
            faults.push(Fault::field("/issue_date", "future_issue_date", "An invoice cannot be issued in the future."));
        }
        Fault::all(faults)
    }

    /// True when invoices are separated by it.
    #[must_use]
    pub fn by(&self, key: ConsolidateBy) -> bool {
        self.consolidate_by.contains(&key)
    }
}

/// What was previewed and is now to be invoiced.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CommitBillRun {
    /// The hash of the preview.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub preview_hash: String,
}
