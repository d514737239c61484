//! What the accounts service knows that decides a price: where an account stands and what its contracts say.

use kernel::Period;
use kernel::Rate;
use kernel::id::{AccountId, BranchId, ContractId, SiteId};
use uuid::Uuid;

use super::index::Entry;
use super::item::Item;
use super::line::PriceQuery;

/// What the accounts service knows that decides a price.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub account: Option<AccountId>,
    /// The account's ancestors, nearest first.
    pub ancestors: Vec<AccountId>,
    pub branch: Option<BranchId>,
    pub territory: Option<Uuid>,
    pub segment: Option<String>,
    /// Contracts of the account (distance 0) and of its ancestors, where those cover descendants.
    pub contracts: Vec<ContractTerms>,
}

/// The price terms of one contract version.
#[derive(Clone, Debug)]
pub struct ContractTerms {
    pub contract: ContractId,
    pub number: String,
    pub version: i32,
    /// 0 for the account's own, 1 for its parent's, and so on.
    pub distance: u16,
    /// When these terms are in force.
    pub period: Period,
    /// The covered sites; all when absent.
    pub sites: Option<Vec<SiteId>>,
    /// Which paper goes first among contracts of one account; smaller goes first.
    pub precedence: u8,
    /// The service lines it is about; all when empty.
    pub service_lines: Vec<String>,
    /// An item that is not named here may not be sold under the contract.
    pub closed: bool,
    /// Taken from prices found at lower levels.
    pub discount: Option<Rate>,
    pub lines: Vec<Entry>,
}

impl ContractTerms {
    pub(super) fn covers(&self, item: &Item, site: Option<SiteId>) -> bool {
        let served = self.service_lines.is_empty() || self.service_lines.contains(&item.service_line);
        served && self.sites.as_ref().is_none_or(|sites| site.is_some_and(|site| sites.contains(&site)))
    }

    pub(super) fn applies(&self, item: &Item, query: &PriceQuery<'_>) -> bool {
        self.period.contains(query.price_date) && self.covers(item, query.site)
    }
}

/// The discount of the account's contract that applies to prices of lower levels.
#[must_use]
pub fn contract_discount<'a>(context: &'a Context, item: &Item, query: &PriceQuery<'_>) -> Option<(&'a ContractTerms, Rate)> {
    let own = context.contracts.iter().filter(|terms| terms.distance == 0 && terms.applies(item, query));
    own.filter_map(|terms| terms.discount.map(|rate| (terms, rate))).min_by_key(|(terms, _)| terms.precedence)
}
