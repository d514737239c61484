//! Fixed-point numbers: a decimal read from text without loss, and the scaled integers that are stored.
//!
//! A number crosses the API as a JSON string of digits with an optional sign and point; exponents, spaces, signs on zero
//! digits, JSON numbers and more digits than the type holds are refused. Nothing here is ever a float.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fault::Fault;
use crate::rounding::{Rounding, divide};

/// The most digits accepted after the point.
const MAX_SCALE: u32 = 18;
/// The most digits accepted in all; keeps every product of two stored numbers inside `i128`.
const MAX_DIGITS: usize = 30;

/// A decimal exactly as written: `coefficient / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    coefficient: i128,
    scale: u32,
}

impl Decimal {
    pub const ZERO: Self = Self { coefficient: 0, scale: 0 };

    #[must_use]
    pub const fn new(coefficient: i128, scale: u32) -> Self {
        Self { coefficient, scale }
    }

    #[must_use]
    pub const fn coefficient(self) -> i128 {
        self.coefficient
    }

    #[must_use]
    pub const fn scale(self) -> u32 {
        self.scale
    }

    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.coefficient < 0
    }

    /// The number in units of `10^-scale`.
    ///
    /// # Errors
    /// `too_many_decimals` when digits would be lost; `overflow` when it does not fit `i64`.
    pub fn to_scaled(self, scale: u32) -> Result<i64, Fault> {
        let scaled = if self.scale <= scale {
            self.coefficient.checked_mul(power_of_ten(scale - self.scale)?).ok_or_else(Fault::overflow)?
        } else {
            let divisor = power_of_ten(self.scale - scale)?;
            if self.coefficient % divisor != 0 {
                return Err(Fault::invalid("too_many_decimals", format!("At most {scale} digits are allowed after the point.")));
            }
            self.coefficient / divisor
        };
        i64::try_from(scaled).map_err(|_| Fault::overflow())
    }

    /// The number in units of `10^-scale`, rounded by `mode`.
    ///
    /// # Errors
    /// `overflow`.
    pub fn round_to_scaled(self, scale: u32, mode: Rounding) -> Result<i64, Fault> {
        if self.scale <= scale {
            return self.to_scaled(scale);
        }
        let rounded = divide(self.coefficient, power_of_ten(self.scale - scale)?, mode)?;
        i64::try_from(rounded).map_err(|_| Fault::overflow())
    }
}

/// `10^exponent`.
///
/// # Errors
/// `overflow` above 38.
pub fn power_of_ten(exponent: u32) -> Result<i128, Fault> {
    10_i128.checked_pow(exponent).ok_or_else(Fault::overflow)
}

impl FromStr for Decimal {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let not_a_decimal =
            || Fault::invalid("not_a_decimal", "Expected a decimal such as \"12.50\": digits, an optional minus sign and point.");
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(not_a_decimal()),
            Some((whole, fraction)) => (whole, fraction),
            None => (unsigned, ""),
        };
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return Err(not_a_decimal());
        }
        let scale = u32::try_from(fraction.len()).map_err(|_| not_a_decimal())?;
        if scale > MAX_SCALE || whole.len() + fraction.len() > MAX_DIGITS {
            return Err(Fault::invalid("too_many_digits", format!("At most {MAX_DIGITS} digits, {MAX_SCALE} of them after the point.")));
        }
        let mut coefficient = 0_i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            coefficient = coefficient * 10 + i128::from(byte - b'0');
        }
        if text.starts_with('-') {
            coefficient = -coefficient;
        }
        Ok(Self { coefficient, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(formatter, self.coefficient, self.scale, self.scale)
    }
}

/// Writes `value / 10^scale` with at least `least` digits after the point and no further trailing zeros.
pub(crate) fn write_scaled(formatter: &mut fmt::Formatter<'_>, value: i128, scale: u32, least: u32) -> fmt::Result {
    let divisor = 10_u128.pow(scale.min(38));
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let (whole, mut fraction, mut width) = (magnitude / divisor, magnitude % divisor, scale);
    while width > least && fraction % 10 == 0 {
        fraction /= 10;
        width -= 1;
    }
    if width == 0 {
        return write!(formatter, "{sign}{whole}");
    }
    let width = usize::try_from(width).unwrap_or_default();
    write!(formatter, "{sign}{whole}.{fraction:0width$}")
}

