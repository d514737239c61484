//! Gathering what a new order is made of: its place, its prices, the quote it takes from. No row is written here.
//!
//! Taking from a quote is the one effect on another service; its reference is made of the caller and the idempotency key,
//! and the order gets the id that pricing recorded first, so a repetition after a crash makes the same order.

use chrono::NaiveDate;
use clients::pricing::{self, ConvertLine, ConvertQuote, PriceBatch};
use kernel::id::{AccountId, OrderId, SiteId};
use kernel::{Currency, Fault};
use platform::caller::Caller;
use platform::problem::Problem;
use sha2::{Digest, Sha256};

use super::http::PriceOrders;
use super::model::{Composed, extras};
use super::place::{Place, Whereabouts};
use super::price::{PricedLines, direct, quoted, to_price};
use super::request::{CreateOrder, FromQuote, OrderLineInput};
use crate::Orders;
use crate::invoice::ops::hexadecimal;

/// Whom lines are priced for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addressee {
    pub(super) account: AccountId,
    pub(super) site: Option<SiteId>,
    pub(super) currency: Currency,
    pub(super) price_date: NaiveDate,
}

/// Gathers a new order; `key` is the request's idempotency key.
///
/// # Errors
/// 403 without `orders:price` for given prices; 422 for what does not exist or has no price; 409 `over_remaining`; 503.
pub(super) async fn compose<P>(app: &Orders, caller: &Caller<P>, command: &CreateOrder, key: &str) -> Result<Composed, Problem> {
    command.check(app.clock.now())?;
    if command.gives_prices() {
        caller.demand::<PriceOrders>()?;
    }
    match &command.quote {
        Some(from) => of_quote(app, caller, command, from, key).await,
        None => of_lines(app, caller, command).await,
    }
}

async fn of_lines<P>(app: &Orders, caller: &Caller<P>, command: &CreateOrder) -> Result<Composed, Problem> {
    let place = app.places.find(Whereabouts::of(command), app.clock.now()).await?;
    place.check_scope(caller)?;
    let addressee = addressee(app, command, &place);
    let priced = priced(app, addressee, command.lines.as_deref().unwrap_or_default()).await?;
    Ok(Composed { id: kernel::id::new_uuid(), place, price_date: addressee.price_date, priced, quote: None })
}

fn addressee(app: &Orders, command: &CreateOrder, place: &Place) -> Addressee {
    let requested_at = command.asked_at(app.clock.now());
    let price_date = command.price_date.unwrap_or_else(|| place.price_date(command.kind, command.service_date, requested_at));
    let currency = command.currency.unwrap_or(place.currency);
    Addressee { account: command.account_id, site: place.site, currency, price_date }
}

/// A new order of given prices only, without a question to pricing.
///
/// # Errors
/// 422 `given_only` when it names a quote or a line without a given price.
pub(super) fn compose_given(app: &Orders, command: &CreateOrder, place: &Place) -> Result<Composed, Fault> {
    command.check(app.clock.now())?;
    let lines = command.lines.as_deref().unwrap_or_default();
    if !command.has_only_given_prices() {
        return Err(Fault::field("/lines", "given_only", "Every line of an imported order has a given price."));
    }
    let addressee = addressee(app, command, place);
    let priced = direct(lines, None, addressee.currency)?;
    Ok(Composed { id: kernel::id::new_uuid(), place: place.clone(), price_date: addressee.price_date, priced, quote: None })
}

/// Prices lines; asks pricing only when one has no given price.
///
/// # Errors
/// 422 with every line that has no price; 503.
pub(super) async fn priced(app: &Orders, of: Addressee, lines: &[OrderLineInput]) -> Result<PricedLines, Problem> {
    let asked = to_price(lines);
    if asked.is_empty() {
        return Ok(direct(lines, None, of.currency)?);
    }
    let batch = PriceBatch {
        account_id: Some(of.account),
        site_id: of.site,
        branch_id: None,
        currency: of.currency,
        price_date: Some(of.price_date),
        known_at: None,
        lines: asked,
    };
    let answer = pricing::price(app.peers.as_ref(), &batch).await?;
    Ok(direct(lines, Some(&answer), of.currency)?)
}

async fn of_quote<P>(app: &Orders, caller: &Caller<P>, command: &CreateOrder, from: &FromQuote, key: &str) -> Result<Composed, Problem> {
    let unknown = || Fault::field("/quote/id", "unknown_quote", "The account has no such quote.");
    let found = pricing::quote(app.peers.as_ref(), from.id).await?;
    let quote = found.filter(|quote| quote.account_id == command.account_id).ok_or_else(unknown)?;
    let of = Whereabouts::of(command);
    let of = Whereabouts { site: of.site.or(quote.site_id), branch: of.branch.or(quote.branch_id), ..of };
    let place = app.places.find(of, app.clock.now()).await?;
    place.check_scope(caller)?;
    if command.currency.is_some_and(|currency| currency != quote.currency) {
        return Err(Fault::field("/currency", "other_currency", format!("The quote is in {}.", quote.currency)).into());
    }
    // Nothing is taken of a quote for an order that cannot be written.
    extras(command, quote.currency)?;
    let price_date = addressee(app, command, &place).price_date;
    let lines = wanted(from, &quote);
    let reference = reference(caller.actor().id, key);
    let conversion = ConvertQuote { reference, order_id: OrderId::generate(), lines };
    let taken = pricing::convert(app.peers.as_ref(), quote.id, &conversion).await?;
    let priced = quoted(&quote, &taken)?;
    let quote = Some((quote.id.into(), taken.version_no));
    Ok(Composed { id: taken.order_id.into(), place, price_date, priced, quote })
}

/// What is taken of a quote. When nothing is left everything is asked for: either an earlier try took it, or pricing says
/// how much remains.
fn wanted(from: &FromQuote, quote: &pricing::Quote) -> Vec<ConvertLine> {
    if let Some(lines) = &from.lines {
        return lines.iter().map(|line| ConvertLine { line: line.line, quantity: line.quantity }).collect();
    }
    let left = quote.lines.iter().filter(|line| !line.remaining.is_zero());
    let left: Vec<ConvertLine> = left.map(|line| ConvertLine { line: line.line, quantity: line.remaining }).collect();
    if left.is_empty() {
        return quote.lines.iter().map(|line| ConvertLine { line: line.line, quantity: line.quantity }).collect();
    }
    left
}

/// One text for each caller and key.
fn reference(caller: uuid::Uuid, key: &str) -> String {
    hexadecimal(&Sha256::new().chain_update(caller.as_bytes()).chain_update(key.as_bytes()).finalize())
}
