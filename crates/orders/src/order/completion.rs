//! Completing an order: what was done of each line, and the billables that follow. Pure.
//!
//! No more is done than was ordered. A line done in full is billed at its own amount, whatever it is made of; the
//! billable's price and quantity say so exactly or, where units differ in price, as one lot of that amount.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::calendar::date_of;
use kernel::{Currency, Fault, Money, Quantity, Rate, Rounding, UnitPrice};
use platform::problem::Problem;
use platform::rows::word;
use platform::stamp::Touch;

use super::charge::{self, LineCharge};
use super::line_entity::Model as Line;
use super::model::Order;
use super::price::price_of_lot;
use super::request::{CompleteOrder, DoneLine};
use super::state::{Billing, Fulfilment, OrderKind, Step};
use crate::billable::{NewBillable, SourceType};
use crate::ledger::chart::LineKind;

/// A completed order and what is to be invoiced for it.
#[derive(Clone, Debug)]
pub struct Completion {
    pub order: Order,
    pub billables: Vec<NewBillable>,
}

impl Order {
    /// Completes the order; its billables take the source sequence `sequence`.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 `in_future`, `unknown_line`, `follows_lines`, `duplicate_line`, `over_ordered`.
    pub fn complete(self, command: &CompleteOrder, sequence: i32, touch: Touch) -> Result<Completion, Problem> {
        let at = command.completed_at.unwrap_or(touch.at);
        if at > touch.at {
            return Err(Fault::field("/completed_at", "in_future", "Work is completed before it is reported.").into());
        }
        let lines = charge::follow(done(self.lines, command.lines.as_deref())?, self.row.currency()?)?;
        let mut row = self.row.step(Step::Complete, touch)?;
        row.completed_at = Some(at);
        let order = Self { row, lines };
        let billables = billables(&order, at, sequence)?;
        Ok(Completion { order, billables })
    }

    /// A new order as it is when its work was done at `at`; the order itself when it was not.
    ///
    /// # Errors
    /// `overflow`.
    pub fn as_history(self, at: Option<DateTime<Utc>>) -> Result<Completion, Problem> {
        let Some(at) = at else { return Ok(Completion { order: self, billables: Vec::new() }) };
        let worthless = self.row.billing == Billing::NotApplicable.as_str();
        let billing = if worthless { Billing::NotApplicable } else { Billing::Ready };
        let (fulfilment, billing) = (Fulfilment::Completed.as_str().to_owned(), billing.as_str().to_owned());
        let row = super::entity::Model { fulfilment, billing, completed_at: Some(at), ..self.row };
        let order = Self { row, lines: done(self.lines, None)? };
        let billables = billables(&order, at, 1)?;
        Ok(Completion { order, billables })
    }

    /// Opens a completed order again; nothing of it counts as done.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn reopen(self, reason: &str, touch: Touch) -> Result<Self, Problem> {
        let mut row = self.row.step(Step::Reopen, touch)?.because(reason);
        row.completed_at = None;
        let lines = self.lines.into_iter().map(|line| Line { quantity_done: 0, ..line }).collect();
        Ok(Self { row, lines })
    }
}

fn done(lines: Vec<Line>, reported: Option<&[DoneLine]>) -> Result<Vec<Line>, Fault> {
    let Some(reported) = reported else {
        return Ok(lines.into_iter().map(|line| Line { quantity_done: line.quantity, ..line }).collect());
    };
    let mut faults = Vec::new();
    for (place, one) in reported.iter().enumerate() {
        let mut fault = |code, message: &str| faults.push(Fault::field(format!("/lines/{place}"), code, message));
        match lines.iter().find(|line| line.line_no == one.line) {
            None => fault("unknown_line", "The order has no such line."),
            Some(line) if line.charge.is_some() => fault("follows_lines", "Minimums and surcharges follow the lines they fall on."),
            Some(_) if one.quantity_done.is_negative() => fault("negative", "Less than nothing cannot be done."),
            Some(line) if one.quantity_done.scaled() > line.quantity => fault("over_ordered", "No more can be done than was ordered."),
            Some(_) if reported.iter().take(place).any(|other| other.line == one.line) => fault("duplicate_line", "Named twice."),
            Some(_) => {}
        }
    }
    Fault::all(faults)?;
    let of = |line: &Line| reported.iter().find(|one| one.line == line.line_no).map_or(0, |one| one.quantity_done.scaled());
    Ok(lines.into_iter().map(|line| Line { quantity_done: of(&line), ..line }).collect())
}

