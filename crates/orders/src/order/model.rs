//! What an order is and how it changes. Pure: every function takes the row as it was and gives the row as it is.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::{Currency, Decimal, Fault, Money};
use platform::problem::Problem;
use platform::rows::word;
use platform::stamp::Touch;
use serde::Deserialize;
use uuid::Uuid;

use super::entity::Model;
use super::hold::{HoldKind, HoldScope, Holds, NewHold};
use super::line_entity::Model as Line;
use super::place::Place;
use super::price::PricedLines;
use super::request::{AmendOrder, CreateOrder, RescheduleCause, RescheduleOrder};
use super::state::{Billing, Fulfilment, Priority, Step};

/// An order with its lines.
#[derive(Clone, Debug)]
pub struct Order {
    pub row: Model,
    pub lines: Vec<Line>,
}

/// Everything a new order is made of, gathered and decided before the transaction.
#[derive(Clone, Debug)]
pub struct Composed {
    pub id: Uuid,
    pub place: Place,
    pub price_date: NaiveDate,
    pub priced: PricedLines,
    pub quote: Option<(Uuid, i32)>,
}

impl Composed {
    /// The order that `command` asks for.
    ///
    /// # Errors
    /// 422 for amounts that the currency cannot hold.
    pub fn order(&self, command: &CreateOrder, number: String, touch: Touch) -> Result<Order, Problem> {
        let requested_at = command.asked_at(touch.at);
        let currency = self.priced.total.currency();
        let (freight, tax_given) = extras(command, currency)?;
        let row = Model {
            id: self.id,
            version: 1,
            created_at: touch.at,
            updated_at: touch.at,
            created_by: Some(touch.by),
            updated_by: Some(touch.by),
            external_ref: command.external_ref.clone(),
            number,
            account_id: self.place.account.id.into(),
            bill_to_id: self.place.bill_to.into(),
            site_id: self.place.site.map(Into::into),
            branch_id: self.place.branch.map(Into::into),
            time_zone: self.place.zone.name().to_owned(),
            kind: command.kind.as_str().to_owned(),
            priority: command.priority.unwrap_or(Priority::Normal).as_str().to_owned(),
            requested_at,
            service_date: command.service_date,
            customer_po: command.customer_po.clone(),
            service_line: command.service_line.clone(),
            cost_center: command.cost_center.clone(),
            payment_terms: self.place.account.payment_terms.to_string(),
            currency: currency.code().to_owned(),
            price_date: self.price_date,
            quote_id: self.quote.map(|(id, _)| id),
            quote_version: self.quote.map(|(_, version)| version),
            total: self.priced.total.minor(),
            freight: freight.minor(),
            tax_given: tax_given.map(Money::minor),
            prep_due_at: self.place.office.due(requested_at, command.service_date),
            prepared_at: None,
            completed_at: None,
            fulfilment: Fulfilment::Draft.as_str().to_owned(),
            billing: worth(self.priced.total.minor(), freight.minor()).as_str().to_owned(),
            holds: serde_json::to_value(self.holds(touch)?)?,
            reason: None,
        };
        let lines = owned(self.id, self.priced.lines.clone());
        Ok(Order { row, lines })
    }

    /// An account on credit hold holds its orders from the start.
    fn holds(&self, touch: Touch) -> Result<Holds, Fault> {
        let Some(credit) = self.place.account.holds.iter().find(|hold| hold.kind == "credit") else { return Ok(Holds::default()) };
        let scopes = vec![HoldScope::Confirm, HoldScope::Dispatch];
        let hold = NewHold { kind: HoldKind::Credit, scopes, reason: credit.reason.clone(), owner: None, expires_at: None };
        Holds::default().place(hold, Some(touch.by), touch.at)
    }
}

/// Freight and given tax.
///
/// # Errors
/// 422 for amounts that the currency cannot hold.
pub fn extras(command: &CreateOrder, currency: Currency) -> Result<(Money, Option<Money>), Fault> {
    let freight = money(command.freight.as_ref().map(|freight| freight.amount), currency, "/freight/amount")?;
    let tax = command.tax.as_ref().map(|tax| money(Some(tax.total), currency, "/tax/total")).transpose()?;
    Ok((freight, tax))
}

/// Lines with ids, belonging to an order.
fn owned(order: Uuid, lines: Vec<Line>) -> Vec<Line> {
    lines.into_iter().map(|line| Line { id: kernel::id::new_uuid(), order_id: order, ..line }).collect()
}

const fn worth(total: i64, freight: i64) -> Billing {
    if total == 0 && freight == 0 { Billing::NotApplicable } else { Billing::None }
}

fn money(amount: Option<Decimal>, currency: Currency, pointer: &'static str) -> Result<Money, Fault> {
    let Some(amount) = amount else { return Ok(Money::zero(currency)) };
    Money::from_decimal(amount, currency).map_err(|fault| {
        let message = fault.detail.clone();
        Fault::field(pointer, "too_many_decimals", message)
    })
}

impl Model {
    fn touched(self, touch: Touch) -> Self {
        Self { version: self.version + 1, updated_at: touch.at, updated_by: Some(touch.by), ..self }
    }

    /// # Errors
    /// `internal` when the row is broken.
    pub fn state(&self) -> Result<Fulfilment, Problem> {
        word(&self.fulfilment)
    }

