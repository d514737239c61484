//! Bringing a listed price to the asked unit and currency, each to six decimals.

use kernel::decimal::power_of_ten;
use kernel::rounding::divide;
use kernel::{Fault, FxRate, Rounding, UnitPrice};

use super::exact::product;
use super::resolve::Selection;
use super::trace::{Number, StepKind, Trace};

/// Brings a listed unit price to the asked unit, then to the asked currency.
pub(super) fn convert(price: UnitPrice, selection: &Selection<'_>, trace: Option<&mut Trace<'_>>) -> Result<UnitPrice, Fault> {
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

pub(super) fn exchange(price: UnitPrice, selection: &Selection<'_>) -> Result<UnitPrice, Fault> {
    at_rate(price, selection.exchange, selection.rounding)
}

/// A price in another currency, when there is a rate.
pub(super) fn at_rate(price: UnitPrice, rate: Option<FxRate>, mode: Rounding) -> Result<UnitPrice, Fault> {
    let Some(rate) = rate else { return Ok(price) };
    let scaled = divide(product(i128::from(price.scaled()), i128::from(rate.scaled()))?, power_of_ten(FxRate::SCALE)?, mode)?;
    i64::try_from(scaled).map(UnitPrice::from_scaled).map_err(|_| Fault::overflow())
}
