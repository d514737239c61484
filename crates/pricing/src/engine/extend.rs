//! The price models: what a quantity comes to at its listed terms, before adjustments and discounts.

use kernel::rounding::divide;
use kernel::{Fault, Money, Quantity, Rate, Rounding, UnitPrice};

use super::calculate::Basis;
use super::convert::{convert, exchange};
use super::cost::cost_plus;
use super::exact::{Exact, product};
use super::item::UnitRatio;
use super::line::PriceQuery;
use super::resolve::Selection;
use super::terms::{Terms, Tier};
use super::trace::{Number, StepKind, Trace};

/// An extended price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extended {
    /// The price of one asked unit; absent where units differ in price.
    pub(super) unit_price: Option<UnitPrice>,
    /// What the units come to.
    pub(super) units: Exact,
    /// How many units an amount for each of them counts.
    pub(super) count: Quantity,
    /// What comes once, beside the units.
    pub(super) fees: Option<Exact>,
}

impl Extended {
    fn units(units: Exact, count: Quantity) -> Self {
        Self { unit_price: None, units, count, fees: None }
    }

    /// One price for each of `count` units.
    pub(super) fn each(price: UnitPrice, count: Quantity, fees: Option<Exact>) -> Result<Self, Fault> {
        let units = Exact::of(price, i128::from(count.scaled()), 1)?;
        Ok(Self { unit_price: Some(price), units, count, fees })
    }
}

/// What the quantity comes to by the model of the selected terms.
///
/// # Errors
/// `overflow`; `missing_cost`; `not_a_price` for terms that are none.
pub(super) fn extend<'a>(
    selection: &Selection<'a>,
    basis: Basis<'a>,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
) -> Result<Extended, Fault> {
    match &selection.entry.terms {
        Terms::Flat { unit_price } => Extended::each(convert(*unit_price, selection, Some(trace))?, query.quantity, None),
        Terms::Volume { tiers } => volume(tiers, selection, query, trace),
        Terms::Graduated { tiers } => graduated(tiers, selection, query, trace),
        Terms::Block { block_size, block_price } => {
            let price = exchange(*block_price, selection)?;
            let blocks = blocks(*block_size, selection.ratio, query)?;
            let amount = Exact::of(price, product(blocks, i128::from(Quantity::ONE.scaled()))?, 1)?;
            trace.step(StepKind::Tier, "block", Some(Number::Price(price)), Some(amount.shown()?));
            Ok(Extended::units(amount, query.quantity))
        }
        Terms::LumpSum { amount } => lump_sum(*amount, selection, query, trace),
        Terms::CostPlus { on, percent } => cost_plus((*on, *percent), selection, basis, query, trace),
        Terms::PercentOf { percent, .. } => percent_of(*percent, query, trace),
        Terms::AdjustPercent { .. } | Terms::AdjustAmount { .. } | Terms::Offer { .. } => {
            Err(Fault::invalid("not_a_price", "An adjustment or an offer is not a price."))
        }
    }
}

/// A part of what the document's other lines come to; alone on a document it is a part of nothing.
fn percent_of(percent: Rate, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Result<Extended, Fault> {
    let base = query.part_of.unwrap_or(Money::zero(query.currency));
    let counted = if query.quantity > Quantity::ZERO { i128::from(base.minor()) } else { 0 };
    let amount = Exact::share(counted, percent, query.currency)?;
    trace.step(StepKind::Tier, "percent_of", Some(Number::Money(base)), Some(amount.shown()?));
    Ok(Extended::units(amount, Quantity::ONE))
}

/// Charged with the first of what is bought.
fn lump_sum(amount: UnitPrice, selection: &Selection<'_>, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Result<Extended, Fault> {
    let price = exchange(amount, selection)?;
    let due = query.quantity > Quantity::ZERO && query.prior.is_zero();
    let count = if due { Quantity::ONE } else { Quantity::ZERO };
    let amount = Exact::of(price, i128::from(count.scaled()), 1)?;
    trace.step(StepKind::Tier, "lump_sum", Some(Number::Price(price)), Some(amount.shown()?));
    Ok(Extended::units(amount, count))
}

/// Blocks begun by the whole quantity less those begun before.
fn blocks(size: Quantity, ratio: UnitRatio, query: &PriceQuery<'_>) -> Result<i128, Fault> {
    let size = product(i128::from(size.scaled()), ratio.denominator)?;
    let begun = |quantity: Quantity| divide(product(i128::from(quantity.scaled()), ratio.numerator)?, size, Rounding::Ceiling);
    Ok(begun(query.prior.plus(query.quantity)?)? - begun(query.prior)?)
}

fn volume(tiers: &[Tier], selection: &Selection<'_>, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Result<Extended, Fault> {
    let reached = product(i128::from(query.prior.plus(query.quantity)?.scaled()), selection.ratio.numerator)?;
    let bound = |quantity: Quantity| product(i128::from(quantity.scaled()), selection.ratio.denominator);
    for tier in tiers {
        if tier.to.map(bound).transpose()?.is_some_and(|to| reached >= to) {
            continue;
        }
        let price = convert(tier.unit_price, selection, Some(&mut *trace))?;
        trace.step(StepKind::Tier, "volume", Some(Number::Quantity(tier.from)), Some(Number::Price(price)));
        let fee = tier.flat_fee.filter(|_| query.quantity > Quantity::ZERO);
        let fees = fee.map(|fee| flat_fee(fee, selection, 1, trace)).transpose()?;
        return Extended::each(price, query.quantity, fees);
    }
    Err(Fault::invalid("invalid_tiers", "No tier holds the quantity."))
}

fn graduated(tiers: &[Tier], selection: &Selection<'_>, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Result<Extended, Fault> {
    let UnitRatio { numerator, denominator } = selection.ratio;
    let low = product(i128::from(query.prior.scaled()), numerator)?;
    let high = product(i128::from(query.prior.plus(query.quantity)?.scaled()), numerator)?;
    let mut sum = Exact::of(UnitPrice::ZERO, 0, numerator)?;
    let mut fees = None;
    for tier in tiers {
        let start = product(i128::from(tier.from.scaled()), denominator)?.max(low);
        let end = match tier.to {
            Some(to) => product(i128::from(to.scaled()), denominator)?.min(high),
            None => high,
        };
        if end <= start {
            continue;
        }
        let price = convert(tier.unit_price, selection, None)?;
        let slice = Exact::of(price, end - start, numerator)?;
        trace.step(StepKind::Tier, "graduated", Some(Number::Price(price)), Some(slice.shown()?));
        if let Some(fee) = tier.flat_fee {
            let fee = flat_fee(fee, selection, numerator, trace)?;
            fees = Some(fees.map_or(Ok(fee), |fees: Exact| fees.plus(fee))?);
        }
        sum = sum.plus(slice)?;
    }
    Ok(Extended { fees, ..Extended::units(sum, query.quantity) })
}

fn flat_fee(fee: UnitPrice, selection: &Selection<'_>, parts: i128, trace: &mut Trace<'_>) -> Result<Exact, Fault> {
    let fee = exchange(fee, selection)?;
    trace.step(StepKind::Tier, "flat_fee", None, Some(Number::Price(fee)));
    Exact::of(fee, product(i128::from(Quantity::ONE.scaled()), parts)?, parts)
}