    /// # Errors
    /// `internal` when the row is broken.
    pub fn held(&self) -> Result<Holds, Problem> {
        Ok(Holds::deserialize(&self.holds)?)
    }

    /// # Errors
    /// `internal` when the row is broken.
    pub fn zone(&self) -> Result<Tz, Problem> {
        self.time_zone.parse().map_err(Problem::internal)
    }

    /// # Errors
    /// `internal` when the row is broken.
    pub fn currency(&self) -> Result<Currency, Problem> {
        self.currency.parse().map_err(Problem::internal)
    }

    /// Takes a step that needs nothing but the state, the holds and what the order itself says.
    ///
    /// # Errors
    /// 409 `illegal_transition`, `on_hold`, `no_service_date`.
    pub fn step(self, step: Step, touch: Touch) -> Result<Self, Problem> {
        let next = self.state()?.after(step, word(&self.kind)?)?;
        let holds = self.held()?;
        match step {
            Step::Confirm => holds.check(HoldScope::Confirm, touch.at)?,
            Step::Dispatch => holds.check(HoldScope::Dispatch, touch.at)?,
            Step::Schedule if self.service_date.is_none() => {
                return Err(Fault::conflict("no_service_date", "The order has no service date; reschedule it first.").into());
            }
            _ => {}
        }
        let prepared_at = if step == Step::Prepare { Some(touch.at) } else { self.prepared_at };
        let billing = self.billing_after(step, &holds, touch.at)?.as_str().to_owned();
        Ok(Self { fulfilment: next.as_str().to_owned(), billing, prepared_at, ..self }.touched(touch))
    }

    fn billing_after(&self, step: Step, holds: &Holds, now: DateTime<Utc>) -> Result<Billing, Problem> {
        let now_is: Billing = word(&self.billing)?;
        Ok(match step {
            _ if now_is == Billing::NotApplicable => now_is,
            Step::Start | Step::Reopen => Billing::NotReady,
            Step::Complete if holds.stop(HoldScope::Bill, now) => Billing::NotReady,
            Step::Complete => Billing::Ready,
            Step::Cancel => Billing::None,
            _ => now_is,
        })
    }

    /// The same order for a reason that is kept.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    /// Amended members, without the lines' prices.
    ///
    /// # Errors
    /// 409 `not_amendable` once it is confirmed; 409 `priced_by_quote` for new lines of a quote's order.
    pub fn amend(self, change: &AmendOrder, priced: Option<&PricedLines>, touch: Touch) -> Result<Self, Problem> {
        if !self.state()?.is_open_to_amendment() {
            return Err(Fault::conflict("not_amendable", "A confirmed order no longer changes.").into());
        }
        let currency = self.currency()?;
        let freight = match &change.freight {
            None => self.freight,
            Some(freight) => money(freight.as_ref().map(|freight| freight.amount), currency, "/freight/amount")?.minor(),
        };
        let total = priced.map_or(self.total, |priced| priced.total.minor());
        Ok(Self {
            customer_po: change.customer_po.clone().unwrap_or(self.customer_po),
            service_line: change.service_line.clone().unwrap_or(self.service_line),
            cost_center: change.cost_center.clone().unwrap_or(self.cost_center),
            priority: change.priority.map_or(self.priority, |priority| priority.as_str().to_owned()),
            billing: worth(total, freight).as_str().to_owned(),
            total,
            freight,
            ..self
        }
        .touched(touch))
    }

    /// Moves the service. The preparation's due time follows only a customer's wish, and only while it is awaited.
    ///
    /// # Errors
    /// 409 `illegal_transition` once the work has begun.
    pub fn reschedule(self, change: &RescheduleOrder, office: &super::preparation::Office, touch: Touch) -> Result<Self, Problem> {
        if !self.state()?.is_ahead() {
            return Err(Fault::illegal_transition("reschedule", &self.fulfilment, std::iter::empty::<&str>()).into());
        }
        let follows = change.cause == RescheduleCause::Customer && self.prepared_at.is_none();
        let prep_due_at = if follows { office.due(touch.at, Some(change.service_date)) } else { self.prep_due_at };
        Ok(Self { service_date: Some(change.service_date), prep_due_at, ..self }.touched(touch).because(&change.reason))
    }

    /// The order with other holds. Holding the bill of a completed order makes it not ready, lifting it ready.
    ///
    /// # Errors
    /// `internal` when the row is broken.
    pub fn with_holds(self, holds: &Holds, touch: Touch) -> Result<Self, Problem> {
        let stopped = holds.stop(HoldScope::Bill, touch.at);
        let done = matches!(self.state()?, Fulfilment::Completed | Fulfilment::Closed);
        let billing = match word::<Billing>(&self.billing)? {
            Billing::Ready if stopped => Billing::NotReady,
            Billing::NotReady if done && !stopped => Billing::Ready,
            other => other,
        };
        let (billing, holds) = (billing.as_str().to_owned(), serde_json::to_value(holds)?);
        Ok(Self { holds, billing, ..self }.touched(touch))
    }
}

impl Order {
    /// The same order with other lines.
    #[must_use]
    pub fn replace_lines(self, priced: PricedLines) -> Self {
        Self { lines: owned(self.row.id, priced.lines), ..self }
    }
}
