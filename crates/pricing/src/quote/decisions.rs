//! What the customer decides: accept or reject, once.
//!
//! Only the version named is decided on, and only amounts that were sent count: amounts in the request are never read.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::{Decimal, Fault};
use platform::caller::{ActorKind, Caller};
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::agreement::{Agreement, agree};
use super::choice::ChosenQuantity;
use super::http::{QuotePath, keep, reply};
use super::model::{Decision, Quote, QuoteVersion};
use super::state::{QuoteState, QuoteStep};
use super::store;
use super::wire::{QuoteEvent, QuoteView, Whole};
use crate::app::Pricing;
use crate::permission::{AcceptExpiredQuotes, AcceptQuotes, RejectQuotes};

/// Accepts the version of a quote that was sent.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AcceptQuote {
    /// The version the customer read.
    #[schema(minimum = 1)]
    pub version_no: i32,
    /// The signer's name, as they wrote it.
    #[schema(min_length = 1, max_length = 200)]
    pub signer: String,
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// The lines chosen of the option groups; those that are preselected when absent.
    #[schema(max_items = 500)]
    pub options: Option<Vec<i32>>,
    /// Quantities chosen within the limits of their lines; the offered ones when absent.
    #[serde(default)]
    #[schema(max_items = 500)]
    #[validate(nested)]
    pub quantities: Vec<ChosenQuantity>,
    /// An echo of the quote, for front ends that send it back. It is never read: the amounts that were sent count.
    #[schema(max_items = 500)]
    pub lines: Option<Vec<EchoedLine>>,
}

/// A line as the customer saw it; never read.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EchoedLine {
    #[schema(minimum = 1)]
    pub line: i32,
    pub quantity: Option<Decimal>,
    pub unit_price: Option<Decimal>,
    pub total: Option<Decimal>,
}

/// Rejects the version of a quote that was sent.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RejectQuote {
    #[schema(minimum = 1)]
    pub version_no: i32,
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Only the customer decides: a portal caller whose scope holds the account.
fn demand_customer<P>(caller: &Caller<P>) -> Result<(), Fault> {
    if is_customer(caller) {
        return Ok(());
    }
    Err(Fault::forbidden("not_authorised_contact", "Only an authorised contact of the account can decide on its quotes."))
}

fn is_customer<P>(caller: &Caller<P>) -> bool {
    caller.actor().kind == ActorKind::Customer && caller.scope().is_customer()
}

/// Who may accept now: the customer in time, afterwards those who may accept what has expired.
fn demand_accepter<P>(caller: &Caller<P>, quote: &Quote, version: &QuoteVersion, now: DateTime<Utc>) -> Result<(), Fault> {
    let late = version.is_expired(quote.zone, now);
    if late && caller.may::<AcceptExpiredQuotes>() {
        return Ok(());
    }
    demand_customer(caller)?;
    version.refuse_expired(quote.zone, now)
}

async fn named(tx: &Tx, scope: &RowScope, path: &QuotePath, no: i32) -> Result<(Quote, QuoteVersion), Problem> {
    store::lock(tx, path.quote_id).await?;
    let quote = store::find(tx, scope, path.quote_id).await?;
    let version = store::version(tx, scope, &quote, no).await?;
    Ok((quote, version))
}

/// Accept a quote. A repetition by the same contact gets the acceptance that was made.
///
/// After its last day only those may accept it for the customer who hold the right to.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/accept", params(QuotePath), request_body = AcceptQuote, responses((status = 200, body = QuoteView)))]
async fn accept(
    caller: Caller<AcceptQuotes>,
    path: Path<QuotePath>,
    command: Valid<AcceptQuote>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    if !caller.may::<AcceptExpiredQuotes>() {
        demand_customer(&caller)?;
    }
    let agreement = agree(&app, caller.scope(), path.quote_id, &command).await?;
    app.db
        .command(&caller, "quote.accept", async |tx| {
            let (quote, version) = named(tx, caller.scope(), &path, command.version_no).await?;
            if version.state == QuoteState::Accepted && version.decision.as_ref().is_some_and(|made| made.by == caller.actor().id) {
                let lines = store::lines(tx, &quote, version.id).await?;
                return reply(Whole { quote, version, lines }, &caller, &app);
            }
            demand_accepter(&caller, &quote, &version, tx.now())?;
            reply(accepted(tx, quote, version, (&command, &agreement)).await?, &caller, &app)
        })
        .await
}

/// Keeps what the customer decided and chose.
async fn accepted(
    tx: &Tx,
    quote: Quote,
    version: QuoteVersion,
    (command, agreement): (&AcceptQuote, &Agreement),
) -> Result<Whole, Problem> {
    let (signer, note) = (Some(command.signer.clone()), command.note.clone());
    let before = QuoteEvent::of(&quote, &version);
    let version = version.decide(QuoteStep::Accept, Decision { at: tx.now(), by: tx.actor().id, signer, note }, Touch::of(tx))?;
    for line in &agreement.changed {
        store::save_agreed(tx, line).await?;
    }
    keep(tx, quote, QuoteVersion { agreed: Some(agreement.agreed.clone()), ..version }, "quote.accepted", &before).await
}

/// Reject a quote.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/reject", params(QuotePath), request_body = RejectQuote, responses((status = 200, body = QuoteView)))]
async fn reject(
    caller: Caller<RejectQuotes>,
    path: Path<QuotePath>,
    command: Valid<RejectQuote>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    demand_customer(&caller)?;
    app.db
        .command(&caller, "quote.reject", async |tx| {
            let (quote, version) = named(tx, caller.scope(), &path, command.version_no).await?;
            let decision = Decision { at: tx.now(), by: caller.actor().id, signer: None, note: Some(command.reason.clone()) };
            let before = QuoteEvent::of(&quote, &version);
            let version = version.decide(QuoteStep::Reject, decision, Touch::of(tx))?;
            reply(keep(tx, quote, version, "quote.rejected", &before).await?, &caller, &app)
        })
        .await
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; accept, reject]
}
