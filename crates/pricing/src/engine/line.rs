//! One line priced from end to end: resolve, calculate, seal the trace.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ExchangeRateId, ItemId, SiteId};
use kernel::{Currency, Fault, FxRate, Money, Quantity, Rate, Rounding, UnitPrice};
use serde::Serialize;
use uuid::Uuid;

use super::calculate::{Basis, Calculated, Component, ComponentKind, calculate};
use super::context::Context;
use super::index::PriceIndex;
use super::item::Item;
use super::resolve::{AMBIGUOUS, Resolved, Selection, resolve};
use super::terms::{PartOf, Priors, Terms};
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
    /// The waste profile that is asked about.
    pub profile: Option<Uuid>,
    pub item: ItemId,
    pub quantity: Quantity,
    pub uom: &'q str,
    pub currency: Currency,
    pub price_date: NaiveDate,
    pub known_at: DateTime<Utc>,
    /// What was bought before in the same scope, for cumulative tiers.
    pub prior: Quantity,
    /// What was bought before by scope, for prices that say theirs.
    pub priors: Priors,
    /// Conversions that are allowed; none by default.
    pub exchanges: &'q [Exchange],
    /// A price given by a person instead of the resolved one.
    pub given: Option<UnitPrice>,
    /// What other lines come to, for a line that is a percentage of them.
    pub part_of: Option<Money>,
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
    #[serde(skip_serializing_if = "Priors::is_empty")]
    prior_quantities: Priors,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_price: Option<UnitPrice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part_of: Option<Money>,
    /// The conversions that were allowed, with the ids of their rates.
    #[serde(skip_serializing_if = "<[Exchange]>::is_empty")]
    exchanges: &'a [Exchange],
}

impl<'a> Inputs<'a> {
    const fn of(item: &'a Item, query: &PriceQuery<'a>) -> Self {
        Self {
            account: query.account,
            site: query.site,
            item: item.code.as_str(),
            quantity: query.quantity,
            uom: query.uom,
            currency: query.currency,
            price_date: query.price_date,
            known_at: query.known_at,
            prior_quantity: query.prior,
            prior_quantities: query.priors,
            profile: query.profile,
            given_price: query.given,
            part_of: query.part_of,
            exchanges: query.exchanges,
        }
    }
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

/// A line whose price is found but not yet worked out.
pub struct OpenLine<'a, 'q> {
    pub basis: Basis<'a>,
    pub query: PriceQuery<'q>,
    resolved: Option<Resolved<'a>>,
    trace: Trace<'a>,
}

/// Finds the price of one line.
///
/// # Errors
/// `unknown_item`, `negative_quantity`, `unknown_uom`, and those of [`resolve`].
pub fn open_line<'a, 'q>(index: &'a PriceIndex, context: &'a Context, query: PriceQuery<'q>) -> Result<OpenLine<'a, 'q>, Fault> {
    let item = index.item(query.item).ok_or_else(|| Fault::field("/item_id", "unknown_item", "There is no such item."))?;
    check(item, &query)?;
    let mut trace = Trace::new();
    let resolved = match resolve(index, context, item, &query, &mut trace) {
        Ok(resolved) => Some(resolved),
        Err(fault) if query.given.is_none() || fault.code == AMBIGUOUS => return Err(fault),
        Err(_) => None,
    };
    Ok(OpenLine { basis: Basis { index, context, item }, query, resolved, trace })
}

impl<'a> OpenLine<'a, '_> {
    /// The lines that this one is a percentage of.
    #[must_use]
    pub fn part_of(&self) -> Option<&'a PartOf> {
        match &self.resolved.as_ref()?.price.entry.terms {
            Terms::PercentOf { of, .. } if self.query.given.is_none() => Some(of),
            _ => None,
        }
    }

    /// Works out the line; `part_of` is what the lines come to that it is a percentage of.
    ///
    /// # Errors
    /// Those of [`calculate`].
    pub fn close(mut self, part_of: Option<Money>) -> Result<PricedLine<'a>, Fault> {
        self.query.part_of = part_of;
        let listed = self.resolved.as_ref().map(|resolved| calculate(resolved, self.basis, &self.query, &mut self.trace));
        // What the list cannot say, such as a price on an unknown cost, does not stand in the way of a given price.
        let listed = if self.query.given.is_some() { listed.and_then(Result::ok) } else { listed.transpose()? };
        let selection = self.resolved.as_ref().map(|resolved| resolved.price);
        let (calculated, list_total) = match (self.query.given, listed) {
            (None, Some(listed)) => (listed, None),
            (None, None) => return Err(Fault::overflow()),
            (Some(price), listed) => {
                let list = listed.map(|listed| listed.total);
                (given(price, selection, list, (self.basis.item, &self.query), &mut self.trace)?, list)
            }
        };
        let trace = self.trace.seal(&Inputs::of(self.basis.item, &self.query))?;
        Ok(PricedLine { item: self.basis.item, selection, calculated, list_total, trace })
    }
}

/// Prices one line by itself.
///
/// # Errors
/// Those of [`open_line`] and [`calculate`].
pub fn price_line<'a>(index: &'a PriceIndex, context: &'a Context, query: &PriceQuery<'_>) -> Result<PricedLine<'a>, Fault> {
    open_line(index, context, *query)?.close(None)
}

/// A given price stands instead of what the list says, if it says anything; the trace shows both.
fn given(
    price: UnitPrice,
    selection: Option<Selection<'_>>,
    list: Option<Money>,
    (item, query): (&Item, &PriceQuery<'_>),
    trace: &mut Trace<'_>,
) -> Result<Calculated, Fault> {
    trace.step(StepKind::Override, "given_price", list.map(Number::Money), Some(Number::Price(price)));
    let mode = selection.map_or(Rounding::HalfUp, |selection| selection.rounding);
    let total = Money::extend(price, query.quantity, query.currency, mode)?;
    trace.step(StepKind::Round, "line", Some(Number::Price(price)), Some(Number::Money(total)));
    let components = vec![Component { kind: ComponentKind::Charge, charge_group: item.charge_group, amount: total }];
    Ok(Calculated { unit_price: Some(price), discount: Rate::ZERO, components, total })
}

fn check(item: &Item, query: &PriceQuery<'_>) -> Result<(), Fault> {
    if query.quantity.is_negative() || query.prior.is_negative() || query.priors.is_negative() {
        return Err(Fault::field("/quantity", "negative_quantity", "A quantity is not negative."));
    }
    if item.ratio(query.uom, &item.base_uom).is_none() {
        return Err(Fault::field("/uom", "unknown_uom", format!("{} is not sold by {}.", item.code, query.uom)));
    }
    Ok(())
}
