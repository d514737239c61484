//! What a version of a quote is asked to contain.

use chrono::NaiveDate;
use kernel::id::{ItemId, SiteId};
use kernel::{Decimal, Money, Quantity, UnitPrice};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::choice::OptionGroup;
use super::model::{QuoteLine, QuoteVersion};

/// A line to quote.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LineToQuote {
    /// Exactly one of `item_id` and `item_code`.
    pub item_id: Option<ItemId>,
    #[schema(min_length = 1, max_length = 64)]
    pub item_code: Option<String>,
    pub quantity: Quantity,
    /// The item's base unit when absent.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// Overrides the quote's site.
    pub site_id: Option<SiteId>,
    /// The item's name when absent.
    #[schema(min_length = 1, max_length = 500)]
    pub description: Option<String>,
    /// A price instead of the list's; needs a right of its own and a reason.
    #[serde(rename = "override")]
    pub given: Option<GivenPrice>,
    /// The group whose option the line is.
    #[schema(min_length = 1, max_length = 64)]
    pub option_group: Option<String>,
    /// An option that is bought unless the customer chooses otherwise.
    pub preselected: Option<bool>,
    /// The customer may choose a smaller quantity down to this; only where each unit has the same price.
    pub min_quantity: Option<Quantity>,
    /// The customer may choose a larger quantity up to this.
    pub max_quantity: Option<Quantity>,
}

/// A price given by a person.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = QuotedOverride)]
#[serde(deny_unknown_fields)]
pub struct GivenPrice {
    pub unit_price: UnitPrice,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// The content of a version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct QuoteContent {
    /// The last day on which it can be accepted; 30 days ahead when absent.
    pub valid_until: Option<NaiveDate>,
    /// The local date the prices are for; today when absent.
    pub price_date: Option<NaiveDate>,
    /// Prices in another currency may be converted at the rate of the price date; otherwise they are passed over.
    #[serde(default)]
    pub allow_conversion: bool,
    #[schema(max_length = 10_000)]
    pub terms: Option<String>,
    /// For how long the prices are promised once accepted.
    #[schema(minimum = 1, maximum = 1200)]
    pub term_months: Option<u16>,
    /// The terms are not the usual ones.
    #[serde(default)]
    pub non_standard_terms: bool,
    /// Groups of lines of which the customer chooses.
    #[serde(default)]
    #[schema(max_items = 50)]
    #[validate(nested)]
    pub option_groups: Vec<OptionGroup>,
    /// The most that orders of an estimate may come to; their quantities may then exceed the estimated ones.
    #[schema(value_type = Option<Money>)]
    pub not_to_exceed: Option<Decimal>,
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub lines: Vec<LineToQuote>,
}

/// The content of a version as it would be asked for again.
#[must_use]
pub fn content_of(version: &QuoteVersion, lines: &[QuoteLine]) -> QuoteContent {
    let again = |line: &QuoteLine| LineToQuote {
        item_id: Some(line.item),
        item_code: None,
        quantity: line.quantity,
        uom: Some(line.uom.clone()),
        site_id: line.site,
        description: Some(line.description.clone()),
        given: line.override_reason.clone().zip(line.unit_price).map(|(reason, unit_price)| GivenPrice { unit_price, reason }),
        option_group: line.choice.group.clone(),
        preselected: line.choice.group.is_some().then_some(line.choice.preselected),
        min_quantity: line.choice.least,
        max_quantity: line.choice.most,
    };
    QuoteContent {
        valid_until: Some(version.valid_until),
        price_date: None,
        allow_conversion: version.conversion,
        terms: version.terms.clone(),
        term_months: version.term_months,
        non_standard_terms: version.non_standard_terms,
        option_groups: version.option_groups.clone(),
        not_to_exceed: version.not_to_exceed.map(Money::decimal),
        lines: lines.iter().map(again).collect(),
    }
}
