//! What items cost us, and prices made of it by markup or margin.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{ItemCostId, ItemId};
use kernel::rounding::divide;
use kernel::words;
use kernel::{Currency, Fault, Money, Rate, Rounding, UnitPrice};
use uuid::Uuid;

use super::calculate::Basis;
use super::convert::at_rate;
use super::dated::{Dated, in_force};
use super::exact::product;
use super::extend::Extended;
use super::index::PriceIndex;
use super::item::Item;
use super::line::PriceQuery;
use super::resolve::Selection;
use super::trace::{Number, Step, StepKind, Trace};

words! {
    /// What a percentage on cost is a part of.
    pub enum CostBasis {
        /// Of the cost: a markup of 25 % on 80.00 is 100.00.
        Markup = "markup",
        /// Of the price: a margin of 20 % on 80.00 is 100.00.
        Margin = "margin",
    }
}

/// What one unit of an item costs from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemCost {
    pub id: ItemCostId,
    pub item: ItemId,
    pub uom: String,
    pub currency: Currency,
    pub cost: UnitPrice,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    /// From then on it is as if it had never been recorded.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Dated for ItemCost {
    fn since(&self) -> (NaiveDate, DateTime<Utc>, Uuid) {
        (self.effective_on, self.recorded_at, self.id.uuid())
    }

    fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.withdrawn_at
    }
}

/// The price that a percentage on the cost in force makes, for the whole quantity.
///
/// # Errors
/// `missing_cost` when none is known on the day, or none in a currency that may be used; `overflow`.
pub(super) fn cost_plus<'a>(
    (on, percent): (CostBasis, Rate),
    selection: &Selection<'a>,
    basis: Basis<'a>,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
) -> Result<Extended, Fault> {
    let item = basis.item;
    let missing =
        || Fault::invalid("missing_cost", format!("{} is priced on its cost, of which none is known on {}.", item.code, query.price_date));
    let (cost, in_unit) = unit_cost(basis.index, item, query, selection.rounding)?.ok_or_else(missing)?;
    let price = plus(in_unit, on, percent, selection.rounding)?;
    let step = Step::of(StepKind::Convert, on.as_str(), Some(Number::Price(in_unit)), Some(Number::Price(price)));
    trace.record(Step { cost: Some(cost.id), ..step });
    Extended::each(price, query.quantity, None)
}

/// The cost in force of an asked unit; none when none is known, or none in a currency that may be used.
fn unit_cost<'a>(
    index: &'a PriceIndex,
    item: &Item,
    query: &PriceQuery<'_>,
    mode: Rounding,
) -> Result<Option<(&'a ItemCost, UnitPrice)>, Fault> {
    let Some(cost) = in_force(index.costs_of(item.id), query.price_date, query.known_at) else { return Ok(None) };
    let exchange = query.exchanges.iter().find(|exchange| exchange.from == cost.currency);
    let Some(ratio) = item.ratio(query.uom, &cost.uom).filter(|_| cost.currency == query.currency || exchange.is_some()) else {
        return Ok(None);
    };
    let rate = exchange.filter(|_| cost.currency != query.currency).map(|exchange| exchange.rate);
    Ok(Some((cost, at_rate(ratio.convert(cost.cost, mode)?, rate, mode)?)))
}

/// What the asked quantity costs us; none when that is not known.
///
/// # Errors
/// `overflow`.
pub fn line_cost(index: &PriceIndex, item: &Item, query: &PriceQuery<'_>) -> Result<Option<Money>, Fault> {
    let unit = unit_cost(index, item, query, Rounding::HalfUp)?;
    unit.map(|(_, unit)| Money::extend(unit, query.quantity, query.currency, Rounding::HalfUp)).transpose()
}

fn plus(cost: UnitPrice, on: CostBasis, percent: Rate, mode: Rounding) -> Result<UnitPrice, Fault> {
    let (cost, one) = (i128::from(cost.scaled()), i128::from(Rate::ONE.scaled()));
    let percent = i128::from(percent.scaled());
    let scaled = match on {
        CostBasis::Markup => divide(product(cost, one + percent)?, one, mode)?,
        CostBasis::Margin => divide(product(cost, one)?, one - percent, mode)?,
    };
    i64::try_from(scaled).map(UnitPrice::from_scaled).map_err(|_| Fault::overflow())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_markup_is_of_the_cost_and_a_margin_of_the_price() {
        let price = |on, percent: &str| plus("80.00".parse().unwrap(), on, percent.parse().unwrap(), Rounding::HalfUp).unwrap().to_string();
        assert_eq!(price(CostBasis::Markup, "0.25"), "100.00");
        assert_eq!(price(CostBasis::Margin, "0.20"), "100.00");
        assert_eq!(price(CostBasis::Margin, "0.35"), "123.076923");
        assert_eq!(price(CostBasis::Markup, "-0.10"), "72.00");
    }
}
