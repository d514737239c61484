//! Questions and answers of the price calculator, as they are sent.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, ItemId, PriceEntryId, SiteId};
use kernel::{Currency, Money, Period, Quantity, Rate, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::desk::Asked;
use super::what_if::WhatIf;
use crate::engine::calculate::Component;
use crate::engine::terms::Priors;
use crate::engine::trace::{Sealed, SourceRef};
use crate::engine::{ChargeGroup, PricedLine};

/// One line to price.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LineToPrice {
    /// Exactly one of `item_id` and `item_code`.
    pub item_id: Option<ItemId>,
    #[schema(min_length = 1, max_length = 64)]
    pub item_code: Option<String>,
    pub quantity: Quantity,
    /// The item's base unit when absent.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// Overrides the document's site.
    pub site_id: Option<SiteId>,
    /// The waste profile it is about, for prices that hold for one only.
    pub profile_id: Option<Uuid>,
    /// What was bought before in the same scope, for cumulative tiers.
    pub prior_quantity: Option<Quantity>,
    /// What was bought before by scope, for prices whose tiers add up in one.
    pub prior_quantities: Option<Priors>,
}

/// Whom and when prices are for.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceRequest {
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    /// Instead of an account: prices for anyone at this branch.
    pub branch_id: Option<BranchId>,
    pub currency: Currency,
    /// The local date the prices are for; today in the account's zone when absent.
    pub price_date: Option<NaiveDate>,
    /// Answers with what was published at this instant; now when absent.
    pub known_at: Option<DateTime<Utc>>,
    /// Prices in another currency may be converted at the rate of the price date; otherwise they are passed over.
    #[serde(default)]
    pub allow_conversion: bool,
    #[validate(nested)]
    pub line: LineToPrice,
    /// Prices that are not published, to be taken for published. Needs the permission to read pricebooks.
    #[validate(nested)]
    pub what_if: Option<WhatIf>,
}

impl PriceRequest {
    /// Whom and when the price is for.
    #[must_use]
    pub const fn asked(&self) -> Asked {
        Asked {
            account: self.account_id,
            site: self.site_id,
            branch: self.branch_id,
            currency: self.currency,
            price_date: self.price_date,
            known_at: self.known_at,
            conversion: self.allow_conversion,
        }
    }
}

/// Up to 1,000 lines for one account.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceBatchRequest {
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    /// Instead of an account: prices for anyone at this branch.
    pub branch_id: Option<BranchId>,
    pub currency: Currency,
    /// The local date the prices are for; today in the account's zone when absent.
    pub price_date: Option<NaiveDate>,
    /// Answers with what was published at this instant; now when absent.
    pub known_at: Option<DateTime<Utc>>,
    /// Prices in another currency may be converted at the rate of the price date; otherwise they are passed over.
    #[serde(default)]
    pub allow_conversion: bool,
    /// The day of the invoice, for surcharges whose index is read on it; the price date when absent.
    pub invoice_date: Option<NaiveDate>,
    #[schema(min_items = 1, max_items = 1000)]
    #[validate(nested)]
    pub lines: Vec<LineToPrice>,
    /// Prices that are not published, to be taken for published. Needs the permission to read pricebooks.
    #[validate(nested)]
    pub what_if: Option<WhatIf>,
}

impl PriceBatchRequest {
    /// Whom and when the prices are for.
    #[must_use]
    pub const fn asked(&self) -> Asked {
        Asked {
            account: self.account_id,
            site: self.site_id,
            branch: self.branch_id,
            currency: self.currency,
            price_date: self.price_date,
            known_at: self.known_at,
            conversion: self.allow_conversion,
        }
    }
}

/// Where a price comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceSource<'a> {
    /// The level of precedence: 1a, 1b, 1c contract; 2a to 2d account; 3a to 3d site, branch, territory, segment; 4 standard.
    #[schema(max_length = 4)]
    pub level: &'a str,
    #[schema(max_length = 64)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<&'a str>,
    /// The book that was looked in, when it inherits the price.
    #[schema(max_length = 64)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inherited_by: Option<&'a str>,
    #[schema(max_length = 64)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<&'a str>,
    #[schema(minimum = 0)]
    pub version: i32,
    pub entry_id: PriceEntryId,
    pub period: Period,
}

impl<'a> From<SourceRef<'a>> for PriceSource<'a> {
    fn from(source: SourceRef<'a>) -> Self {
        Self {
            level: source.level,
            book: source.book,
            inherited_by: source.inherited_by,
            contract: source.contract,
            version: source.version,
            entry_id: source.entry,
            period: source.period,
        }
    }
}

/// A priced line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PricedLineView<'a> {
    pub item_id: ItemId,
    #[schema(max_length = 64)]
    pub item_code: &'a str,
    #[schema(max_length = 200)]
    pub item_name: &'a str,
    pub charge_group: ChargeGroup,
    pub quantity: Quantity,
    #[schema(max_length = 24)]
    pub uom: &'a str,
    pub currency: Currency,
    /// Absent where units differ in price.
    pub unit_price: Option<UnitPrice>,
    /// Taken from the extended amount before it was rounded.
    pub discount: Rate,
    #[schema(max_items = 10)]
    pub components: &'a [Component],
    /// The sum of the components.
    pub total: Money,
    pub source: Option<PriceSource<'a>>,
    pub trace: &'a Sealed,
}

impl<'a> PricedLineView<'a> {
    /// The view of a line asked for in `uom`.
    #[must_use]
    pub fn of(line: &'a PricedLine<'a>, quantity: Quantity, uom: &'a str) -> Self {
        Self {
            item_id: line.item.id,
            item_code: &line.item.code,
            item_name: &line.item.name,
            charge_group: line.item.charge_group,
            quantity,
            uom,
            currency: line.calculated.total.currency(),
            unit_price: line.calculated.unit_price,
            discount: line.calculated.discount,
            components: &line.calculated.components,
            total: line.calculated.total,
            source: line.selection.map(|selection| PriceSource::from(selection.source)),
            trace: &line.trace,
        }
    }
}

/// Why a line of a batch has no price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineRefusal {
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 500)]
    pub detail: String,
    /// The levels that were searched, for `no_price`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub levels_searched: Option<Box<serde_json::value::RawValue>>,
}
