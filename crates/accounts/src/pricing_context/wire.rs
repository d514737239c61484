//! How the context is asked for and shown. `clients::accounts` reads what is written here.

use chrono::NaiveDate;
use kernel::id::{AccountId, BranchId, CalendarId, ContractId, ContractVersionId, SiteId};
use kernel::{Currency, Rate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Offer, Question, applies};
use crate::account::model::{Account, AccountKind, AccountStatus, display_number};
use crate::address::Address;
use crate::branch::model::Branch;
use crate::contract::model::{ContractKind, CoverageMode};
use crate::contract::price_term::PriceTerm;
use crate::contract::price_wire::PriceView;
use crate::contract::version::{PriceDateBasis, PriceMode};
use crate::site::model::Site;

/// What the context is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ContextQuery {
    /// A site of the account; contracts and lines of other sites are then left out.
    #[serde(alias = "site")]
    pub site_id: Option<SiteId>,
    /// The price date; contracts and lines that are not in force on it are then left out.
    pub date: Option<NaiveDate>,
}

impl From<&ContextQuery> for Question {
    fn from(query: &ContextQuery) -> Self {
        Self { site: query.site_id, date: query.date }
    }
}

/// What of an account decides a price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextAccount {
    pub id: AccountId,
    #[schema(max_length = 20)]
    pub number: String,
    #[schema(max_length = 200)]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: AccountKind,
    pub status: AccountStatus,
    #[schema(max_length = 60)]
    pub segment: Option<String>,
    pub currency: Currency,
    #[schema(max_length = 40)]
    pub payment_terms: String,
    pub branch_id: Option<BranchId>,
}

impl From<&Account> for ContextAccount {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            number: display_number(account.number),
            name: account.name.clone(),
            kind: account.kind,
            status: account.status,
            segment: account.segment.clone(),
            currency: account.currency,
            payment_terms: account.payment_terms.to_string(),
            branch_id: account.branch_id,
        }
    }
}

/// What of a site decides a price, a local date and a tax.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextSite {
    pub id: SiteId,
    #[schema(max_length = 60)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    pub address: Address,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub branch_id: Option<BranchId>,
    pub calendar_id: Option<CalendarId>,
}

impl From<&Site> for ContextSite {
    fn from(site: &Site) -> Self {
        Self {
            id: site.id,
            code: site.code.clone(),
            name: site.name.clone(),
            address: site.address.clone(),
            time_zone: site.time_zone.name().to_owned(),
            branch_id: site.branch_id,
            calendar_id: site.calendar_id,
        }
    }
}

/// The branch that serves the site, or the account's home branch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextBranch {
    pub id: BranchId,
    #[schema(max_length = 60)]
    pub code: String,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub calendar_id: Option<CalendarId>,
    pub business_hours_id: Option<CalendarId>,
    #[schema(max_length = 5)]
    pub cut_off: String,
}

impl From<&Branch> for ContextBranch {
    fn from(branch: &Branch) -> Self {
        Self {
            id: branch.id,
            code: branch.code.clone(),
            time_zone: branch.time_zone.name().to_owned(),
            calendar_id: branch.calendar_id,
            business_hours_id: branch.business_hours_id,
            cut_off: branch.cut_off.format("%H:%M").to_string(),
        }
    }
}

/// A contract version whose prices may apply, with its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContextContract {
    pub contract_id: ContractId,
    #[schema(max_length = 20)]
    pub number: String,
    pub kind: ContractKind,
    /// Lower goes first among contracts of one account.
    #[schema(maximum = 9)]
    pub precedence: u8,
    pub account_id: AccountId,
    /// 0 for the account's own, 1 for its parent's, and so on.
    #[schema(maximum = 10)]
    pub distance: usize,
    pub version_id: ContractVersionId,
    #[schema(maximum = 100000)]
    pub version_no: i32,
    #[schema(max_items = 100)]
    pub service_lines: Vec<String>,
    /// The first day on which the prices apply.
    pub start: NaiveDate,
    /// The first day on which they no longer apply.
    pub end: Option<NaiveDate>,
    /// The covered sites; all when absent.
    #[schema(max_items = 1000)]
    pub sites: Option<Vec<SiteId>>,
    pub mode: PriceMode,
    /// Only what the contract names can be bought under it.
    pub closed: bool,
    /// The discount of the mode `discount_off`.
    pub discount: Option<Rate>,
    pub currency: Currency,
    pub price_date_basis: PriceDateBasis,
    #[schema(max_items = 100)]
    pub fee_exemptions: Vec<String>,
    #[schema(max_items = 1000)]
    pub lines: Vec<PriceView>,
}

impl ContextContract {
    /// The offer with those of `lines` that belong to it and apply.
    #[must_use]
    pub fn of(offer: &Offer<'_>, lines: &[PriceTerm], question: Question) -> Self {
        let (contract, rules) = (offer.contract, &offer.version.terms.prices);
        let lines = lines.iter().filter(|line| line.version_id == offer.version.id && applies(line, question));
        Self {
            contract_id: contract.id,
            number: contract.display_number(),
            kind: contract.kind,
            precedence: contract.kind.precedence(),
            account_id: contract.account_id,
            distance: offer.distance,
            version_id: offer.version.id,
            version_no: offer.version.no,
            service_lines: contract.service_lines.clone(),
            start: offer.period.start,
            end: offer.period.end,
            sites: (contract.coverage.mode == CoverageMode::List).then(|| contract.coverage.sites.clone()),
            mode: rules.mode,
            closed: rules.mode == PriceMode::Closed,
            discount: rules.discount,
            currency: offer.version.terms.currency,
            price_date_basis: rules.price_date_basis,
            fee_exemptions: rules.fee_exemptions.clone(),
            lines: lines.map(PriceView::from).collect(),
        }
    }
}

/// Everything about an account that decides a price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PricingContextView {
    pub account_id: AccountId,
    /// The accounts above, nearest first.
    #[schema(max_items = 1000)]
    pub ancestors: Vec<AccountId>,
    /// The branch that serves the site, or the account's home branch.
    pub branch_id: Option<BranchId>,
    #[schema(max_length = 60)]
    pub segment: Option<String>,
    /// The zone of local dates: the site's, else the branch's, else UTC.
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub account: ContextAccount,
    pub site: Option<ContextSite>,
    pub branch: Option<ContextBranch>,
    /// Nearest account first, then by precedence.
    #[schema(max_items = 1000)]
    pub contracts: Vec<ContextContract>,
}