fn billables(order: &Order, at: DateTime<Utc>, sequence: i32) -> Result<Vec<NewBillable>, Problem> {
    let date = date_of(order.row.zone()?, at);
    let currency = order.row.currency()?;
    let kind: OrderKind = word(&order.row.kind)?;
    let mut made = Vec::with_capacity(order.lines.len() + 1);
    for line in order.lines.iter().filter(|line| line.quantity_done != 0 && line.amount != 0) {
        made.push(NewBillable { kind: sold(kind, line), source_seq: sequence, ..of_line(order, line, date, currency)? });
    }
    if order.row.freight != 0 {
        made.push(NewBillable { source_seq: sequence, ..freight(order, date, currency)? });
    }
    Ok(made)
}

/// What a line sells, for its revenue account.
fn sold(kind: OrderKind, line: &Line) -> LineKind {
    match (line.charge_group.as_deref(), kind) {
        (Some("fee"), _) => LineKind::Fee,
        (Some("surcharge"), _) => LineKind::Surcharge,
        (Some("transport"), OrderKind::Product) => LineKind::Freight,
        (_, OrderKind::Product) => LineKind::Product,
        (_, OrderKind::Service | OrderKind::Project | OrderKind::Emergency) => LineKind::Service,
    }
}

/// A billable of the order with nothing to bill yet.
fn blank(order: &Order, date: NaiveDate, currency: Currency) -> NewBillable {
    let row = &order.row;
    NewBillable {
        source_type: SourceType::OrderLine,
        source_id: row.id,
        source_seq: 1,
        kind: LineKind::Service,
        account: row.account_id,
        bill_to: row.bill_to_id,
        branch: row.branch_id,
        site: row.site_id,
        order: Some(row.id),
        po_number: row.customer_po.clone(),
        service_line: row.service_line.clone(),
        cost_center: row.cost_center.clone(),
        // An order's terms were read from its account, whose terms are such.
        payment_terms: row.payment_terms.parse().ok(),
        service_date: date,
        description: String::new(),
        item: None,
        quantity: Quantity::ONE,
        uom: None,
        unit_price: UnitPrice::ZERO,
        discount_rate: Rate::ZERO,
        currency,
        tax_code: None,
        tax_rate: None,
        tax_exemption: None,
        external_ref: None,
    }
}

fn of_line(order: &Order, line: &Line, date: NaiveDate, currency: Currency) -> Result<NewBillable, Problem> {
    let quantity = Quantity::from_scaled(line.quantity_done);
    let discount = Rate::from_scaled(line.discount_rate);
    let charge = LineCharge::of(line)?;
    let amount = charge.as_ref().map_or_else(|| amount_done(line, currency), |charge| charge.done(&order.lines, currency))?;
    let billable = NewBillable {
        source_id: line.id,
        site: line.site_id.or(order.row.site_id),
        item: line.item_id,
        tax_code: line.tax_code.clone(),
        tax_rate: line.tax_rate.map(Rate::from_scaled),
        tax_exemption: line.tax_exemption.clone(),
        description: line.description.clone(),
        ..blank(order, date, currency)
    };
    if charge.is_some() {
        return Ok(NewBillable { unit_price: price_of_lot(amount)?, ..billable });
    }
    if let Some(price) = line.unit_price.map(UnitPrice::from_scaled)
        && Money::extend_less(price, quantity, discount, currency, Rounding::HalfUp)? == amount
    {
        return Ok(NewBillable { quantity, uom: line.uom.clone(), unit_price: price, discount_rate: discount, ..billable });
    }
    let description = format!("{} ({quantity} {})", line.description, line.uom.as_deref().unwrap_or("units"));
    Ok(NewBillable { description, unit_price: price_of_lot(amount)?, ..billable })
}

/// The part of a line's amount that was done: all of it, or in proportion.
fn amount_done(line: &Line, currency: Currency) -> Result<Money, Fault> {
    let whole = Money::from_minor(line.amount, currency);
    if line.quantity_done == line.quantity {
        return Ok(whole);
    }
    let price = line.unit_price.map(UnitPrice::from_scaled);
    let (discount, quantity) = (Rate::from_scaled(line.discount_rate), Quantity::from_scaled(line.quantity));
    let extended = |quantity| price.map(|price| Money::extend_less(price, quantity, discount, currency, Rounding::HalfUp)).transpose();
    if extended(quantity)? == Some(whole)
        && let Some(part) = extended(Quantity::from_scaled(line.quantity_done))?
    {
        return Ok(part);
    }
    whole.times_fraction(line.quantity_done, line.quantity, Rounding::HalfUp)
}

fn freight(order: &Order, date: NaiveDate, currency: Currency) -> Result<NewBillable, Fault> {
    let amount = Money::from_minor(order.row.freight, currency);
    Ok(NewBillable {
        source_type: SourceType::Freight,
        kind: LineKind::Freight,
        description: "Freight".to_owned(),
        unit_price: price_of_lot(amount)?,
        ..blank(order, date, currency)
    })
}
