//! One line priced from end to end: resolve, calculate, seal the trace.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ExchangeRateId, ItemId, SiteId};
use kernel::{Currency, Fault, FxRate, Money, Quantity, Rate, Rounding, UnitPrice};
use serde::Serialize;

use super::calculate::{Basis, Calculated, Component, ComponentKind, calculate};
use super::context::Context;
use super::index::PriceIndex;
use super::item::Item;
use super::resolve::{AMBIGUOUS, Selection, resolve};
use super::trace::{Number, Sealed, StepKind, Trace};

/// A rate at which prices in another currency may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    pub id: ExchangeRateId,
    pub from: Currency,
    pub rate: FxRate,
}

/// What is asked. Everything that decides the answer is here, in the index or in the context.
#[derive(Clone, Copy, Debug)]
pub struct PriceQuery<'q> {
    pub account: Option<AccountId>,
    pub site: Option<SiteId>,
    pub item: ItemId,
    pub quantity: Quantity,
    pub uom: &'q str,
    pub currency: Currency,
    pub price_date: NaiveDate,
    pub known_at: DateTime<Utc>,
    /// What was bought before in the same scope, for cumulative tiers.
    pub prior: Quantity,
    /// Conversions that are allowed; none by default.
    pub exchanges: &'q [Exchange],
    /// A price given by a person instead of the resolved one.
    pub given: Option<UnitPrice>,
}

/// The query as the trace's header shows it.
#[derive(Serialize)]
struct Inputs<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    item: &'a str,
    quantity: Quantity,
    uom: &'a str,
    currency: Currency,
    price_date: NaiveDate,
    known_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "is_nothing")]
    prior_quantity: Quantity,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_price: Option<UnitPrice>,
    /// The conversions that were allowed, with the ids of their rates.
    #[serde(skip_serializing_if = "<[Exchange]>::is_empty")]
    exchanges: &'a [Exchange],
}

fn is_nothing(quantity: &Quantity) -> bool {
    quantity.is_zero()
}

/// A priced line.
#[derive(Clone, Debug)]
pub struct PricedLine<'a> {
    pub item: &'a Item,
    /// What was resolved; absent when the price was given and there is none.
    pub selection: Option<Selection<'a>>,
    pub calculated: Calculated,
    /// What the resolved price comes to, when another was given.
    pub list_total: Option<Money>,
    pub trace: Sealed,
}

/// Prices one line.
///
/// # Errors
/// `unknown_item`, `negative_quantity`, `unknown_uom`, and those of [`resolve`] and [`calculate`].
pub fn price_line<'a>(index: &'a PriceIndex, context: &'a Context, query: &PriceQuery<'_>) -> Result<PricedLine<'a>, Fault> {
    let item = index.item(query.item).ok_or_else(|| Fault::field("/item_id", "unknown_item", "There is no such item."))?;
    check(item, query)?;
    let mut trace = Trace::new();
    let (selection, calculated, list_total) = match query.given {
        None => {
            let resolved = resolve(index, context, item, query, &mut trace)?;
            let calculated = calculate(&resolved, Basis { index, context, item }, query, &mut trace)?;
            (Some(resolved.price), calculated, None)
        }
        Some(price) => given(Basis { index, context, item }, query, price, &mut trace)?,
    };
    let inputs = Inputs {
        account: query.account,
        site: query.site,
        item: &item.code,
        quantity: query.quantity,
        uom: query.uom,
        currency: query.currency,
        price_date: query.price_date,
        known_at: query.known_at,
        prior_quantity: query.prior,
        given_price: query.given,
        exchanges: query.exchanges,
    };
    let trace = trace.seal(&inputs)?;
    Ok(PricedLine { item, selection, calculated, list_total, trace })
}

type Outcome<'a> = (Option<Selection<'a>>, Calculated, Option<Money>);

/// A given price bypasses resolution; the trace still shows what the list says, if it says anything.
fn given<'a>(basis: Basis<'a>, query: &PriceQuery<'_>, price: UnitPrice, trace: &mut Trace<'a>) -> Result<Outcome<'a>, Fault> {
    let Basis { index, context, item } = basis;
    let (selection, list) = match resolve(index, context, item, query, trace) {
        Ok(resolved) => (Some(resolved.price), Some(calculate(&resolved, basis, query, trace)?.total)),
        Err(fault) if fault.code == AMBIGUOUS => return Err(fault),
        Err(_) => (None, None),
    };
    trace.step(StepKind::Override, "given_price", list.map(Number::Money), Some(Number::Price(price)));
    let mode = selection.map_or(Rounding::HalfUp, |selection| selection.rounding);
    let total = Money::extend(price, query.quantity, query.currency, mode)?;
    trace.step(StepKind::Round, "line", Some(Number::Price(price)), Some(Number::Money(total)));
    let components = vec![Component { kind: ComponentKind::Charge, charge_group: item.charge_group, amount: total }];
    Ok((selection, Calculated { unit_price: Some(price), discount: Rate::ZERO, components, total }, list))
}

fn check(item: &Item, query: &PriceQuery<'_>) -> Result<(), Fault> {
    if query.quantity.is_negative() || query.prior.is_negative() {
        return Err(Fault::field("/quantity", "negative_quantity", "A quantity is not negative."));
    }
    if item.ratio(query.uom, &item.base_uom).is_none() {
        return Err(Fault::field("/uom", "unknown_uom", format!("{} is not sold by {}.", item.code, query.uom)));
    }
    Ok(())
}
