//! A contract's price lines: for what, where, when and at what price.
//!
//! For one version, key, unit, currency and site, the periods of two lines never overlap, so that resolution finds at
//! most one candidate. Quantity is no part of the key: tiers are inside a line.

use chrono::NaiveDate;
use kernel::id::{ContractId, ContractVersionId, PriceTermId, SiteId};
use kernel::tier::{self, TierRange};
use kernel::words;
use kernel::{Currency, Decimal, Fault, Money, Period, Quantity, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

words! {
    /// What a price line names.
    pub enum PriceKeyKind { Item = "item", Category = "category", ServiceLine = "service_line" }
}

/// What a price line is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceKey {
    pub kind: PriceKeyKind,
    /// Item code, category path or service line, as pricing knows it.
    #[schema(min_length = 1, max_length = 200, example = "DRUM55")]
    pub code: String,
}

/// How a quantity becomes an amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceModel {
    /// One price for every unit.
    Flat { unit_price: UnitPrice },
    /// The whole quantity at the price of the tier that holds it.
    Volume {
        #[schema(min_items = 1, max_items = 100)]
        tiers: Vec<PriceTier>,
    },
    /// Each slice of the quantity at its own tier's price.
    Graduated {
        #[schema(min_items = 1, max_items = 100)]
        tiers: Vec<PriceTier>,
    },
}

/// The price of quantities in `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceTier {
    pub from: Quantity,
    /// Absent in the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Quantity>,
    pub unit_price: UnitPrice,
    /// Charged once when the tier is reached (volume) or holds part of the quantity (graduated).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat_fee: Option<UnitPrice>,
}

impl PriceModel {
    /// # Errors
    /// Field faults: `invalid_tiers`, `free_required`, `negative_price`.
    pub fn check(&self, free: bool) -> Result<(), Fault> {
        let prices: Vec<UnitPrice> = match self {
            Self::Flat { unit_price } => vec![*unit_price],
            Self::Volume { tiers } | Self::Graduated { tiers } => {
                check_tiers(tiers)?;
                tiers.iter().map(|tier| tier.unit_price).collect()
            }
        };
        if prices.iter().any(|price| price.is_negative()) {
            return Err(Fault::field("", "negative_price", "A contract price is not negative."));
        }
        if prices.iter().any(|price| price.is_zero()) && !free {
            return Err(Fault::field("", "free_required", "A price of zero needs free=true."));
        }
        Ok(())
    }
}

fn check_tiers(tiers: &[PriceTier]) -> Result<(), Fault> {
    let range = |tier: &PriceTier| TierRange { from: tier.from, to: tier.to, flat_fee: tier.flat_fee };
    tier::check(tiers.iter().map(range), "/tiers")
}

/// The commercial content of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Priced {
    pub key: PriceKey,
    /// Only at this site.
    pub site_id: Option<SiteId>,
    /// Only for this waste profile.
    pub profile_id: Option<Uuid>,
    pub uom: String,
    pub currency: Currency,
    pub price: PriceModel,
    /// Least amount of a line with a quantity, in the line's currency.
    pub min_charge: Option<Money>,
    pub free: bool,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

/// A price line as a caller writes it.
#[derive(Clone, Debug)]
pub struct Draft {
    pub key: PriceKey,
    pub site_id: Option<SiteId>,
    pub profile_id: Option<Uuid>,
    pub uom: String,
    pub currency: Currency,
    pub price: PriceModel,
    pub min_charge: Option<Decimal>,
    pub free: bool,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

impl Priced {
    /// # Errors
    /// Every field fault of the line.
    pub fn checked(draft: Draft) -> Result<Self, Fault> {
        let mut faults = Vec::new();
        if draft.valid_until.is_some_and(|until| until <= draft.valid_from) {
            faults.push(Fault::field("/valid_until", "empty_period", "The end must be after the start."));
        }
        faults.extend(draft.price.check(draft.free).err().map(|fault| fault.under("/price")));
        let minimum = draft.min_charge.map(|minimum| Money::from_decimal(minimum, draft.currency)).transpose();
        let min_charge = match minimum {
            Ok(Some(minimum)) if minimum.is_negative() => {
                faults.push(Fault::field("/min_charge", "out_of_range", "A minimum charge is not negative."));
                None
            }
            Ok(minimum) => minimum,
            Err(fault) => {
                faults.push(Fault::field("/min_charge", "too_many_decimals", fault.detail.clone()));
                None
            }
        };
        Fault::all(faults)?;
        Ok(Self {
            key: draft.key,
            site_id: draft.site_id,
            profile_id: draft.profile_id,
            uom: draft.uom.trim().to_owned(),
            currency: draft.currency,
            price: draft.price,
            min_charge,
            free: draft.free,
            valid_from: draft.valid_from,
            valid_until: draft.valid_until,
        })
    }

    #[must_use]
    pub const fn period(&self) -> Period {
        Period { start: self.valid_from, end: self.valid_until }
    }

    /// True when both would be found for the same item, site, unit and currency on some day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.key == other.key
            && (self.site_id, self.profile_id) == (other.site_id, other.profile_id)
            && self.uom == other.uom
            && self.currency == other.currency
            && self.period().overlaps(&other.period())
    }
}

/// A price line of a contract version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTerm {
    pub id: PriceTermId,
    pub contract_id: ContractId,
    pub version_id: ContractVersionId,
    pub priced: Priced,
}

/// Refuses a line whose period overlaps another's for the same key.
///
/// # Errors
/// 409 `price_overlap` with the ids of both lines.
pub fn check_overlap<'a>(candidate: &PriceTerm, others: impl IntoIterator<Item = &'a PriceTerm>) -> Result<(), Fault> {
    let clash = others.into_iter().find(|other| other.id != candidate.id && other.priced.overlaps(&candidate.priced));
    clash.map_or(Ok(()), |other| {
        Err(Fault::conflict("price_overlap", "Another price for the same key, site, unit and currency holds in part of the period.")
            .with_conflicts([other.id.uuid(), candidate.id.uuid()]))
    })
}
