//! How orders look to callers and in events.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Money, Quantity, Rate, UnitPrice};
use platform::problem::Problem;
use platform::rows::word;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::charge::{LineCharge, OrderChargeKind, Share};
use super::entity::Model;
use super::hold::Hold;
use super::line_entity::Model as Line;
use super::model::Order;
use super::price::PricedBy;
use super::state::{Billing, Fulfilment, OrderKind, Priority};

/// An order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderView {
    pub id: Uuid,
    #[schema(minimum = 1)]
    pub version: i64,
    #[schema(max_length = 32, example = "O-1042")]
    pub number: String,
    pub kind: OrderKind,
    pub fulfilment: Fulfilment,
    pub billing: Billing,
    pub priority: Priority,
    pub account_id: Uuid,
    /// The account that pays.
    pub bill_to_id: Uuid,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    /// The zone of its local dates.
    #[schema(max_length = 64, example = "America/Chicago")]
    pub time_zone: String,
    pub requested_at: DateTime<Utc>,
    pub service_date: Option<NaiveDate>,
    #[schema(max_length = 60)]
    pub customer_po: Option<String>,
    #[schema(max_length = 60)]
    pub service_line: Option<String>,
    #[schema(max_length = 60)]
    pub cost_center: Option<String>,
    /// The account's when the order was made.
    #[schema(max_length = 60, example = "net30")]
    pub payment_terms: String,
    pub currency: Currency,
    /// The local date its prices are for.
    pub price_date: NaiveDate,
    pub quote_id: Option<Uuid>,
    pub quote_version: Option<i32>,
    /// The sum of the lines, without freight and tax.
    pub total: Money,
    pub freight: Money,
    /// The tax of imported history.
    pub tax_given: Option<Money>,
    /// When its papers are due.
    pub prep_due_at: DateTime<Utc>,
    pub prepared_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Empty for customers.
    #[schema(max_items = 6)]
    pub holds: Vec<Hold>,
    /// Why it was last moved, cancelled or opened again.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl OrderView {
    /// # Errors
    /// `internal` when the row is broken.
    pub fn of(row: &Model) -> Result<Self, Problem> {
        let currency = row.currency()?;
        Ok(Self {
            id: row.id,
            version: row.version,
            number: row.number.clone(),
            kind: word(&row.kind)?,
            fulfilment: row.state()?,
            billing: word(&row.billing)?,
            priority: word(&row.priority)?,
            account_id: row.account_id,
            bill_to_id: row.bill_to_id,
            site_id: row.site_id,
            branch_id: row.branch_id,
            time_zone: row.time_zone.clone(),
            requested_at: row.requested_at,
            service_date: row.service_date,
            customer_po: row.customer_po.clone(),
            service_line: row.service_line.clone(),
            cost_center: row.cost_center.clone(),
            payment_terms: row.payment_terms.clone(),
            currency,
            price_date: row.price_date,
            quote_id: row.quote_id,
            quote_version: row.quote_version,
            total: Money::from_minor(row.total, currency),
            freight: Money::from_minor(row.freight, currency),
            tax_given: row.tax_given.map(|minor| Money::from_minor(minor, currency)),
            prep_due_at: row.prep_due_at,
            prepared_at: row.prepared_at,
            completed_at: row.completed_at,
            holds: row.held()?.as_slice().to_vec(),
            reason: row.reason.clone(),
            external_ref: row.external_ref.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    /// Without our own remarks.
    #[must_use]
    pub fn for_customers(self) -> Self {
        Self { holds: Vec::new(), reason: None, ..self }
    }
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderLineView {
    #[schema(minimum = 1)]
    pub line: i32,
    pub id: Uuid,
    pub item_id: Option<Uuid>,
    #[schema(max_length = 64)]
    pub item_code: Option<String>,
    #[schema(max_length = 500)]
    pub description: String,
    pub site_id: Option<Uuid>,
    pub quantity: Quantity,
    pub quantity_done: Quantity,
    #[schema(max_length = 24)]
    pub uom: Option<String>,
    /// Absent where units differ in price.
    pub unit_price: Option<UnitPrice>,
    pub discount_rate: Rate,
    /// The sum of the components.
    pub amount: Money,
    pub priced_by: PricedBy,
    #[schema(max_length = 500)]
    pub given_reason: Option<String>,
    /// The quote's line it was made of.
    pub quote_line: Option<i32>,
    /// What it falls on, when it is a minimum or a surcharge of the whole order.
    pub charge: Option<OrderChargeView>,
    #[schema(max_length = 40)]
    pub tax_code: Option<String>,
    pub tax_rate: Option<Rate>,
    #[schema(max_length = 60)]
    pub tax_exemption: Option<String>,
}

/// What a charge on a whole order falls on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderChargeView {
    pub kind: OrderChargeKind,
    /// They sum to the line's amount.
    #[schema(max_items = 500)]
    pub shares: Vec<OrderChargeShare>,
}

/// What of a charge falls on a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderChargeShare {
    #[schema(minimum = 1)]
    pub line: i32,
    pub amount: Money,
}

impl OrderChargeView {
    fn of(charge: LineCharge, currency: Currency) -> Self {
        let share = |share: Share| OrderChargeShare { line: share.line, amount: Money::from_minor(share.minor, currency) };
        Self { kind: charge.kind, shares: charge.shares.into_iter().map(share).collect() }
    }
}

impl OrderLineView {
    fn of(line: &Line, currency: Currency) -> Result<Self, Problem> {
        Ok(Self {
            line: line.line_no,
            id: line.id,
            item_id: line.item_id,
            item_code: line.item_code.clone(),
            description: line.description.clone(),
            site_id: line.site_id,
            quantity: Quantity::from_scaled(line.quantity),
            quantity_done: Quantity::from_scaled(line.quantity_done),
            uom: line.uom.clone(),
            unit_price: line.unit_price.map(UnitPrice::from_scaled),
            discount_rate: Rate::from_scaled(line.discount_rate),
            amount: Money::from_minor(line.amount, currency),
            priced_by: word(&line.priced_by)?,
            given_reason: line.given_reason.clone(),
            quote_line: line.quote_line,
            charge: LineCharge::of(line)?.map(|charge| OrderChargeView::of(charge, currency)),
            tax_code: line.tax_code.clone(),
            tax_rate: line.tax_rate.map(Rate::from_scaled),
            tax_exemption: line.tax_exemption.clone(),
        })
    }
}

/// An order with its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderDetail {
    #[serde(flatten)]
    pub order: OrderView,
    /// What was ordered, then what comes to it as a whole.
    #[schema(max_items = 10_000)]
    pub lines: Vec<OrderLineView>,
}

