//! What the accounts service says about an account for pricing, kept for a moment.
//!
//! Prices are asked for far more often than accounts and contracts change. An answer is reused for at most a second, so
//! that a change is seen as quickly as a published price is. Nothing is asked inside a transaction.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::id::{AccountId, BranchId, ContractId, PriceTermId, SiteId};
use kernel::{Currency, Decimal, Fault, Money, Period, Rate};
use platform::peer::{self, Peers};
use platform::problem::Problem;
use serde::Deserialize;
use uuid::Uuid;

use crate::engine::index::{Entry, Selector};
use crate::engine::resolve::ContractTerms;
use crate::engine::{Context, PriceIndex, Terms};

const FRESH_FOR: Duration = Duration::from_secs(1);
/// Answers kept at most; beyond it, old ones are dropped.
const MOST: usize = 10_000;

/// An account as pricing sees it.
#[derive(Clone, Debug)]
pub struct AccountContext {
    pub context: Context,
    /// The zone of the account's branch, in which its days begin and end.
    pub zone: Tz,
}

/// The accounts service's answer.
#[derive(Clone, Debug, Deserialize)]
struct Answer {
    account_id: AccountId,
    #[serde(default)]
    ancestors: Vec<AccountId>,
    branch_id: Option<BranchId>,
    territory_id: Option<Uuid>,
    segment: Option<String>,
    time_zone: String,
    #[serde(default)]
    contracts: Vec<AnswerContract>,
}

#[derive(Clone, Debug, Deserialize)]
struct AnswerContract {
    contract_id: ContractId,
    number: String,
    version_no: i32,
    distance: u16,
    #[serde(default)]
    precedence: u8,
    #[serde(default)]
    service_lines: Vec<String>,
    discount: Option<Rate>,
    start: NaiveDate,
    end: Option<NaiveDate>,
    sites: Option<Vec<SiteId>>,
    closed: bool,
    #[serde(default)]
    lines: Vec<AnswerLine>,
}

#[derive(Clone, Debug, Deserialize)]
struct AnswerLine {
    id: PriceTermId,
    key: AnswerKey,
    site_id: Option<SiteId>,
    uom: String,
    currency: Currency,
    price: Terms,
    min_charge: Option<Decimal>,
    #[serde(default)]
    free: bool,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", content = "code", rename_all = "snake_case")]
enum AnswerKey {
    Item(String),
    Category(String),
    ServiceLine(String),
}

type Kept = (Instant, Arc<AccountContext>);

/// Answers of the accounts service.
#[derive(Default)]
pub struct Contexts {
    known: RwLock<HashMap<(AccountId, Option<SiteId>), Kept>>,
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
        let key = (account, site);
        let now = Instant::now();
        let fresh = |kept: &&Kept| now.duration_since(kept.0) < FRESH_FOR;
        if let Some((_, context)) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).filter(fresh) {
            return Ok(Arc::clone(context));
        }
        let query = site.map(|site| format!("?site_id={site}")).unwrap_or_default();
        let answer: Option<Answer> = peer::get(peers, "accounts", format!("/v1/accounts/{account}/pricing-context{query}")).await?;
        let answer = answer.ok_or_else(|| Fault::field("/account_id", "unknown_account", "There is no such account or site."))?;
        let context = Arc::new(understand(answer, index)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, kept| fresh(&&*kept));
        }
        if known.len() < MOST {
            known.insert(key, (now, Arc::clone(&context)));
        }
        Ok(context)
    }
}

fn understand(answer: Answer, index: &PriceIndex) -> Result<AccountContext, Problem> {
    let zone = answer.time_zone.parse().map_err(|_| Problem::internal(format!("unknown time zone {:?}", answer.time_zone)))?;
    let contracts = answer.contracts.into_iter().map(|contract| terms(contract, index)).collect::<Result<_, _>>()?;
    let context = Context {
        account: Some(answer.account_id),
        ancestors: answer.ancestors,
        branch: answer.branch_id,
        territory: answer.territory_id,
        segment: answer.segment,
        contracts,
    };
    Ok(AccountContext { context, zone })
}

fn terms(contract: AnswerContract, index: &PriceIndex) -> Result<ContractTerms, Problem> {
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
fn entry(line: AnswerLine, index: &PriceIndex) -> Result<Option<Entry>, Problem> {
    let selector = match line.key {
        AnswerKey::Item(code) => match index.item_by_code(&code) {
            Some(item) => Selector::Item(item.id),
            None => return Ok(None),
        },
        AnswerKey::Category(path) => Selector::Category(path),
        AnswerKey::ServiceLine(name) => Selector::ServiceLine(name),
    };
    Ok(Some(Entry {
        id: line.id.uuid().into(),
        selector,
        uom: line.uom,
        currency: line.currency,
        site: line.site_id,
        terms: line.price,
        period: Period { start: line.valid_from, end: line.valid_until },
        min_charge: line.min_charge.map(|amount| Money::from_decimal(amount, line.currency)).transpose()?,
        free: line.free,
        rebate: false,
    }))
}
