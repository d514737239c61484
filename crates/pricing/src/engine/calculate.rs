//! What a selected price comes to: unit and currency conversion, the price model, offers, one rounding, the line minimum.
//!
//! Unit prices are brought to six decimals when converted; after that everything stays an exact fraction until the line
//! is rounded once. Nothing is rounded again: the total of a line is the sum of its rounded components.

use kernel::decimal::power_of_ten;
use kernel::rounding::divide;
use kernel::{Fault, FxRate, Money, Quantity, Rate, Rounding, UnitPrice};
use serde::Serialize;
use utoipa::ToSchema;

use super::index::Listed;
use super::item::{ChargeGroup, Item, UnitRatio};
use super::line::PriceQuery;
use super::resolve::{Context, Selection, contract_discount, offers};
use super::terms::{Terms, Tier};
use super::trace::{Number, SourceRef, StepKind, Trace};

/// What a component of a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PriceComponentKind)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// The quantity at its price.
    Charge,
    /// What is missing to the line minimum.
    MinimumAdjustment,
}

/// A rounded part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PriceComponent)]
pub struct Component {
    pub kind: ComponentKind,
    pub charge_group: ChargeGroup,
    pub amount: Money,
}

/// The amounts of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculated {
    /// The price of one asked unit before discounts; absent where units differ in price.
    pub unit_price: Option<UnitPrice>,
    pub discount: Rate,
    pub components: Vec<Component>,
    pub total: Money,
}

/// An exact amount in major units.
#[derive(Clone, Copy, Debug)]
struct Exact {
    numerator: i128,
    denominator: i128,
}

/// Decimals of a unit price times a quantity.
const EXTENDED: u32 = UnitPrice::SCALE + Quantity::SCALE;

fn product(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_mul(b).ok_or_else(Fault::overflow)
}

impl Exact {
    /// `price x slice`, where the slice is in ten-thousandths of `1 / parts` units.
    fn of(price: UnitPrice, slice: i128, parts: i128) -> Result<Self, Fault> {
        Ok(Self { numerator: product(i128::from(price.scaled()), slice)?, denominator: product(power_of_ten(EXTENDED)?, parts)? })
    }

    fn less(self, discount: Rate) -> Result<Self, Fault> {
        if discount.is_zero() {
            return Ok(self);
        }
        let kept = Rate::ONE.minus(discount)?;
        Ok(Self {
            numerator: product(self.numerator, i128::from(kept.scaled()))?,
            denominator: product(self.denominator, i128::from(Rate::ONE.scaled()))?,
        })
    }

    /// The sum of two amounts with one denominator.
    fn plus(self, other: Self) -> Result<Self, Fault> {
        let numerator = self.numerator.checked_add(other.numerator).ok_or_else(Fault::overflow)?;
        Ok(Self { numerator, denominator: self.denominator })
    }

    fn scaled(self, scale: u32, mode: Rounding) -> Result<i64, Fault> {
        let value = divide(product(self.numerator, power_of_ten(scale)?)?, self.denominator, mode)?;
        i64::try_from(value).map_err(|_| Fault::overflow())
    }

    /// For the trace, which shows six decimals.
    fn shown(self) -> Result<Number, Fault> {
        self.scaled(UnitPrice::SCALE, Rounding::HalfUp).map(|scaled| Number::Price(UnitPrice::from_scaled(scaled)))
    }
}

/// Works out the line that `selection` prices.
///
/// # Errors
/// `overflow`.
pub fn calculate<'a>(
    selection: &Selection<'a>,
    context: &'a Context,
    item: &'a Item,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
) -> Result<Calculated, Fault> {
    let (amount, unit_price) = extend(selection, query, trace)?;
    let offered = discount(selection, item, query, trace)?;
    let agreed = agreed(selection, context, item, query, trace);
    let exact = amount.less(offered)?.less(agreed)?;
    let discount = together(offered, agreed)?;
    let minor = exact.scaled(u32::from(query.currency.exponent()), selection.rounding)?;
    let line = Money::from_minor(minor, query.currency);
    trace.step(StepKind::Round, "line", Some(exact.shown()?), Some(Number::Money(line)));
    let mut components = Vec::with_capacity(2);
    components.push(Component { kind: ComponentKind::Charge, charge_group: item.charge_group, amount: line });
    let mut total = line;
    if let Some(missing) = missing_to_minimum(selection, query, line)? {
        trace.step(StepKind::Minimum, "line_minimum", Some(Number::Money(line)), Some(Number::Money(missing)));
        components.push(Component { kind: ComponentKind::MinimumAdjustment, charge_group: ChargeGroup::Minimum, amount: missing });
        total = line.plus(missing)?;
        trace.step(StepKind::Round, "sum_of_components", None, Some(Number::Money(total)));
    }
    Ok(Calculated { unit_price, discount, components, total })
}

