//! How payments and applications look to callers and in events.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Money};
use platform::problem::Problem;
use platform::rows::word;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::Model;
use super::model::State;
use crate::receivable::application_entity::Model as Application;

/// A part of a payment or credit that pays an invoice. Taking one back adds another with a negative amount.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApplicationView {
    pub id: Uuid,
    pub invoice_id: Uuid,
    pub amount: Money,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    /// The application that this one takes back.
    pub reverses: Option<Uuid>,
}

impl ApplicationView {
    #[must_use]
    pub fn of(row: &Application, currency: Currency) -> Self {
        Self {
            id: row.id,
            invoice_id: row.invoice_id,
            amount: Money::from_minor(row.amount, currency),
            effective_on: row.effective_on,
            recorded_at: row.recorded_at,
            reverses: row.reverses,
        }
    }
}

/// A payment without its applications.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentView {
    pub id: Uuid,
    pub version: i64,
    #[schema(example = "recorded")]
    pub state: &'static str,
    pub account_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub currency: Currency,
    pub method: String,
    pub reference: String,
    pub received_on: NaiveDate,
    pub deposit_batch: Option<String>,
    pub amount: Money,
    pub applied: Money,
    pub unapplied: Money,
    pub duplicate_reason: Option<String>,
    pub reversal_reason: Option<String>,
    pub reversed_on: Option<NaiveDate>,
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl PaymentView {
    /// The view of a row.
    ///
    /// # Errors
    /// `internal` when the row holds what this version does not know.
    pub fn of(row: &Model) -> Result<Self, Problem> {
        let currency: Currency = row.currency.parse()?;
        let state: State = word(&row.state)?;
        let amount = Money::from_minor(row.amount, currency);
        let unapplied = Money::from_minor(row.unapplied, currency);
        let applied = if state == State::Reversed { Money::zero(currency) } else { amount.minus(unapplied)? };
        Ok(Self {
            id: row.id,
            version: row.version,
            state: state.as_str(),
            account_id: row.account_id,
            branch_id: row.branch_id,
            currency,
            method: row.method.clone(),
            reference: row.reference.clone(),
            received_on: row.received_on,
            deposit_batch: row.deposit_batch.clone(),
            amount,
            applied,
            unapplied,
            duplicate_reason: row.duplicate_reason.clone(),
            reversal_reason: row.reversal_reason.clone(),
            reversed_on: row.reversed_on,
            external_ref: row.external_ref.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A payment with its applications.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentDetail {
    #[serde(flatten)]
    pub payment: PaymentView,
    pub applications: Vec<ApplicationView>,
}

impl PaymentDetail {
    /// The view of a payment and its applications.
    ///
    /// # Errors
    /// `internal` when the row holds what this version does not know.
    pub fn of(row: &Model, applications: &[Application]) -> Result<Self, Problem> {
        let payment = PaymentView::of(row)?;
        let applications = applications.iter().map(|one| ApplicationView::of(one, payment.currency)).collect();
        Ok(Self { payment, applications })
    }
}
