//! Extending a line: price times quantity less discount, rounded once.

use kernel::{Currency, Fault, Money, Quantity, Rate, Rounding, UnitPrice};

/// `price x quantity x (1 - discount)`, rounded once to the minor unit.
///
/// # Errors
/// `overflow`; `discount_range` for a discount outside 0 to 1.
pub fn extend(price: UnitPrice, quantity: Quantity, discount: Rate, currency: Currency, mode: Rounding) -> Result<Money, Fault> {
    if discount.is_negative() || discount > Rate::ONE {
        return Err(Fault::invalid("discount_range", "A discount rate lies between 0 and 1."));
    }
    if discount.is_zero() {
        return Money::extend(price, quantity, currency, mode);
    }
    let kept = i128::from(Rate::ONE.minus(discount)?.scaled());
    let full = i128::from(price.scaled()) * i128::from(quantity.scaled());
    let product = full.checked_mul(kept).ok_or_else(Fault::overflow)?;
    Money::from_scaled(product, UnitPrice::SCALE + Quantity::SCALE + Rate::SCALE, currency, mode)
}