struct DecimalText;

impl Visitor<'_> for DecimalText {
    type Value = Decimal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a decimal in a string, such as \"12.50\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        text.parse().map_err(|fault: Fault| E::custom(&fault.detail))
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecimalText)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! scaled {
    ($(#[$doc:meta])* $name:ident, $scale:literal, $least:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            pub const SCALE: u32 = $scale;
            pub const ZERO: Self = Self(0);
            /// One whole unit.
            pub const ONE: Self = Self(10_i64.pow($scale));

            /// From the stored integer.
            #[must_use]
            pub const fn from_scaled(scaled: i64) -> Self {
                Self(scaled)
            }

            /// The stored integer.
            #[must_use]
            pub const fn scaled(self) -> i64 {
                self.0
            }

            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }

            /// # Errors
            /// `overflow`.
            pub fn plus(self, other: Self) -> Result<Self, Fault> {
                self.0.checked_add(other.0).map(Self).ok_or_else(Fault::overflow)
            }

            /// # Errors
            /// `overflow`.
            pub fn minus(self, other: Self) -> Result<Self, Fault> {
                self.0.checked_sub(other.0).map(Self).ok_or_else(Fault::overflow)
            }
        }

        impl TryFrom<Decimal> for $name {
            type Error = Fault;

            fn try_from(decimal: Decimal) -> Result<Self, Fault> {
                decimal.to_scaled($scale).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                text.parse::<Decimal>()?.try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_scaled(formatter, i128::from(self.0), $scale, $least)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let decimal = Decimal::deserialize(deserializer)?;
                Self::try_from(decimal).map_err(|fault| de::Error::custom(&fault.detail))
            }
        }
    };
}

scaled!(
    /// A price of one unit, in millionths of the currency's major unit. Written with at least two decimals.
    UnitPrice, 6, 2
);
scaled!(
    /// How much or how many, in ten-thousandths.
    Quantity, 4, 0
);
scaled!(
    /// A ratio in millionths: 8.875 % is `0.08875`, stored as 88,750.
    Rate, 6, 0
);
scaled!(
    /// A currency exchange rate, in hundred-millionths.
    FxRate, 8, 0
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_that_is_not_a_plain_decimal_is_refused() {
        for text in ["", "-", ".", "1.", ".5", "+1", "1e3", "1,000", " 1", "1 ", "0x1", "NaN", "--1", "1.2.3", "١"] {
            assert!(text.parse::<Decimal>().is_err(), "{text:?}");
        }
        assert!("1".repeat(31).parse::<Decimal>().is_err());
        assert!("1.0000001".parse::<UnitPrice>().is_err());
        assert!("1.1000000".parse::<UnitPrice>().is_ok());
    }

    #[test]
    fn numbers_are_written_with_their_least_decimals() {
        assert_eq!(UnitPrice::from_scaled(172_500_000).to_string(), "172.50");
        assert_eq!(UnitPrice::from_scaled(-33_644_200).to_string(), "-33.6442");
        assert_eq!(Quantity::from_scaled(120_000).to_string(), "12");
        assert_eq!(Rate::from_scaled(88_750).to_string(), "0.08875");
        assert_eq!(UnitPrice::from_scaled(-1).to_string(), "-0.000001");
    }

    #[test]
    fn json_numbers_are_refused() {
        assert!(serde_json::from_str::<Quantity>("12").is_err());
        assert_eq!(serde_json::from_str::<Quantity>("\"12.5\"").unwrap(), Quantity::from_scaled(125_000));
    }

    proptest! {
        #[test]
        fn text_round_trips(scaled in any::<i64>()) {
            let price = UnitPrice::from_scaled(scaled);
            prop_assert_eq!(price.to_string().parse::<UnitPrice>().unwrap(), price);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Decimal>();
        }
    }
}
