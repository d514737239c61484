//! What the accounts service says about an account for pricing, kept for a moment.
//!
//! Prices are asked for far more often than accounts and contracts change. An answer is reused for at most a second, so
//! that a change is seen as quickly as a published price is. Nothing is asked inside a transaction.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use clients::accounts::{ContractPrice, ContractPrices, PriceKey, PriceModel, PriceTier, PricingContext};
use kernel::id::{AccountId, SiteId};
use kernel::{Fault, Money, Period};
use platform::peer::Peers;
use platform::problem::Problem;
use platform::recent::Recent;

use crate::engine::context::ContractTerms;
use crate::engine::index::{Entry, Selector};
use crate::engine::release::Gates;
use crate::engine::{Context, PriceIndex, Terms, Tier};

const FRESH_FOR: Duration = Duration::from_secs(1);

/// An account as pricing sees it.
#[derive(Clone, Debug)]
pub struct AccountContext {
    pub context: Context,
    /// The zone of the account's branch, in which its days begin and end.
    pub zone: Tz,
}

/// Answers of the accounts service.
pub struct Contexts {
    known: Recent<(AccountId, Option<SiteId>), Arc<AccountContext>>,
}

impl Default for Contexts {
    fn default() -> Self {
        Self { known: Recent::new(FRESH_FOR) }
    }
}

impl Contexts {
    /// The context of an account, at one of its sites.
    ///
    /// # Errors
    /// 422 `unknown_account`; 503 when the accounts service does not answer.
    pub async fn of(
        &self,
        peers: &dyn Peers,
        index: &PriceIndex,
        account: AccountId,
        site: Option<SiteId>,
    ) -> Result<Arc<AccountContext>, Problem> {
        if let Some(context) = self.known.get(&(account, site)) {
            return Ok(context);
        }
        let answer = clients::accounts::pricing_context(peers, account, site, None).await?;
        let answer = answer.ok_or_else(|| Fault::field("/account_id", "unknown_account", "There is no such account or site."))?;
        let context = Arc::new(understand(answer, index)?);
        self.known.keep((account, site), Arc::clone(&context));
        Ok(context)
    }
}

fn understand(answer: PricingContext, index: &PriceIndex) -> Result<AccountContext, Problem> {
    let zone = answer.time_zone.parse().map_err(|_| Problem::internal(format!("unknown time zone {:?}", answer.time_zone)))?;
    let contracts = answer.contracts.into_iter().map(|contract| terms(contract, index)).collect::<Result<_, _>>()?;
    let context = Context {
        account: Some(answer.account_id),
        ancestors: answer.ancestors,
        branch: answer.branch_id,
        territory: None,
        segment: answer.segment,
        contracts,
    };
    Ok(AccountContext { context, zone })
}

fn terms(contract: ContractPrices, index: &PriceIndex) -> Result<ContractTerms, Problem> {
    let lines = contract.lines.into_iter().filter_map(|line| entry(line, index).transpose()).collect::<Result<_, _>>()?;
    Ok(ContractTerms {
        contract: contract.contract_id,
        number: contract.number,
        version: contract.version_no,
        distance: contract.distance,
        period: Period { start: contract.start, end: contract.end },
        sites: contract.sites,
        precedence: contract.precedence,
        service_lines: contract.service_lines,
        closed: contract.closed,
        discount: contract.discount,
        lines,
    })
}

/// A contract line as an entry; none when it names an item that does not exist.
fn entry(line: ContractPrice, index: &PriceIndex) -> Result<Option<Entry>, Problem> {
    let selector = match line.key {
        PriceKey::Item(code) => match index.item_by_code(&code) {
            Some(item) => Selector::Item(item.id),
            None => return Ok(None),
        },
        PriceKey::Category(path) => Selector::Category(path),
        PriceKey::ServiceLine(name) => Selector::ServiceLine(name),
    };
    Ok(Some(Entry {
        id: line.id.uuid().into(),
        selector,
        uom: line.uom,
        currency: line.currency,
        site: line.site_id,
        profile: line.profile_id,
        terms: model(line.price),
        period: Period { start: line.valid_from, end: line.valid_until },
        min_charge: line.min_charge.map(|amount| Money::from_decimal(amount, line.currency)).transpose()?,
        free: line.free,
        rebate: false,
        tier_scope: None,
        gates: Gates::default(),
    }))
}

fn model(price: PriceModel) -> Terms {
    let tiers = |tiers: Vec<PriceTier>| tiers.into_iter().map(tier).collect();
    match price {
        PriceModel::Flat { unit_price } => Terms::Flat { unit_price },
        PriceModel::Volume { tiers: steps } => Terms::Volume { tiers: tiers(steps) },
        PriceModel::Graduated { tiers: steps } => Terms::Graduated { tiers: tiers(steps) },
    }
}

fn tier(tier: PriceTier) -> Tier {
    Tier { from: tier.from, to: tier.to, unit_price: tier.unit_price, flat_fee: tier.flat_fee }
}
