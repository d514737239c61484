//! Which contracts and lines belong into the context of an account and site on a day.

use chrono::NaiveDate;
use kernel::id::{AccountId, SiteId};
use kernel::{Fault, Period};

use crate::contract::model::{Contract, ContractKind, CoverageMode};
use crate::contract::price_term::PriceTerm;
use crate::contract::version::ContractVersion;

/// What is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// Contracts and lines of other sites are left out; without a site, all are kept.
    pub site: Option<SiteId>,
    /// Contracts and lines that are not in force on this day are left out; without a date, all are kept.
    pub date: Option<NaiveDate>,
}

/// A contract version whose prices may apply.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    pub contract: &'a Contract,
    pub version: &'a ContractVersion,
    /// 0 for the account's own, 1 for its parent's, and so on.
    pub distance: usize,
    /// The days on which the version's prices apply, holdover included.
    pub period: Period,
}

/// The versions that may price something for an account, nearest account first and by precedence of paper. `lineage` is
/// the account and then its ancestors, nearest first.
///
/// # Errors
/// `overflow`.
pub fn offers<'a>(
    lineage: &[AccountId],
    contracts: &'a [Contract],
    versions: &'a [ContractVersion],
    question: Question,
) -> Result<Vec<Offer<'a>>, Fault> {
    let mut offers = Vec::new();
    for version in versions {
        let Some(contract) = contracts.iter().find(|contract| contract.id == version.contract_id) else { continue };
        let Some(distance) = lineage.iter().position(|account| *account == contract.account_id) else { continue };
        let Some(period) = version.price_period()? else { continue };
        if reaches(contract, distance, question.site) && question.date.is_none_or(|date| period.contains(date)) {
            offers.push(Offer { contract, version, distance, period });
        }
    }
    offers.sort_by_key(|offer| (offer.distance, offer.contract.kind.precedence(), offer.contract.number, offer.version.no));
    Ok(offers)
}

/// An account's own contracts reach the sites they cover; an ancestor's only when it is a master agreement for descendants.
fn reaches(contract: &Contract, distance: usize, site: Option<SiteId>) -> bool {
    if distance > 0 {
        return contract.kind == ContractKind::Msa && contract.coverage.mode == CoverageMode::Descendants;
    }
    site.is_none() || contract.coverage.covers(site)
}

/// True when a line of an offered version belongs into the answer.
#[must_use]
pub fn applies(line: &PriceTerm, question: Question) -> bool {
    let here = question.site.is_none() || line.priced.site_id.is_none() || line.priced.site_id == question.site;
    here && question.date.is_none_or(|date| line.priced.period().contains(date))
}
