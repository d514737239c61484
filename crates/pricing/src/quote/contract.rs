//! Turning an accepted quote into a contract: its prices become the contract's, for the term they were promised for.
//!
//! The accounts service keeps contracts. It is asked under keys that name the version, so that a repetition after a crash finds the
//! contract that was made before.

use actix_web::web::{Data, Path};
use chrono::{Months, NaiveDate};
use clients::contracts::{self, NewContract, NewContractPrice};
use kernel::Fault;
use kernel::id::{ContractId, QuoteId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::http::{QuotePath, keep, reply};
use super::model::{QuoteLine, QuoteVersion};
use super::state::{QuoteStep, next_state};
use super::store;
use super::wire::{QuoteEvent, QuoteView, Whole};
use crate::app::Pricing;
use crate::permission::ConvertQuotes;

/// Makes a contract of an accepted quote.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MakeContract {
    /// The first day of the contract and of its prices; they hold for the quote's `term_months`.
    pub starts_on: NaiveDate,
    /// The quote's number when absent.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The master agreement it stands under.
    pub parent_id: Option<ContractId>,
}

/// A contract and its prices, as the accounts service is asked for them.
#[derive(Debug)]
struct Wanted {
    contract: NewContract,
    prices: Vec<NewContractPrice>,
}

/// What the contract of a quote says. Pure.
///
/// # Errors
/// 422 `no_term`, `no_unit_price` for every line that has none, `end_out_of_range`; 409 `illegal_transition`, `already_ordered`.
fn wanted(whole: &Whole, command: &MakeContract) -> Result<Wanted, Fault> {
    let Whole { quote, version, lines } = whole;
    next_state(version.state, QuoteStep::ConvertRest)?;
    refuse_ordered(lines)?;
    let months = version.term_months.ok_or_else(|| Fault::invalid("no_term", "The quote says for no term its prices are promised."))?;
    let end = command.starts_on.checked_add_months(Months::new(months.into()));
    let end = end.ok_or_else(|| Fault::field("/starts_on", "end_out_of_range", "The term ends after the last day that can be stored."))?;
    let mut prices: Vec<NewContractPrice> = Vec::with_capacity(lines.len());
    let mut faults = Vec::new();
    for line in lines.iter().filter(|line| !line.agreed_quantity().is_zero()) {
        let Some(unit_price) = line.unit_price.filter(|_| line.discount.is_zero()) else {
            let detail = format!("Line {} has no unit price of its own that a contract could state.", line.no);
            faults.push(Fault::field(format!("/lines/{}", line.no - 1), "no_unit_price", detail));
            continue;
        };
        let site = line.site.or(quote.site);
        let price = NewContractPrice::flat(&line.item_code, site, &line.uom, unit_price, (command.starts_on, end));
        if !prices.contains(&price) {
            prices.push(price);
        }
    }
    Fault::all(faults)?;
    let title = command.title.clone().unwrap_or_else(|| quote.number.clone());
    let contract = NewContract::fixed(quote.account, command.parent_id, title, quote.currency, (command.starts_on, months));
    Ok(Wanted { contract, prices })
}

/// What became orders is not promised once more.
fn refuse_ordered(lines: &[QuoteLine]) -> Result<(), Fault> {
    if lines.iter().all(|line| line.converted.is_zero()) {
        return Ok(());
    }
    Err(Fault::conflict("already_ordered", "Some of the quote became orders; a contract is made of the whole."))
}

/// Make a contract of an accepted quote.
///
/// The contract is a draft of the accounts service with the chosen lines as its prices. A repetition gets the quote with the contract
/// that was made.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/contract", operation_id = "make_contract", params(QuotePath), request_body = MakeContract,
    responses((status = 200, body = QuoteView)))]
async fn make_contract(
    caller: Caller<ConvertQuotes>,
    path: Path<QuotePath>,
    command: Valid<MakeContract>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let whole = current(app.db.read(), &caller, path.quote_id).await?;
    if whole.version.contract.is_some() {
        return reply(whole, &caller, &app);
    }
    let contract = made(&app, &whole.version, &wanted(&whole, &command)?).await?;
    app.db
        .command(&caller, "quote.make_contract", async |tx| {
            store::lock(tx, path.quote_id).await?;
            let whole = current(tx, &caller, path.quote_id).await?;
            let kept = if whole.version.contract.is_some() { whole } else { converted(tx, whole, contract).await? };
            reply(kept, &caller, &app)
        })
        .await
}

/// A quote with the version that counts.
async fn current<C: ConnectionTrait, P>(db: &C, caller: &Caller<P>, id: QuoteId) -> Result<Whole, Problem> {
    let quote = store::find(db, caller.scope(), id).await?;
    let version = store::version(db, caller.scope(), &quote, quote.current_no).await?;
    let lines = store::lines(db, &quote, version.id).await?;
    Ok(Whole { quote, version, lines })
}

/// Keeps that the quote became a contract.
async fn converted(tx: &Tx, whole: Whole, contract: ContractId) -> Result<Whole, Problem> {
    let Whole { quote, version, lines } = whole;
    refuse_ordered(&lines)?;
    let before = QuoteEvent::of(&quote, &version);
    let version = QuoteVersion { contract: Some(contract), ..version.step(QuoteStep::ConvertRest, Touch::of(tx))? };
    keep(tx, quote, version, "quote.converted", &before).await
}

async fn made(app: &Pricing, version: &QuoteVersion, wanted: &Wanted) -> Result<ContractId, Problem> {
    let key = |part: &str| format!("quote-version-{}-{part}", version.id);
    let contract = contracts::create(app.peers.as_ref(), &wanted.contract, key("contract")).await?;
    contracts::add_prices(app.peers.as_ref(), contract, &wanted.prices, key("prices")).await?;
    Ok(contract)
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; make_contract]
}
