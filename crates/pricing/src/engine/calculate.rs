//! What a selected price comes to: conversions, the price model, level adjustments, discounts, one rounding, the line minimum.
//!
//! Unit prices are brought to six decimals when converted; after that everything stays an exact fraction until the line
//! is rounded once. Nothing is rounded again: the total of a line is the sum of its rounded components.

use kernel::{Fault, FxRate, Money, Quantity, Rate, UnitPrice};
use serde::Serialize;
use utoipa::ToSchema;

use super::adjust::adjust;
use super::context::Context;
use super::discount::{agreed, offered, together};
use super::exact::product;
use super::extend::extend;
use super::index::PriceIndex;
use super::item::{ChargeGroup, Item};
use super::line::PriceQuery;
use super::resolve::{Resolved, Selection};
use super::trace::{Number, StepKind, Trace};

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

/// What decides a line beside its question.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    pub index: &'a PriceIndex,
    pub context: &'a Context,
    pub item: &'a Item,
}

/// Works out the line that `resolved` prices.
///
/// # Errors
/// `missing_cost`; `overflow`.
pub fn calculate<'a>(
    resolved: &Resolved<'a>,
    basis: Basis<'a>,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
) -> Result<Calculated, Fault> {
    let Basis { index, context, item } = basis;
    let selection = &resolved.price;
    let query = &PriceQuery { prior: prior(selection, query), ..*query };
    let extended = adjust(extend(selection, basis, query, trace)?, &resolved.adjustments, trace)?;
    let unit_price = extended.unit_price;
    let amount = extended.fees.map_or(Ok(extended.units), |fees| extended.units.plus(fees))?;
    let offered = offered(index, selection, item, query, trace)?;
    let agreed = agreed(resolved, context, item, query, trace);
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

/// What was bought before in the scope of the entry's tiers.
fn prior(selection: &Selection<'_>, query: &PriceQuery<'_>) -> Quantity {
    let scope = selection.entry.tier_scope.or(selection.book.and_then(|book| book.tier_scope));
    scope.map_or(query.prior, |scope| query.priors.of(scope, query.prior))
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
