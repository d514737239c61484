//! Money: whole minor units of a named currency.
//!
//! A `Money` is always exact. Products of prices and quantities are extended in `i128` and rounded once, by a stated mode
//! ([`Money::extend`]). Money crosses the API as a decimal string with the currency's own number of decimals; the
//! currency itself is a member of the document.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::decimal::{Decimal, Quantity, Rate, UnitPrice, power_of_ten, write_scaled};
use crate::fault::Fault;
use crate::rounding::{Rounding, divide};

/// An ISO 4217 currency that is in circulation, with its number of decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// ISO 4217 currencies whose minor unit is not a hundredth.
const OTHER_EXPONENTS: [(&str, u8); 24] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
];

/// ISO 4217 currencies with hundredths.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC \
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT \
    LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
    RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";

impl Currency {
    pub const USD: Self = Self { code: *b"USD", exponent: 2 };
    pub const CAD: Self = Self { code: *b"CAD", exponent: 2 };
    pub const JPY: Self = Self { code: *b"JPY", exponent: 0 };

    /// The number of decimals of the minor unit: 2 for USD, 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }

    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }
}

impl FromStr for Currency {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let unknown = || Fault::invalid("unknown_currency", "Expected an ISO 4217 currency code such as USD.");
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        if let Some((_, exponent)) = OTHER_EXPONENTS.iter().find(|(other, _)| *other == text) {
            return Ok(Self { code, exponent: *exponent });
        }
        if HUNDREDTHS.split_ascii_whitespace().any(|known| known == text) {
            return Ok(Self { code, exponent: 2 });
        }
        Err(unknown())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|fault: Fault| de::Error::custom(&fault.detail))
    }
}

/// An exact amount in minor units. Serialises as a decimal string ("32.83"); it is not deserialised by itself because
/// the number of decimals depends on the document's currency: read a [`Decimal`] and use [`Money::from_decimal`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Reads an amount as the caller wrote it.
    ///
    /// # Errors
    /// `too_many_decimals` when it has more decimals than the currency; `overflow`.
    pub fn from_decimal(decimal: Decimal, currency: Currency) -> Result<Self, Fault> {
        decimal.to_scaled(u32::from(currency.exponent)).map(|minor| Self { minor, currency })
    }

    /// The amount as a decimal number with the currency's decimals.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        Decimal::new(i128::from(self.minor), u32::from(self.currency.exponent))
    }

    /// `unit_price x quantity`, rounded once to the minor unit.
    ///
    /// # Errors
    /// `overflow`.
    pub fn extend(unit_price: UnitPrice, quantity: Quantity, currency: Currency, mode: Rounding) -> Result<Self, Fault> {
        let product = i128::from(unit_price.scaled()) * i128::from(quantity.scaled());
        Self::from_scaled(product, UnitPrice::SCALE + Quantity::SCALE, currency, mode)
    }

    /// `unit_price x quantity x (1 - discount)`, rounded once to the minor unit.
    ///
    /// # Errors
    /// `overflow`; `discount_range` for a discount outside 0 to 1.
    pub fn extend_less(
        unit_price: UnitPrice,
        quantity: Quantity,
        discount: Rate,
        currency: Currency,
        mode: Rounding,
    ) -> Result<Self, Fault> {
        if discount.is_negative() || discount > Rate::ONE {
            return Err(Fault::invalid("discount_range", "A discount rate lies between 0 and 1."));
        }
        if discount.is_zero() {
            return Self::extend(unit_price, quantity, currency, mode);
        }
        let kept = i128::from(Rate::ONE.minus(discount)?.scaled());
        let full = i128::from(unit_price.scaled()) * i128::from(quantity.scaled());
        let product = full.checked_mul(kept).ok_or_else(Fault::overflow)?;
        Self::from_scaled(product, UnitPrice::SCALE + Quantity::SCALE + Rate::SCALE, currency, mode)
    }

    /// `value / 10^scale` of the major unit, rounded once to the minor unit.
    ///
    /// # Errors
    /// `overflow`.
    pub fn from_scaled(value: i128, scale: u32, currency: Currency, mode: Rounding) -> Result<Self, Fault> {
        let exponent = u32::from(currency.exponent);
        let minor = if scale >= exponent {
            divide(value, power_of_ten(scale - exponent)?, mode)?
        } else {
            value.checked_mul(power_of_ten(exponent - scale)?).ok_or_else(Fault::overflow)?
        };
        Ok(Self { minor: i64::try_from(minor).map_err(|_| Fault::overflow())?, currency })
    }

    /// This amount times a rate, rounded once.
    ///
    /// # Errors
    /// `overflow`.
    pub fn at_rate(self, rate: Rate, mode: Rounding) -> Result<Self, Fault> {
        self.times_fraction(rate.scaled(), Rate::ONE.scaled(), mode)
    }

    /// This amount times `numerator / denominator`, rounded once; for proration and shares.
    ///
    /// # Errors
    /// `overflow`, also for a zero denominator.
    pub fn times_fraction(self, numerator: i64, denominator: i64, mode: Rounding) -> Result<Self, Fault> {
        let product = i128::from(self.minor) * i128::from(numerator);
        let minor = divide(product, i128::from(denominator), mode)?;
        Ok(Self { minor: i64::try_from(minor).map_err(|_| Fault::overflow())?, currency: self.currency })
    }

    /// # Errors
    /// `overflow`; `currency_mismatch`.
    pub fn plus(self, other: Self) -> Result<Self, Fault> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or_else(Fault::overflow)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// # Errors
    /// `overflow`; `currency_mismatch`.
    pub fn minus(self, other: Self) -> Result<Self, Fault> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or_else(Fault::overflow)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// The sum of amounts in one currency; zero for none.
    ///
    /// # Errors
    /// `overflow`; `currency_mismatch`.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, Fault> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn same_currency(self, other: Self) -> Result<(), Fault> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(Fault::invalid("currency_mismatch", format!("{} and {} cannot be combined.", self.currency, other.currency)))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = u32::from(self.currency.exponent);
        write_scaled(formatter, i128::from(self.minor), exponent, exponent)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} {}", self.currency)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_currencys_decimals() {
        assert_eq!(Money::from_minor(3_283, Currency::USD).to_string(), "32.83");
        assert_eq!(Money::from_minor(-5, Currency::USD).to_string(), "-0.05");
        assert_eq!(Money::from_minor(1_235, Currency::JPY).to_string(), "1235");
        assert_eq!(Money::from_minor(1_001, "KWD".parse().unwrap()).to_string(), "1.001");
    }

    #[test]
    fn a_line_is_rounded_once() {
        let unit = "252.0625".parse().unwrap();
        let total = Money::extend(unit, "12".parse().unwrap(), Currency::CAD, Rounding::HalfUp).unwrap();
        assert_eq!(total.to_string(), "3024.75");
    }

    #[test]
    fn overflow_is_a_fault() {
        let most = Money::from_minor(i64::MAX, Currency::USD);
        assert_eq!(most.plus(most).unwrap_err().code, "overflow");
        assert!(Money::extend(UnitPrice::from_scaled(i64::MAX), Quantity::from_scaled(i64::MAX), Currency::USD, Rounding::HalfUp).is_err());
    }

    #[test]
    fn currencies_do_not_mix() {
        let fault = Money::zero(Currency::USD).plus(Money::zero(Currency::CAD)).unwrap_err();
        assert_eq!(fault.code, "currency_mismatch");
        assert!("usd".parse::<Currency>().is_err());
        assert!("XXX".parse::<Currency>().is_err());
    }
}
