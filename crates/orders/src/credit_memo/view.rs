//! How credit memos look to callers and in events.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Money, Quantity};
use platform::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::Model;
use super::line_entity::Model as LineModel;
use crate::invoice::view::TaxView;
use crate::payment::view::ApplicationView;
use crate::receivable::application_entity::Model as Application;

/// A credit memo without its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CreditMemoView {
    pub id: Uuid,
    pub version: i64,
    #[schema(example = "CM-2026-000007")]
    pub number: Option<String>,
    /// posted, partially_applied or applied.
    #[schema(example = "applied")]
    pub state: &'static str,
    pub reason: String,
    pub bill_to_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub invoice_id: Uuid,
    pub currency: Currency,
    pub issue_date: Option<NaiveDate>,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    pub unapplied: Money,
    pub taxes: Vec<TaxView>,
    pub rebill: bool,
    pub memo: Option<String>,
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl CreditMemoView {
    /// The view of a row.
    ///
    /// # Errors
    /// `internal` when the row holds what this version does not know.
    pub fn of(row: &Model) -> Result<Self, Problem> {
        let currency: Currency = row.currency.parse()?;
        let money = |minor| Money::from_minor(minor, currency);
        let state = match row.unapplied {
            0 => "applied",
            unapplied if unapplied < row.total => "partially_applied",
            _ => "posted",
        };
        Ok(Self {
            id: row.id,
            version: row.version,
            number: row.number.clone(),
            state,
            reason: row.reason.clone(),
            bill_to_id: row.bill_to_id,
            branch_id: row.branch_id,
            invoice_id: row.invoice_id,
            currency,
            issue_date: row.issue_date,
            net: money(row.net),
            tax: money(row.tax),
            total: money(row.total),
            unapplied: money(row.unapplied),
            taxes: TaxView::read(&row.taxes, currency)?,
            rebill: row.rebill,
            memo: row.memo.clone(),
            external_ref: row.external_ref.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A credited share of an invoice line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CreditMemoLineView {
    pub line_no: i32,
    pub invoice_line_id: Uuid,
    pub quantity: Quantity,
    pub net: Money,
    pub tax: Money,
}

/// A credit memo with its lines and applications.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CreditMemoDetail {
    #[serde(flatten)]
    pub credit_memo: CreditMemoView,
    pub lines: Vec<CreditMemoLineView>,
    pub applications: Vec<ApplicationView>,
}

impl CreditMemoDetail {
    /// The view of a credit memo with its lines and applications.
    ///
    /// # Errors
    /// `internal` when a row holds what this version does not know.
    pub fn of(row: &Model, lines: &[LineModel], applications: &[Application]) -> Result<Self, Problem> {
        let credit_memo = CreditMemoView::of(row)?;
        let currency = credit_memo.currency;
        let line = |line: &LineModel| CreditMemoLineView {
            line_no: line.line_no,
            invoice_line_id: line.invoice_line_id,
            quantity: Quantity::from_scaled(line.quantity),
            net: Money::from_minor(line.net, currency),
            tax: Money::from_minor(line.tax, currency),
        };
        Ok(Self {
            lines: lines.iter().map(line).collect(),
            applications: applications.iter().map(|one| ApplicationView::of(one, currency)).collect(),
            credit_memo,
        })
    }
}
