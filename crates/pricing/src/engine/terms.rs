//! How an entry turns a quantity into an amount: prices by unit, lump, tier or block, adjustments of prices, and volume offers.
//!
//! Tiers are half-open, contiguous from zero and the last is open, so that every quantity lies in exactly one. Offers are
//! kept apart from prices, so that a price history and an offer table can each change without the other.

use kernel::id::ItemId;
use kernel::tier::{self, TierRange};
use kernel::words;
use kernel::{Fault, Quantity, Rate, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cost::CostBasis;
use super::item::ChargeGroup;

/// The price model of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriceTerms)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum Terms {
    /// One price for every unit.
    Flat { unit_price: UnitPrice },
    /// The whole quantity at the price of the tier that holds it.
    Volume {
        #[schema(min_items = 1, max_items = 100)]
        tiers: Vec<Tier>,
    },
    /// Each slice of the quantity at its own tier's price.
    Graduated {
        #[schema(min_items = 1, max_items = 100)]
        tiers: Vec<Tier>,
    },
    /// A price for each block begun.
    Block { block_size: Quantity, block_price: UnitPrice },
    /// Not a price: a discount on the price found in the same book, for quantities in `[from, to)`.
    Offer {
        /// Names the offer; entries of different offers may overlap, the highest discount wins.
        #[schema(min_length = 1, max_length = 64)]
        offer: String,
        from: Quantity,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Quantity>,
        discount: Rate,
    },
    /// One amount for the line, whatever its quantity.
    LumpSum { amount: UnitPrice },
    /// What the item costs on the day and a percentage.
    CostPlus {
        on: CostBasis,
        /// `0.25` is 25 per cent.
        percent: Rate,
    },
    /// A part of what other lines of the document come to.
    PercentOf { percent: Rate, of: PartOf },
    /// Not a price: so much more (or less) of the unit price that lower levels give, for every unit of measure.
    AdjustPercent {
        /// `-0.05` takes five per cent off.
        percent: Rate,
        /// The least that a unit costs after this adjustment; nothing when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<UnitPrice>,
    },
    /// Not a price: an amount added to (or taken from) each unit of the price that lower levels give.
    AdjustAmount {
        amount: UnitPrice,
        /// The least that a unit costs after this adjustment; nothing when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<UnitPrice>,
    },
}

words! {
    /// In which scope the quantities of a price's tiers add up.
    pub enum TierScope {
        /// Each line by itself.
        Line = "line",
        Order = "order",
        /// The calendar month.
        Month = "month",
        /// Since the contract began.
        ContractToDate = "contract_to_date",
    }
}

/// What was bought before, by scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriorQuantities)]
#[serde(deny_unknown_fields)]
pub struct Priors {
    /// In the same order; earlier lines of a batch are counted besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_to_date: Option<Quantity>,
}

impl Priors {
    /// What counts in `scope`; `otherwise` when it was not told, which never counts for a line by itself.
    #[must_use]
    pub fn of(&self, scope: TierScope, otherwise: Quantity) -> Quantity {
        match scope {
            TierScope::Line => Quantity::ZERO,
            TierScope::Order => self.order.unwrap_or(otherwise),
            TierScope::Month => self.month.unwrap_or(otherwise),
            TierScope::ContractToDate => self.contract_to_date.unwrap_or(otherwise),
        }
    }

    /// True when nothing was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True when one of them is below nothing.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        [self.order, self.month, self.contract_to_date].into_iter().flatten().any(Quantity::is_negative)
    }
}

/// The lines that a percentage is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PricePartOf)]
#[serde(deny_unknown_fields)]
pub struct PartOf {
    /// The components of these groups, of lines that are no percentages themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 6)]
    pub charge_groups: Vec<ChargeGroup>,
    /// The lines of these items, also where they are percentages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub items: Vec<ItemId>,
}

/// The price of quantities in `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriceEntryTier)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub from: Quantity,
    /// Absent in the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Quantity>,
    pub unit_price: UnitPrice,
    /// Charged once when the tier is reached (volume) or holds part of the quantity (graduated).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat_fee: Option<UnitPrice>,
}

