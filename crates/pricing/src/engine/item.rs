//! What is sold: an item with its service line, category path, charge group and exact unit conversions.

use kernel::id::ItemId;
use kernel::rounding::divide;
use kernel::words;
use kernel::{Fault, Quantity, Rounding, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// What kind of charge an item makes; minimums and surcharges name the groups they count.
    pub enum ChargeGroup {
        Service = "service",
        Transport = "transport",
        Disposal = "disposal",
        Equipment = "equipment",
        Fee = "fee",
        Minimum = "minimum",
    }
}

/// One `uom` is `numerator / denominator` base units, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = UnitConversion)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    #[schema(min_length = 1, max_length = 24)]
    pub uom: String,
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub numerator: i64,
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub denominator: i64,
}

/// A thing with a price, as the engine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: ItemId,
    pub code: String,
    pub name: String,
    pub service_line: String,
    /// Segments joined by `/`, from the widest to the nearest; may be empty.
    pub category: String,
    pub charge_group: ChargeGroup,
    pub base_uom: String,
    pub conversions: Vec<Conversion>,
}

/// How many units of the priced measure one unit of the asked measure is: `numerator / denominator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitRatio {
    pub numerator: i128,
    pub denominator: i128,
}

impl UnitRatio {
    pub const SAME: Self = Self { numerator: 1, denominator: 1 };

    #[must_use]
    pub const fn is_same(self) -> bool {
        self.numerator == self.denominator
    }

    /// A quantity of asked units in priced ones, to four decimals.
    ///
    /// # Errors
    /// `overflow`.
    pub fn amount(self, quantity: Quantity) -> Result<Quantity, Fault> {
        let product = i128::from(quantity.scaled()).checked_mul(self.numerator).ok_or_else(Fault::overflow)?;
        let scaled = divide(product, self.denominator, Rounding::HalfUp)?;
        i64::try_from(scaled).map(Quantity::from_scaled).map_err(|_| Fault::overflow())
    }

    /// A price of one priced unit as a price of one asked unit, to six decimals.
    ///
    /// # Errors
    /// `overflow`.
    pub fn convert(self, price: UnitPrice, mode: Rounding) -> Result<UnitPrice, Fault> {
        if self.is_same() {
            return Ok(price);
        }
        let product = i128::from(price.scaled()).checked_mul(self.numerator).ok_or_else(Fault::overflow)?;
        let scaled = divide(product, self.denominator, mode)?;
        i64::try_from(scaled).map(UnitPrice::from_scaled).map_err(|_| Fault::overflow())
    }
}

impl Item {
    /// The ratio from `asked` to `priced`, when both are measures of this item.
    #[must_use]
    pub fn ratio(&self, asked: &str, priced: &str) -> Option<UnitRatio> {
        if asked == priced {
            return Some(UnitRatio::SAME);
        }
        let (asked_numerator, asked_denominator) = self.in_base(asked)?;
        let (priced_numerator, priced_denominator) = self.in_base(priced)?;
        let numerator = i128::from(asked_numerator) * i128::from(priced_denominator);
        let denominator = i128::from(asked_denominator) * i128::from(priced_numerator);
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(UnitRatio { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    fn in_base(&self, uom: &str) -> Option<(i64, i64)> {
        if uom == self.base_uom {
            return Some((1, 1));
        }
        self.conversions.iter().find(|conversion| conversion.uom == uom).map(|conversion| (conversion.numerator, conversion.denominator))
    }

    /// The category and its ancestors, nearest first.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        let mut next = (!self.category.is_empty()).then_some(self.category.as_str());
        std::iter::from_fn(move || {
            let current = next?;
            next = current.rsplit_once('/').map(|(parent, _)| parent);
            Some(current)
        })
    }
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs().max(1)
}

/// Checks the conversions of an item with this base unit.
///
/// # Errors
/// `invalid_conversion` for a ratio that is not positive, `duplicate_uom` for a unit named twice.
pub fn check_conversions(base_uom: &str, conversions: &[Conversion]) -> Result<(), Fault> {
    let faults = conversions.iter().enumerate().filter_map(|(place, conversion)| {
        let pointer = format!("/conversions/{place}");
        if conversion.numerator <= 0 || conversion.denominator <= 0 {
            return Some(Fault::field(pointer, "invalid_conversion", "Numerator and denominator are positive."));
        }
        let earlier = conversions.iter().take(place).any(|other| other.uom == conversion.uom);
        (earlier || conversion.uom == base_uom)
            .then(|| Fault::field(pointer, "duplicate_uom", "Each unit is converted once, the base unit never."))
    });
    Fault::all(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_run_from_the_nearest_to_the_widest() {
        let item = Item { category: "waste/drums/steel".into(), ..crate::engine::samples::item("X", "each") };
        assert_eq!(item.categories().collect::<Vec<_>>(), ["waste/drums/steel", "waste/drums", "waste"]);
        let bare = Item { category: String::new(), ..item };
        assert_eq!(bare.categories().count(), 0);
    }

    #[test]
    fn conversions_are_exact() {
        let conversions = vec![Conversion { uom: "M".into(), numerator: 1_000, denominator: 1 }];
        let item = Item { conversions: conversions.clone(), ..crate::engine::samples::item("X", "each") };
        let ratio = item.ratio("each", "M").unwrap();
        assert_eq!(ratio, UnitRatio { numerator: 1, denominator: 1_000 });
        assert_eq!(ratio.convert("3500".parse().unwrap(), Rounding::HalfUp).unwrap().to_string(), "3.50");
        assert!(item.ratio("each", "litre").is_none());
        assert!(check_conversions("M", &conversions).is_err());
        assert!(check_conversions("each", &conversions).is_ok());
    }
}