impl OrderDetail {
    /// # Errors
    /// `internal` when a row is broken.
    pub fn of(order: &Order) -> Result<Self, Problem> {
        let view = OrderView::of(&order.row)?;
        let lines = order.lines.iter().map(|line| OrderLineView::of(line, view.currency)).collect::<Result<_, _>>()?;
        Ok(Self { order: view, lines })
    }

    /// Without our own remarks.
    #[must_use]
    pub fn for_customers(mut self) -> Self {
        self.order = self.order.for_customers();
        self.lines.iter_mut().for_each(|line| line.given_reason = None);
        self
    }
}

/// Where a line's price comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinePriceView {
    #[schema(minimum = 1)]
    pub line: i32,
    pub priced_by: PricedBy,
    /// The rounded parts of the amount.
    #[schema(value_type = Vec<Object>, max_items = 20)]
    pub components: serde_json::Value,
    /// Book or contract, version and entry.
    #[schema(value_type = Option<Object>)]
    pub source: Option<Box<RawValue>>,
    /// The explanation as the price calculator gave it.
    #[schema(value_type = Option<Object>)]
    pub trace: Option<Box<RawValue>>,
}

impl LinePriceView {
    /// # Errors
    /// `internal` when the row is broken.
    pub fn of(line: Line) -> Result<Self, Problem> {
        Ok(Self {
            line: line.line_no,
            priced_by: word(&line.priced_by)?,
            components: line.components,
            source: line.price_source.map(RawValue::from_string).transpose()?,
            trace: line.trace.map(RawValue::from_string).transpose()?,
        })
    }

    /// Without our books and rules.
    #[must_use]
    pub fn for_customers(self) -> Self {
        Self { source: None, trace: None, ..self }
    }
}
