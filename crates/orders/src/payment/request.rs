//! What callers send about payments.

use chrono::NaiveDate;
use kernel::{Currency, Decimal, Fault, Money};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{Method, ReversalReason};

/// An invoice named in a remittance, by number or id, with the amount meant for it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remittance {
    #[schema(min_length = 1, max_length = 40)]
    pub invoice_number: Option<String>,
    pub invoice_id: Option<Uuid>,
    pub amount: Option<Decimal>,
}

/// An amount for one invoice.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplicitApplication {
    pub invoice_id: Uuid,
    pub amount: Decimal,
}

/// How an amount is applied to open invoices.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum ApplicationMode {
    /// The invoices of the remittance in order, then the one open invoice of exactly this amount, then the first due.
    Auto {
        #[serde(default)]
        #[schema(max_items = 500)]
        remittance: Vec<Remittance>,
    },
    /// Exactly these amounts or nothing.
    Explicit {
        #[schema(min_items = 1, max_items = 500)]
        applications: Vec<ExplicitApplication>,
    },
    /// All stays unapplied.
    None {},
}

impl Default for ApplicationMode {
    fn default() -> Self {
        Self::Auto { remittance: Vec::new() }
    }
}

/// A payment that has been received.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordPayment {
    pub account_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub currency: Currency,
    pub method: Method,
    /// The payer's own: a check number, a trace number.
    #[schema(min_length = 1, max_length = 80)]
    pub reference: String,
    pub received_on: NaiveDate,
    pub amount: Decimal,
    #[schema(min_length = 1, max_length = 80)]
    pub deposit_batch: Option<String>,
    /// How it is applied; automatically when absent.
    #[serde(default)]
    pub application: ApplicationMode,
    /// Records it although one with the same method, reference, amount and date exists.
    #[serde(default)]
    pub allow_duplicate: bool,
    /// Required with `allow_duplicate`.
    #[schema(min_length = 1, max_length = 500)]
    pub duplicate_reason: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl RecordPayment {
    /// The amount, when the request makes sense on its own.
    ///
    /// # Errors
    /// 422 for an amount that is not positive, a future date or a duplicate without a reason.
    pub fn checked(&self, today: NaiveDate) -> Result<Money, Fault> {
        let amount = Money::from_decimal(self.amount, self.currency);
        let mut faults = Vec::new();
        match &amount {
            Ok(amount) if amount.minor() <= 0 => {
                faults.push(Fault::field("/amount", "not_positive", "A payment must be more than zero."));
            }
            Ok(_) => {}
            Err(fault) => faults.push(Fault::field("/amount", "invalid_amount", fault.detail.clone())),
        }
        if self.received_on > today {
            faults.push(Fault::field("/received_on", "future_date", "A payment cannot be received in the future."));
        }
        if self.allow_duplicate != self.duplicate_reason.is_some() {
            faults.push(Fault::field("/duplicate_reason", "duplicate_reason", "Send allow_duplicate and its reason together."));
        }
        Fault::all(faults)?;
        amount
    }
}

/// How unapplied money is applied later.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApplyUnapplied {
    #[serde(default)]
    pub application: ApplicationMode,
    /// Today when absent.
    pub effective_on: Option<NaiveDate>,
}

/// Which applications are taken back.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Unapply {
    /// All live ones when absent.
    #[schema(min_items = 1, max_items = 500)]
    pub application_ids: Option<Vec<Uuid>>,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Today when absent.
    pub effective_on: Option<NaiveDate>,
}

/// Why and when a payment is reversed.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReversePayment {
    pub reason: ReversalReason,
    /// Today when absent.
    pub reversed_on: Option<NaiveDate>,
}

/// A date that is today unless stated, and never in the future.
///
/// # Errors
/// 422 `future_date`.
pub fn on(stated: Option<NaiveDate>, pointer: &str, today: NaiveDate) -> Result<NaiveDate, Fault> {
    match stated {
        Some(date) if date > today => Err(Fault::field(pointer, "future_date", "The date cannot be in the future.")),
        stated => Ok(stated.unwrap_or(today)),
    }
}
