//! What callers send about orders.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, ItemId, QuoteId, SiteId};
use kernel::words;
use kernel::{Currency, Decimal, Fault, Quantity, Rate, UnitPrice};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::hold::{HoldKind, HoldScope, NewHold};
use super::state::{OrderKind, Priority};

words! {
    /// Who wanted a service moved.
    pub enum RescheduleCause { Customer = "customer", Us = "us", Vendor = "vendor", Weather = "weather" }
}

/// A new order: of a quote, or of lines.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateOrder {
    pub account_id: AccountId,
    /// The account that pays; the account itself when absent.
    pub bill_to_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    /// The site's branch when absent, or else the account's.
    pub branch_id: Option<BranchId>,
    pub kind: OrderKind,
    /// When the customer asked; now when absent.
    pub requested_at: Option<DateTime<Utc>>,
    /// The local date of the service.
    pub service_date: Option<NaiveDate>,
    #[schema(min_length = 1, max_length = 60)]
    pub customer_po: Option<String>,
    pub priority: Option<Priority>,
    /// The account's when absent.
    pub currency: Option<Currency>,
    #[schema(min_length = 1, max_length = 60)]
    pub service_line: Option<String>,
    #[schema(min_length = 1, max_length = 60)]
    pub cost_center: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    /// The local date the prices are for. When absent: of goods the day of the request, otherwise the service date.
    pub price_date: Option<NaiveDate>,
    /// Exactly one of `quote` and `lines`.
    pub quote: Option<FromQuote>,
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub lines: Option<Vec<OrderLineInput>>,
    pub freight: Option<FreightInput>,
    pub tax: Option<GivenTax>,
    /// For imported history: when the work was done. The order is made completed, with its billables; all its prices are
    /// given.
    pub completed_at: Option<DateTime<Utc>>,
}

/// The quote an order is made of; its prices are taken as they were promised.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FromQuote {
    pub id: QuoteId,
    /// Everything that is left when absent.
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Option<Vec<QuoteLineInput>>,
}

/// How much of which line of a quote.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteLineInput {
    #[schema(minimum = 1, maximum = 100000)]
    pub line: i32,
    pub quantity: Quantity,
}

/// A line to order; priced as of the price date unless a price is given.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OrderLineInput {
    /// One of `item_id` and `item_code`; a line with a given price may have a description instead.
    pub item_id: Option<ItemId>,
    #[schema(min_length = 1, max_length = 64)]
    pub item_code: Option<String>,
    pub quantity: Quantity,
    /// The item's base unit when absent.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// Overrides the order's site.
    pub site_id: Option<SiteId>,
    pub given: Option<GivenPrice>,
    /// Absent when not taxable.
    #[schema(min_length = 1, max_length = 40)]
    pub tax_code: Option<String>,
    pub tax_rate: Option<Rate>,
    /// The certificate that exempts it.
    #[schema(min_length = 1, max_length = 60)]
    pub tax_exemption: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    pub description: Option<String>,
}

/// A price decided by hand or by another system; needs the permission `orders:price`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenPrice {
    pub unit_price: UnitPrice,
    pub discount_rate: Option<Rate>,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Freight to be billed with the order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreightInput {
    pub amount: Decimal,
}

/// The tax of imported history, carried to its invoice; needs the permission `orders:price`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenTax {
    pub total: Decimal,
}

