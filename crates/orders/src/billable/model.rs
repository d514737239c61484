//! What a billable is and which steps it can take. Pure.

use chrono::NaiveDate;
use kernel::{Currency, Fault, Money, PaymentTerms, Quantity, Rate, Rounding, UnitPrice};
use kernel::{transition, words};
use uuid::Uuid;

use crate::ledger::chart::LineKind;

words! {
    /// The states of a billable.
    pub enum State {
        Open = "open",
        /// On an invoice draft.
        Claimed = "claimed",
        /// On a posted invoice.
        Billed = "billed",
        /// Will never be invoiced.
        Waived = "waived",
        /// Not to be invoiced for now.
        Held = "held",
    }

    /// What can be done to a billable by hand.
    pub enum Step {
        Hold = "hold",
        Release = "release",
        Waive = "waive",
    }
}

impl Step {
    /// The event that tells of it.
    #[must_use]
    pub const fn event(self) -> &'static str {
        match self {
            Self::Hold => "billable.held",
            Self::Release => "billable.released",
            Self::Waive => "billable.waived",
        }
    }
}

impl State {
    /// The state after a step.
    ///
    /// # Errors
    /// 409 `illegal_transition` with the steps that are allowed.
    pub fn after(self, step: Step) -> Result<Self, Fault> {
        transition::moved(self, step, Self::next)
    }

    const fn next(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Open, Step::Hold) => Some(Self::Held),
            (Self::Held, Step::Release) => Some(Self::Open),
            (Self::Open | Self::Held, Step::Waive) => Some(Self::Waived),
            (Self::Open, Step::Release)
            | (Self::Held, Step::Hold)
            | (Self::Claimed | Self::Billed | Self::Waived, Step::Hold | Step::Release | Step::Waive) => None,
        }
    }
}

words! {
    /// What caused a billable.
    pub enum SourceType {
        OrderLine = "order_line",
        Occurrence = "occurrence",
        Rejection = "rejection",
        Freight = "freight",
        Manual = "manual",
    }
}

/// A billable to be written. `(source_type, source_id, source_seq, kind)` is unique.
#[derive(Clone, Debug)]
pub struct NewBillable {
    pub source_type: SourceType,
    pub source_id: Uuid,
    pub source_seq: i32,
    pub kind: LineKind,
    pub account: Uuid,
    pub bill_to: Uuid,
    pub branch: Option<Uuid>,
    pub site: Option<Uuid>,
    pub order: Option<Uuid>,
    pub po_number: Option<String>,
    pub service_line: Option<String>,
    pub cost_center: Option<String>,
    /// Those agreed with its order.
    pub payment_terms: Option<PaymentTerms>,
    /// Local to where the service was done.
    pub service_date: NaiveDate,
    pub description: String,
    pub item: Option<Uuid>,
    pub quantity: Quantity,
    pub uom: Option<String>,
    pub unit_price: UnitPrice,
    pub discount_rate: Rate,
    pub currency: Currency,
    /// Absent when not taxable.
    pub tax_code: Option<String>,
    pub tax_rate: Option<Rate>,
    /// The certificate that exempts it.
    pub tax_exemption: Option<String>,
    pub external_ref: Option<String>,
}

impl NewBillable {
    /// The amount in minor units, rounded once.
    ///
    /// # Errors
    /// `overflow`; `discount_range`.
    pub fn amount(&self) -> Result<i64, Fault> {
        let amount = Money::extend_less(self.unit_price, self.quantity, self.discount_rate, self.currency, Rounding::HalfUp)?;
        Ok(amount.minor())
    }
}