fn missing_to_minimum(selection: &Selection<'_>, query: &PriceQuery<'_>, line: Money) -> Result<Option<Money>, Fault> {
    let Some(listed) = selection.entry.min_charge.filter(|_| query.quantity > Quantity::ZERO) else { return Ok(None) };
    let minimum = match selection.exchange {
        None => listed,
        Some(rate) => {
            let value = product(i128::from(listed.minor()), i128::from(rate.scaled()))?;
            Money::from_scaled(value, u32::from(listed.currency().exponent()) + FxRate::SCALE, query.currency, selection.rounding)?
        }
    };
    let missing = minimum.minus(line)?;
    Ok((missing.minor() > 0).then_some(missing))
}

fn extend(selection: &Selection<'_>, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Result<(Exact, Option<UnitPrice>), Fault> {
    let quantity = i128::from(query.quantity.scaled());
    match &selection.entry.terms {
        Terms::Flat { unit_price } => {
            let price = convert(*unit_price, selection, Some(trace))?;
            Ok((Exact::of(price, quantity, 1)?, Some(price)))
        }
        Terms::Volume { tiers } => volume(tiers, selection, query, trace),
        Terms::Graduated { tiers } => Ok((graduated(tiers, selection, query, trace)?, None)),
        Terms::Block { block_size, block_price } => {
            let price = exchange(*block_price, selection)?;
            let blocks = blocks(*block_size, selection.ratio, query)?;
            let amount = Exact::of(price, product(blocks, i128::from(Quantity::ONE.scaled()))?, 1)?;
            trace.step(StepKind::Tier, "block", Some(Number::Price(price)), Some(amount.shown()?));
            Ok((amount, None))
        }
        Terms::Offer { .. } => Err(Fault::invalid("not_a_price", "An offer is not a price.")),
    }
}

/// Blocks begun by the whole quantity less those begun before.
fn blocks(size: Quantity, ratio: UnitRatio, query: &PriceQuery<'_>) -> Result<i128, Fault> {
    let size = product(i128::from(size.scaled()), ratio.denominator)?;
    let begun = |quantity: Quantity| divide(product(i128::from(quantity.scaled()), ratio.numerator)?, size, Rounding::Ceiling);
    Ok(begun(query.prior.plus(query.quantity)?)? - begun(query.prior)?)
}

fn volume(
    tiers: &[Tier],
    selection: &Selection<'_>,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'_>,
) -> Result<(Exact, Option<UnitPrice>), Fault> {
    let reached = product(i128::from(query.prior.plus(query.quantity)?.scaled()), selection.ratio.numerator)?;
    let bound = |quantity: Quantity| product(i128::from(quantity.scaled()), selection.ratio.denominator);
    for tier in tiers {
        if tier.to.map(bound).transpose()?.is_some_and(|to| reached >= to) {
            continue;
        }
        let price = convert(tier.unit_price, selection, Some(&mut *trace))?;
        trace.step(StepKind::Tier, "volume", Some(Number::Quantity(tier.from)), Some(Number::Price(price)));
        let amount = Exact::of(price, i128::from(query.quantity.scaled()), 1)?;
        let Some(fee) = tier.flat_fee.filter(|_| query.quantity > Quantity::ZERO) else { return Ok((amount, Some(price))) };
        return Ok((amount.plus(flat_fee(fee, selection, 1, trace)?)?, Some(price)));
    }
    Err(Fault::invalid("invalid_tiers", "No tier holds the quantity."))
}

fn graduated(tiers: &[Tier], selection: &Selection<'_>, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Result<Exact, Fault> {
    let UnitRatio { numerator, denominator } = selection.ratio;
    let low = product(i128::from(query.prior.scaled()), numerator)?;
    let high = product(i128::from(query.prior.plus(query.quantity)?.scaled()), numerator)?;
    let mut sum = Exact::of(UnitPrice::ZERO, 0, numerator)?;
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
        let mut slice = Exact::of(price, end - start, numerator)?;
        trace.step(StepKind::Tier, "graduated", Some(Number::Price(price)), Some(slice.shown()?));
        if let Some(fee) = tier.flat_fee {
            slice = slice.plus(flat_fee(fee, selection, numerator, trace)?)?;
        }
        sum = sum.plus(slice)?;
    }
    Ok(sum)
}