impl Tier {
    /// True when `quantity` lies in this tier.
    #[must_use]
    pub fn holds(&self, quantity: Quantity) -> bool {
        self.from <= quantity && self.to.is_none_or(|to| quantity < to)
    }
}

impl Terms {
    /// Every model's name.
    pub const NAMES: &[&'static str] =
        &["flat", "volume", "graduated", "block", "lump_sum", "cost_plus", "percent_of", "adjust_percent", "adjust_amount", "offer"];

    /// The name on the wire and in the trace.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Flat { .. } => "flat",
            Self::Volume { .. } => "volume",
            Self::Graduated { .. } => "graduated",
            Self::Block { .. } => "block",
            Self::LumpSum { .. } => "lump_sum",
            Self::CostPlus { .. } => "cost_plus",
            Self::PercentOf { .. } => "percent_of",
            Self::AdjustPercent { .. } => "adjust_percent",
            Self::AdjustAmount { .. } => "adjust_amount",
            Self::Offer { .. } => "offer",
        }
    }

    /// True for what changes the prices of lower levels and is none itself.
    #[must_use]
    pub const fn is_adjustment(&self) -> bool {
        matches!(self, Self::AdjustPercent { .. } | Self::AdjustAmount { .. })
    }

    /// True when the terms hold for whatever unit is asked for.
    #[must_use]
    pub const fn any_unit(&self) -> bool {
        matches!(self, Self::AdjustPercent { .. })
    }

    /// Checks the terms by themselves.
    ///
    /// # Errors
    /// `invalid_tiers`, `invalid_block`, `invalid_offer`, `invalid_adjustment`, `part_of_nothing`, `invalid_percent`, `free_required` for a zero price without `free`,
    /// `rebate_required` for a negative one without `rebate`.
    pub fn check(&self, free: bool, rebate: bool) -> Result<(), Fault> {
        match self {
            Self::Volume { tiers } | Self::Graduated { tiers } => check_tiers(tiers)?,
            Self::Block { block_size, .. } if block_size.scaled() <= 0 => {
                return Err(Fault::field("/terms/block_size", "invalid_block", "A block holds more than nothing."));
            }
            Self::Offer { from, to, discount, .. } => return check_offer(*from, *to, *discount),
            Self::CostPlus { on, percent } => return check_cost_plus(*on, *percent),
            Self::PercentOf { percent, of } => return check_part(*percent, of, rebate),
            Self::AdjustPercent { percent, floor } => return check_adjustment(percent.is_zero(), *percent < ALL_OFF, *floor),
            Self::AdjustAmount { amount, floor } => return check_adjustment(amount.is_zero(), false, *floor),
            Self::Flat { .. } | Self::Block { .. } | Self::LumpSum { .. } => {}
        }
        for price in self.prices() {
            if price.is_zero() && !free {
                return Err(Fault::field("/terms", "free_required", "A price of zero needs free=true."));
            }
            if price.is_negative() && !rebate {
                return Err(Fault::field("/terms", "rebate_required", "Only a rebate has a negative price."));
            }
        }
        Ok(())
    }

    fn prices(&self) -> Vec<UnitPrice> {
        match self {
            Self::Flat { unit_price } => vec![*unit_price],
            Self::Volume { tiers } | Self::Graduated { tiers } => tiers.iter().map(|tier| tier.unit_price).collect(),
            Self::Block { block_price, .. } => vec![*block_price],
            Self::LumpSum { amount } => vec![*amount],
            Self::CostPlus { .. }
            | Self::PercentOf { .. }
            | Self::AdjustPercent { .. }
            | Self::AdjustAmount { .. }
            | Self::Offer { .. } => Vec::new(),
        }
    }
}

