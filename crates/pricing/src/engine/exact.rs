//! Exact fractions of a currency's major unit, which stay exact until a line is rounded once.

use kernel::decimal::power_of_ten;
use kernel::rounding::divide;
use kernel::{Currency, Fault, Quantity, Rate, Rounding, UnitPrice};

use super::trace::Number;

/// An exact amount in major units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exact {
    numerator: i128,
    denominator: i128,
}

/// Decimals of a unit price times a quantity.
pub(super) const EXTENDED: u32 = UnitPrice::SCALE + Quantity::SCALE;

pub(super) fn product(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_mul(b).ok_or_else(Fault::overflow)
}

impl Exact {
    /// `price x slice`, where the slice is in ten-thousandths of `1 / parts` units.
    pub(super) fn of(price: UnitPrice, slice: i128, parts: i128) -> Result<Self, Fault> {
        Ok(Self { numerator: product(i128::from(price.scaled()), slice)?, denominator: product(power_of_ten(EXTENDED)?, parts)? })
    }

    /// `minor` units of a currency times a rate.
    pub(super) fn share(minor: i128, rate: Rate, currency: Currency) -> Result<Self, Fault> {
        let denominator = power_of_ten(u32::from(currency.exponent()) + Rate::SCALE)?;
        Ok(Self { numerator: product(minor, i128::from(rate.scaled()))?, denominator })
    }

    pub(super) fn less(self, discount: Rate) -> Result<Self, Fault> {
        if discount.is_zero() {
            return Ok(self);
        }
        let kept = Rate::ONE.minus(discount)?;
        Ok(Self {
            numerator: product(self.numerator, i128::from(kept.scaled()))?,
            denominator: product(self.denominator, i128::from(Rate::ONE.scaled()))?,
        })
    }

    /// The sum of two amounts.
    pub(super) fn plus(self, other: Self) -> Result<Self, Fault> {
        let denominator = self.denominator.max(other.denominator);
        let over = |one: Self| match denominator % one.denominator {
            0 => product(one.numerator, denominator / one.denominator),
            _ => Err(Fault::overflow()),
        };
        let numerator = over(self)?.checked_add(over(other)?).ok_or_else(Fault::overflow)?;
        Ok(Self { numerator, denominator })
    }

    /// This amount and `rate` of it more, to `decimals`.
    pub(super) fn more(self, rate: Rate, decimals: u32, mode: Rounding) -> Result<Self, Fault> {
        let one = Rate::ONE.plus(rate)?;
        let kept = product(self.cut(decimals, mode)?.numerator, i128::from(one.scaled()))?;
        Ok(Self { numerator: divide(kept, i128::from(Rate::ONE.scaled()), mode)?, denominator: power_of_ten(decimals)? })
    }

    /// This amount to `decimals`.
    pub(super) fn cut(self, decimals: u32, mode: Rounding) -> Result<Self, Fault> {
        let denominator = power_of_ten(decimals)?;
        Ok(Self { numerator: divide(product(self.numerator, denominator)?, self.denominator, mode)?, denominator })
    }

    pub(super) fn is_less_than(self, other: Self) -> Result<bool, Fault> {
        Ok(product(self.numerator, other.denominator)? < product(other.numerator, self.denominator)?)
    }

    pub(super) fn scaled(self, scale: u32, mode: Rounding) -> Result<i64, Fault> {
        let value = divide(product(self.numerator, power_of_ten(scale)?)?, self.denominator, mode)?;
        i64::try_from(value).map_err(|_| Fault::overflow())
    }

    /// For the trace, which shows six decimals.
    pub(super) fn shown(self) -> Result<Number, Fault> {
        self.scaled(UnitPrice::SCALE, Rounding::HalfUp).map(|scaled| Number::Price(UnitPrice::from_scaled(scaled)))
    }
}