fn flat_fee(fee: UnitPrice, selection: &Selection<'_>, parts: i128, trace: &mut Trace<'_>) -> Result<Exact, Fault> {
    let fee = exchange(fee, selection)?;
    trace.step(StepKind::Tier, "flat_fee", None, Some(Number::Price(fee)));
    Exact::of(fee, product(i128::from(Quantity::ONE.scaled()), parts)?, parts)
}

/// Brings a listed unit price to the asked unit, then to the asked currency.
fn convert(price: UnitPrice, selection: &Selection<'_>, trace: Option<&mut Trace<'_>>) -> Result<UnitPrice, Fault> {
    let in_unit = selection.ratio.convert(price, selection.rounding)?;
    let converted = exchange(in_unit, selection)?;
    if let Some(trace) = trace {
        if !selection.ratio.is_same() {
            trace.step(StepKind::Convert, "uom", Some(Number::Price(price)), Some(Number::Price(in_unit)));
        }
        if let Some(rate) = selection.exchange {
            trace.step(StepKind::Convert, "currency", Some(Number::Fx(rate)), Some(Number::Price(converted)));
        }
    }
    Ok(converted)
}

fn exchange(price: UnitPrice, selection: &Selection<'_>) -> Result<UnitPrice, Fault> {
    let Some(rate) = selection.exchange else { return Ok(price) };
    let scaled = divide(product(i128::from(price.scaled()), i128::from(rate.scaled()))?, power_of_ten(FxRate::SCALE)?, selection.rounding)?;
    i64::try_from(scaled).map(UnitPrice::from_scaled).map_err(|_| Fault::overflow())
}

/// The highest discount of the book's offers that hold the quantity; of equal ones the first by name.
fn discount<'a>(selection: &Selection<'a>, item: &'a Item, query: &PriceQuery<'_>, trace: &mut Trace<'a>) -> Result<Rate, Fault> {
    let Some(book) = selection.book else { return Ok(Rate::ZERO) };
    let mut best: Option<(Rate, &'a str, &'a Listed)> = None;
    for listed in offers(book, item, query) {
        let Terms::Offer { offer, from, to, discount } = &listed.entry.terms else { continue };
        if !offer_holds(item, query, listed, (*from, *to))? {
            continue;
        }
        let better = best.is_none_or(|(rate, name, _)| *discount > rate || (*discount == rate && offer.as_str() < name));
        if better {
            best = Some((*discount, offer, listed));
        }
    }
    let Some((rate, _, listed)) = best else { return Ok(Rate::ZERO) };
    let entry = &listed.entry;
    let level = selection.source.level;
    let source =
        SourceRef { level, book: Some(&book.code), contract: None, version: listed.version, entry: entry.id, period: entry.period };
    trace.apply(source, "offer", Number::Rate(rate));
    Ok(rate)
}

/// The contract's discount, when the price was found at a lower level.
fn agreed(selection: &Selection<'_>, context: &Context, item: &Item, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Rate {
    if selection.source.level.starts_with('1') {
        return Rate::ZERO;
    }
    let Some((_, rate)) = contract_discount(context, item, query) else { return Rate::ZERO };
    trace.step(StepKind::Adjust, "contract_discount", None, Some(Number::Rate(rate)));
    rate
}

/// Two discounts, one after the other, as one.
fn together(first: Rate, second: Rate) -> Result<Rate, Fault> {
    let one = i128::from(Rate::ONE.scaled());
    let kept = product(one - i128::from(first.scaled()), one - i128::from(second.scaled()))?;
    let scaled = one - divide(kept, one, Rounding::HalfUp)?;
    i64::try_from(scaled).map(Rate::from_scaled).map_err(|_| Fault::overflow())
}

fn offer_holds(item: &Item, query: &PriceQuery<'_>, listed: &Listed, (from, to): (Quantity, Option<Quantity>)) -> Result<bool, Fault> {
    let Some(ratio) = item.ratio(query.uom, &listed.entry.uom) else { return Ok(false) };
    let quantity = product(i128::from(query.quantity.scaled()), ratio.numerator)?;
    let bound = |limit: Quantity| product(i128::from(limit.scaled()), ratio.denominator);
    Ok(bound(from)? <= quantity && to.map(bound).transpose()?.is_none_or(|to| quantity < to))
}
