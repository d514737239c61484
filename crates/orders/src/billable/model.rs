//! What a billable is and which steps it can take. Pure.

use chrono::NaiveDate;
use kernel::{Currency, Fault, Quantity, Rate, Rounding, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::invoice::line::extend;
use crate::ledger::chart::LineKind;

/// The states of a billable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    /// On an invoice draft.
    Claimed,
    /// On a posted invoice.
    Billed,
    /// Will never be invoiced.
    Waived,
    /// Not to be invoiced for now.
    Held,
}

/// What can be done to a billable by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Hold,
    Release,
    Waive,
}

impl Step {
    const ALL: [Self; 3] = [Self::Hold, Self::Release, Self::Waive];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Waive => "waive",
        }
    }

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
    pub const NAMES: &'static [&'static str] = &["open", "claimed", "billed", "waived", "held"];
    const ALL: [Self; 5] = [Self::Open, Self::Claimed, Self::Billed, Self::Waived, Self::Held];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Billed => "billed",
            Self::Waived => "waived",
            Self::Held => "held",
        }
    }

    /// Reads a stored state.
    ///
    /// # Errors
    /// `unknown_state` for a text that is none.
    pub fn stored(text: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| Fault::invalid("unknown_state", "Unknown billable state."))
    }

    /// The state after a step.
    ///
    /// # Errors
    /// 409 `illegal_transition` with the steps that are allowed.
    pub fn after(self, step: Step) -> Result<Self, Fault> {
        let allowed = Step::ALL.into_iter().filter(|step| self.next(*step).is_some()).map(Step::as_str);
        self.next(step).ok_or_else(|| Fault::illegal_transition(step.as_str(), self.as_str(), allowed))
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

/// What caused a billable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceType {
    OrderLine,
    Occurrence,
    Rejection,
    Freight,
    Manual,
}

impl SourceType {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderLine => "order_line",
            Self::Occurrence => "occurrence",
            Self::Rejection => "rejection",
            Self::Freight => "freight",
            Self::Manual => "manual",
        }
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
        let amount = extend(self.unit_price, self.quantity, self.discount_rate, self.currency, Rounding::HalfUp)?;
        Ok(amount.minor())
    }
}