fn check_cost_plus(on: CostBasis, percent: Rate) -> Result<(), Fault> {
    let possible = match on {
        CostBasis::Markup => percent > ALL_OFF,
        CostBasis::Margin => percent < Rate::ONE && percent > ALL_OFF,
    };
    if possible {
        return Ok(());
    }
    Err(Fault::field("/terms/percent", "invalid_percent", "A markup leaves something of the cost, a margin is less than the price."))
}

fn check_part(percent: Rate, of: &PartOf, rebate: bool) -> Result<(), Fault> {
    if of.charge_groups.is_empty() && of.items.is_empty() {
        return Err(Fault::field("/terms/of", "part_of_nothing", "A percentage names the charge groups or the items it is of."));
    }
    if percent.is_zero() || (percent.is_negative() && !rebate) {
        return Err(Fault::field("/terms/percent", "rebate_required", "A percentage is not zero; only a rebate has a negative one."));
    }
    Ok(())
}

/// Minus one hundred per cent.
const ALL_OFF: Rate = Rate::from_scaled(-Rate::ONE.scaled());

fn check_adjustment(nothing: bool, too_much: bool, floor: Option<UnitPrice>) -> Result<(), Fault> {
    if nothing || too_much {
        return Err(Fault::field("/terms", "invalid_adjustment", "An adjustment changes the price and takes off at most all of it."));
    }
    if floor.is_some_and(UnitPrice::is_negative) {
        return Err(Fault::field("/terms/floor", "invalid_adjustment", "A floor is not negative."));
    }
    Ok(())
}

fn check_offer(from: Quantity, to: Option<Quantity>, discount: Rate) -> Result<(), Fault> {
    if from.is_negative() || to.is_some_and(|to| to <= from) {
        return Err(Fault::field("/terms/to", "invalid_offer", "The range must not be empty or negative."));
    }
    if discount.is_negative() || discount > Rate::ONE {
        return Err(Fault::field("/terms/discount", "invalid_offer", "A discount lies between 0 and 1."));
    }
    Ok(())
}

fn check_tiers(tiers: &[Tier]) -> Result<(), Fault> {
    let range = |tier: &Tier| TierRange { from: tier.from, to: tier.to, flat_fee: tier.flat_fee };
    tier::check(tiers.iter().map(range), "/terms/tiers")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(from: &str, to: Option<&str>, price: &str) -> Tier {
        Tier { from: from.parse().unwrap(), to: to.map(|to| to.parse().unwrap()), unit_price: price.parse().unwrap(), flat_fee: None }
    }

    #[test]
    fn tiers_cover_every_quantity_once() {
        let good = Terms::Volume { tiers: vec![tier("0", Some("5"), "185"), tier("5", None, "160")] };
        assert!(good.check(false, false).is_ok());
        for tiers in [
            vec![],
            vec![tier("1", None, "1")],
            vec![tier("0", Some("5"), "1")],
            vec![tier("0", Some("5"), "1"), tier("6", None, "1")],
            vec![tier("0", None, "1"), tier("5", None, "1")],
            vec![tier("0", Some("0"), "1"), tier("0", None, "1")],
        ] {
            assert!(Terms::Graduated { tiers }.check(false, false).is_err());
        }
    }

    #[test]
    fn zero_and_negative_prices_are_meant() {
        let zero = Terms::Flat { unit_price: UnitPrice::ZERO };
        assert_eq!(zero.check(false, false).unwrap_err().errors[0].code, "free_required");
        assert!(zero.check(true, false).is_ok());
        let rebate = Terms::Flat { unit_price: UnitPrice::from_scaled(-1) };
        assert_eq!(rebate.check(true, false).unwrap_err().errors[0].code, "rebate_required");
        assert!(rebate.check(false, true).is_ok());
    }

    #[test]
    fn terms_are_written_with_their_model() {
        let json = r#"{"model":"volume","tiers":[{"from":"0","to":"5","unit_price":"185.00"},{"from":"5","unit_price":"160.00"}]}"#;
        let terms: Terms = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&terms).unwrap(), json);
        assert!(serde_json::from_str::<Terms>(r#"{"model":"flat","unit_price":"1","x":1}"#).is_err());
    }
}
