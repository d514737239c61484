//! What pricing asks accounts for: a contract with the prices that a quote promised.

use chrono::NaiveDate;
use kernel::id::{AccountId, ContractId, SiteId};
use kernel::{Currency, UnitPrice};
use platform::peer::{self, Peers};
use platform::problem::Problem;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

const SERVICE: &str = "accounts";

/// A contract to draft.
#[derive(Clone, Debug, Serialize)]
pub struct NewContract {
    account_id: AccountId,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<ContractId>,
    title: String,
    terms: NewTerms,
}

#[derive(Clone, Debug, Serialize)]
struct NewTerms {
    currency: Currency,
    term: NewTerm,
    prices: NewPriceRules,
}

#[derive(Clone, Debug, Serialize)]
struct NewTerm {
    initial_months: u16,
    starts_on: &'static str,
    fixed_start: NaiveDate,
}

#[derive(Clone, Debug, Serialize)]
struct NewPriceRules {
    mode: &'static str,
    price_date_basis: &'static str,
}

impl NewContract {
    /// A service contract from a fixed day on, for so many months; its prices go before others.
    #[must_use]
    pub const fn fixed(
        account: AccountId,
        parent: Option<ContractId>,
        title: String,
        currency: Currency,
        (fixed_start, initial_months): (NaiveDate, u16),
    ) -> Self {
        let term = NewTerm { initial_months, starts_on: "fixed", fixed_start };
        let prices = NewPriceRules { mode: "override", price_date_basis: "service_date" };
        Self { account_id: account, kind: "service", parent_id: parent, title, terms: NewTerms { currency, term, prices } }
    }
}

/// A price for a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewContractPrice {
    key: NewPriceKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    site_id: Option<SiteId>,
    uom: String,
    price: NewPrice,
    free: bool,
    valid_from: NaiveDate,
    valid_until: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct NewPriceKey {
    kind: &'static str,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct NewPrice {
    model: &'static str,
    unit_price: UnitPrice,
}

impl NewContractPrice {
    /// One price for every unit of an item, from the first of two days until before the second.
    #[must_use]
    pub fn flat(
        item_code: &str,
        site: Option<SiteId>,
        uom: &str,
        unit_price: UnitPrice,
        (valid_from, valid_until): (NaiveDate, NaiveDate),
    ) -> Self {
        Self {
            key: NewPriceKey { kind: "item", code: item_code.to_owned() },
            site_id: site,
            uom: uom.to_owned(),
            price: NewPrice { model: "flat", unit_price },
            free: unit_price == UnitPrice::ZERO,
            valid_from,
            valid_until,
        }
    }
}

#[derive(Deserialize)]
struct Made {
    id: ContractId,
}

#[derive(Serialize)]
struct AddPrices<'a> {
    lines: &'a [NewContractPrice],
}

/// Drafts a contract; a repetition under the same key finds the one that was drafted.
///
/// # Errors
/// 422 with every fault of the contract; 409 for an account that is closed; 503.
pub async fn create(peers: &dyn Peers, contract: &NewContract, key: String) -> Result<ContractId, Problem> {
    let made: Made = peer::post(peers, SERVICE, "/v1/contracts".to_owned(), contract, Some(key)).await?;
    Ok(made.id)
}

/// Adds prices to a drafted contract, once for each key.
///
/// # Errors
/// 409 `price_overlap`; 422 with every fault of the prices; 503.
pub async fn add_prices(peers: &dyn Peers, id: ContractId, prices: &[NewContractPrice], key: String) -> Result<(), Problem> {
    let body = AddPrices { lines: prices };
    let _added: IgnoredAny = peer::post(peers, SERVICE, format!("/v1/contracts/{id}/prices"), &body, Some(key)).await?;
    Ok(())
}
