//! What callers send about credit memos.

use kernel::{Currency, Decimal, Fault, Money, Quantity};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{CreditReason, Extent};

/// How much of one invoice line is credited: all that is left unless a quantity or an amount is stated.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreditLine {
    #[schema(minimum = 1, maximum = 1000)]
    pub line_no: i32,
    pub quantity: Option<Quantity>,
    /// Net of tax; the tax follows.
    pub amount: Option<Decimal>,
}

impl CreditLine {
    /// # Errors
    /// 422 when both quantity and amount are stated.
    pub fn extent(&self, currency: Currency) -> Result<Extent, Fault> {
        match (self.quantity, self.amount) {
            (None, None) => Ok(Extent::Whole),
            (Some(quantity), None) => Ok(Extent::Quantity(quantity.scaled())),
            (None, Some(amount)) => Ok(Extent::Net(Money::from_decimal(amount, currency)?.minor())),
            (Some(_), Some(_)) => Err(Fault::field("", "extent", "Send either quantity or amount, or neither for the whole line.")),
        }
    }
}

/// A credit on a posted invoice.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateCreditMemo {
    pub invoice_id: Uuid,
    pub reason: CreditReason,
    #[schema(min_items = 1, max_items = 1000)]
    #[validate(nested)]
    pub lines: Vec<CreditLine>,
    /// Opens the billables of lines that are now credited in full, to be invoiced again.
    #[serde(default)]
    pub rebill: bool,
    #[schema(min_length = 1, max_length = 2000)]
    pub memo: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}
