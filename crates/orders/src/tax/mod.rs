//! Sales tax of one document: computed once per tax group, then spread over its lines and jurisdictions.
//!
//! The tax of a group is rounded once on the group's base and handed down by largest remainder, so that lines and
//! jurisdictions always sum to the document. Nothing here reads rates or rows; a line whose group is absent is not taxed.

mod calculation;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod vectors;

use kernel::{Fault, Rate, Rounding};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use calculation::{computed, given};

/// One authority's part of a group's rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    #[schema(min_length = 1, max_length = 80, example = "New York State")]
    pub name: String,
    pub rate: Rate,
}

/// Lines that are taxed alike. The combined rate is the sum of the jurisdictions' rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxGroup {
    pub code: String,
    pub jurisdictions: Vec<Jurisdiction>,
}

impl TaxGroup {
    /// A group with one rate and no further division.
    #[must_use]
    pub fn flat(code: &str, rate: Rate) -> Self {
        Self { code: code.to_owned(), jurisdictions: vec![Jurisdiction { name: code.to_owned(), rate }] }
    }

    /// The combined rate in millionths.
    ///
    /// # Errors
    /// `overflow`; `negative_rate`.
    pub fn rate(&self) -> Result<i64, Fault> {
        if self.jurisdictions.iter().any(|one| one.rate.is_negative()) {
            return Err(Fault::invalid("negative_rate", "A tax rate cannot be negative."));
        }
        let rate = self.jurisdictions.iter().try_fold(Rate::ZERO, |sum, one| sum.plus(one.rate))?;
        Ok(rate.scaled())
    }
}

/// Where tax is rounded: once per group on the document, or on every line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    #[default]
    Document,
    Line,
}

/// How a document is taxed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxRules {
    pub groups: Vec<TaxGroup>,
    pub rounding: TaxRounding,
    /// True when the lines' amounts include the tax.
    pub inclusive: bool,
    pub mode: Rounding,
}

/// A line as tax sees it: its amount after discount in minor units, and the code of its group when it is taxable.
#[derive(Clone, Copy, Debug)]
pub struct TaxableLine<'a> {
    pub amount: i64,
    pub group: Option<&'a str>,
}

/// A line's share, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTax {
    pub net: i64,
    pub tax: i64,
}

/// A jurisdiction's share, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JurisdictionTax {
    pub group: String,
    pub name: String,
    pub rate: Rate,
    pub base: i64,
    pub tax: i64,
}

/// The tax of a document. `net + tax` is its total; lines and jurisdictions each sum to `tax`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentTax {
    pub lines: Vec<LineTax>,
    pub jurisdictions: Vec<JurisdictionTax>,
    pub net: i64,
    pub tax: i64,
}