impl CreateOrder {
    /// What the schema cannot say.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let mut faults = Vec::new();
        if self.quote.is_some() == self.lines.is_some() {
            faults.push(Fault::field("/lines", "quote_or_lines", "Send either quote or lines."));
        }
        if self.requested_at.is_some_and(|at| at > now) {
            faults.push(Fault::field("/requested_at", "in_future", "A request was made in the past."));
        }
        if self.freight.as_ref().is_some_and(|freight| freight.amount.is_negative()) {
            faults.push(Fault::field("/freight/amount", "negative", "Freight is not negative."));
        }
        if self.completed_at.is_some_and(|at| at > now) {
            faults.push(Fault::field("/completed_at", "in_future", "Work is completed before it is reported."));
        }
        if self.completed_at.is_some() && !self.has_only_given_prices() {
            faults.push(Fault::field("/completed_at", "given_only", "Every line of a completed order has a given price."));
        }
        faults.extend(line_faults(self.lines.as_deref().unwrap_or_default()));
        Fault::all(faults)
    }

    /// True when nothing in it is left to price.
    #[must_use]
    pub fn has_only_given_prices(&self) -> bool {
        self.quote.is_none() && self.lines.iter().flatten().all(|line| line.given.is_some())
    }

    /// When the customer asked.
    #[must_use]
    pub fn asked_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.requested_at.or(self.completed_at).unwrap_or(now)
    }

    /// True when something in it is a price that the caller gives.
    #[must_use]
    pub fn gives_prices(&self) -> bool {
        self.tax.is_some() || self.completed_at.is_some() || self.lines.iter().flatten().any(|line| line.given.is_some())
    }
}

/// What the schema cannot say about lines.
pub fn line_faults(lines: &[OrderLineInput]) -> impl Iterator<Item = Fault> {
    lines.iter().enumerate().filter_map(|(place, line)| line.check().err().map(|fault| fault.under(&format!("/lines/{place}"))))
}

impl OrderLineInput {
    fn check(&self) -> Result<(), Fault> {
        let mut faults = Vec::new();
        if self.quantity <= Quantity::ZERO {
            faults.push(Fault::field("/quantity", "not_positive", "An ordered quantity is more than nothing."));
        }
        match (self.item_id.is_some(), self.item_code.is_some(), &self.given) {
            (true, true, _) => faults.push(Fault::field("/item_code", "one_item", "Send item_id or item_code, not both.")),
            (false, false, Some(_)) if self.description.is_some() => {}
            (false, false, _) => faults.push(Fault::field("/item_id", "required", "A line names an item.")),
            _ => {}
        }
        if let Some(given) = &self.given {
            if given.unit_price.is_negative() {
                faults.push(Fault::field("/given/unit_price", "negative", "A price is not negative."));
            }
            if given.discount_rate.is_some_and(|rate| rate.is_negative() || rate > Rate::ONE) {
                faults.push(Fault::field("/given/discount_rate", "discount_range", "A discount rate lies between 0 and 1."));
            }
        }
        Fault::all(faults)
    }
}

/// Changes to an order that is not confirmed. Lines replace all lines and are priced anew.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendOrder {
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 60)]
    pub customer_po: Option<Option<String>>,
    pub priority: Option<Priority>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 60)]
    pub service_line: Option<Option<String>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 60)]
    pub cost_center: Option<Option<String>>,
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub lines: Option<Vec<OrderLineInput>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    pub freight: Option<Option<FreightInput>>,
}

/// What was done; everything that was ordered when `lines` is absent.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteOrder {
    /// Now when absent. Its local date at the site is the billables' service date.
    pub completed_at: Option<DateTime<Utc>>,
    /// Lines that are not named were not done.
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Option<Vec<DoneLine>>,
}

/// How much of a line was done.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoneLine {
    #[schema(minimum = 1, maximum = 100000)]
    pub line: i32,
    pub quantity_done: Quantity,
}

/// Why something is done.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OrderReason {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Moves the service to another date. Only a customer's wish moves the preparation's due time.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RescheduleOrder {
    pub service_date: NaiveDate,
    pub cause: RescheduleCause,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A reason to wait.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlaceHold {
    pub kind: HoldKind,
    #[schema(min_items = 1, max_items = 3)]
    pub scopes: Vec<HoldScope>,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Who works on it.
    pub owner_id: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl PlaceHold {
    /// The hold as the order understands it.
    #[must_use]
    pub fn as_new(&self) -> NewHold {
        NewHold {
            kind: self.kind,
            scopes: self.scopes.clone(),
            reason: self.reason.clone(),
            owner: self.owner_id,
            expires_at: self.expires_at,
        }
    }
}
