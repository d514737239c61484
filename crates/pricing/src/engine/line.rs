//! One line priced from end to end: resolve, calculate, seal the trace.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ItemId, SiteId};
use kernel::{Currency, Fault, FxRate, Quantity};
use serde::Serialize;

use super::calculate::{Calculated, calculate};
use super::index::PriceIndex;
use super::item::Item;
use super::resolve::{Context, Selection, resolve};
use super::trace::{Sealed, Trace};

/// A rate at which prices in another currency may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
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
}

fn is_nothing(quantity: &Quantity) -> bool {
    quantity.is_zero()
}

/// A priced line.
#[derive(Clone, Debug)]
pub struct PricedLine<'a> {
    pub item: &'a Item,
    pub selection: Selection<'a>,
    pub calculated: Calculated,
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
    let selection = resolve(index, context, item, query, &mut trace)?;
    let calculated = calculate(&selection, item, query, &mut trace)?;
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
    };
    let trace = trace.seal(&inputs)?;
    Ok(PricedLine { item, selection, calculated, trace })
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
