//! What callers send and receive about a contract's price lines.

use chrono::NaiveDate;
use kernel::id::{ContractId, ContractVersionId, PriceTermId, SiteId};
use kernel::{Currency, Decimal, Fault, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::Contract;
use super::price_term::{Draft, PriceKey, PriceKeyKind, PriceModel, PriceTerm, Priced};
use super::version::ContractVersion;

/// Names one price line of a contract.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PricePath {
    /// The contract.
    pub contract_id: ContractId,
    /// The price line.
    pub price_id: PriceTermId,
}

/// A price line.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceLine {
    pub key: PriceKey,
    /// Only at this site of the account.
    pub site_id: Option<SiteId>,
    /// Only for this waste profile.
    pub profile_id: Option<Uuid>,
    /// Unit of measure, as pricing knows it.
    #[schema(min_length = 1, max_length = 20, example = "drum")]
    pub uom: String,
    /// The contract's currency when absent.
    pub currency: Option<Currency>,
    pub price: PriceModel,
    /// Least amount of a line with a quantity.
    pub min_charge: Option<Decimal>,
    /// Needed for a price of zero.
    #[serde(default)]
    pub free: bool,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_until: Option<NaiveDate>,
}

impl PriceLine {
    /// # Errors
    /// Every field fault.
    pub fn into_price_term(self, contract: &Contract, version: &ContractVersion) -> Result<PriceTerm, Fault> {
        let priced = Priced::checked(Draft {
            key: self.key,
            site_id: self.site_id,
            profile_id: self.profile_id,
            uom: self.uom,
            currency: self.currency.unwrap_or(version.terms.currency),
            price: self.price,
            min_charge: self.min_charge,
            free: self.free,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        })?;
        Ok(PriceTerm { id: PriceTermId::generate(), contract_id: contract.id, version_id: version.id, priced })
    }
}

/// Price lines to add: all of them or none.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddPrices {
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub lines: Vec<PriceLine>,
}

impl AddPrices {
    /// # Errors
    /// Every field fault of every line.
    pub fn into_price_terms(self, contract: &Contract, version: &ContractVersion) -> Result<Vec<PriceTerm>, Fault> {
        let (mut terms, mut faults) = (Vec::with_capacity(self.lines.len()), Vec::new());
        for (place, line) in self.lines.into_iter().enumerate() {
            match line.into_price_term(contract, version) {
                Ok(term) => terms.push(term),
                Err(fault) => faults.push(fault.under(&format!("/lines/{place}"))),
            }
        }
        Fault::all(faults)?;
        Ok(terms)
    }
}

/// A price line of a contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceView {
    pub id: PriceTermId,
    pub contract_id: ContractId,
    pub version_id: ContractVersionId,
    pub key: PriceKey,
    pub site_id: Option<SiteId>,
    pub profile_id: Option<Uuid>,
    #[schema(max_length = 20)]
    pub uom: String,
    pub currency: Currency,
    pub price: PriceModel,
    pub min_charge: Option<Money>,
    pub free: bool,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

impl From<&PriceTerm> for PriceView {
    fn from(term: &PriceTerm) -> Self {
        let priced = &term.priced;
        Self {
            id: term.id,
            contract_id: term.contract_id,
            version_id: term.version_id,
            key: priced.key.clone(),
            site_id: priced.site_id,
            profile_id: priced.profile_id,
            uom: priced.uom.clone(),
            currency: priced.currency,
            price: priced.price.clone(),
            min_charge: priced.min_charge,
            free: priced.free,
            valid_from: priced.valid_from,
            valid_until: priced.valid_until,
        }
    }
}

/// The lines that were added, in the order given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AddedPrices {
    #[schema(max_items = 1000)]
    pub data: Vec<PriceView>,
}

/// The words for what a line names, for lists.
pub(super) const KEY_KINDS: &[&str] = PriceKeyKind::TEXTS;
