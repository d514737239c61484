//! What staff do to a quote: draft, revise, submit, approve, send, withdraw, begin a new version.
//!
//! Prices are worked out before the transaction begins, because the account's context is asked of another service.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Currency;
use kernel::id::{AccountId, QuoteId, SiteId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use platform::valid::Valid;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::approval::{Figures, steps};
use super::compose::{Addressee, Composed, compose};
use super::content::{QuoteContent, content_of};
use super::hash::content_hash;
use super::http::{QuotePath, change, keep, reply};
use super::model::{Quote, QuoteKind, QuoteVersion};
use super::sight::Sight;
use super::state::{QuoteState, QuoteStep};
use super::store;
use super::wire::{QuoteEvent, QuoteView, Whole, view};
use crate::app::Pricing;
use crate::approval_rule;
use crate::permission::{ApproveQuotes, OverridePrices, SendQuotes, WriteQuotes};

/// A new quote; its lines are priced at once.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateQuote {
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub kind: Option<QuoteKind>,
    pub currency: Currency,
    #[schema(min_length = 1, max_length = 128)]
    pub external_ref: Option<String>,
    #[validate(nested)]
    pub content: QuoteContent,
}

/// Given prices need a right of their own.
fn check_overrides<P>(caller: &Caller<P>, content: &QuoteContent) -> Result<(), Problem> {
    if content.lines.iter().any(|line| line.given.is_some()) { caller.demand::<OverridePrices>() } else { Ok(()) }
}

async fn found(tx: &Tx, scope: &RowScope, id: QuoteId, expected: IfMatch) -> Result<(Quote, QuoteVersion), Problem> {
    let quote = store::find(tx, scope, id).await?;
    expected.check(quote.stamp.version)?;
    let version = store::version(tx, scope, &quote, quote.working_no()).await?;
    Ok((quote, version))
}

/// Changes the version that is being worked on, and its quote with it.
async fn take<P>(
    caller: &Caller<P>,
    (id, expected): (QuoteId, IfMatch),
    event: &'static str,
    app: &Pricing,
    change: impl AsyncFn(&Tx, &Quote, QuoteVersion) -> Result<QuoteVersion, Problem>,
) -> Result<Reply, Problem> {
    app.db
        .command(caller, event, async |tx| {
            let (quote, version) = found(tx, caller.scope(), id, expected).await?;
            let before = QuoteEvent::of(&quote, &version);
            let version = change(tx, &quote, version).await?;
            reply(keep(tx, quote, version, event, &before).await?, caller, app)
        })
        .await
}

/// The version with other content, whose lines are written anew.
async fn recompose(tx: &Tx, version: QuoteVersion, content: &QuoteContent, composed: &Composed) -> Result<QuoteVersion, Problem> {
    let version = version.revise(content, composed, Touch::of(tx))?;
    store::replace_lines(tx, version.id, &composed.lines).await?;
    Ok(version)
}

/// Draft a quote.
#[utoipa::path(post, path = "/v1/quotes", request_body = CreateQuote, responses((status = 201, body = QuoteView)))]
async fn create(caller: Caller<WriteQuotes>, command: Valid<CreateQuote>, app: Data<Pricing>) -> Result<Reply, Problem> {
    check_overrides(&caller, &command.content)?;
    let kind = command.kind.unwrap_or(QuoteKind::Quote);
    let addressee = Addressee { kind, account: command.account_id, site: command.site_id, currency: command.currency };
    let composed = compose(&app, caller.scope(), addressee, &command.content).await?;
    app.db
        .command(&caller, "quote.create", async |tx| {
            let number = store::next_number(tx, tx.now()).await?;
            let quote = new_quote(&command, &composed, number, Touch::of(tx));
            let version = QuoteVersion::draft(quote.id, 1, &command.content, &composed, Touch::of(tx));
            store::insert(tx, &quote).await?;
            store::insert_version(tx, &version, &composed.lines).await?;
            tx.record(change("quote.created", &quote, &version));
            let whole = Whole { quote, version, lines: composed.lines.clone() };
            let location = format!("/v1/quotes/{}", whole.quote.id);
            Ok(Reply::created(location, &view(whole, Sight::of(&caller), tx.now())?)?.tagged(1))
        })
        .await
}

fn new_quote(command: &CreateQuote, composed: &Composed, number: String, touch: Touch) -> Quote {
    Quote {
        id: QuoteId::generate(),
        number,
        kind: command.kind.unwrap_or(QuoteKind::Quote),
        account: command.account_id,
        site: command.site_id,
        branch: composed.desk.branch(),
        currency: command.currency,
        zone: composed.desk.zone(),
        external_ref: command.external_ref.clone(),
        current_no: 1,
        draft_no: None,
        state: QuoteState::Draft,
        stamp: Stamp::new(touch),
    }
}

/// Replace the content of a draft; its lines are priced anew.
#[utoipa::path(put, path = "/v1/quotes/{quote_id}/content", params(QuotePath), request_body = QuoteContent, responses((status = 200, body = QuoteView)))]
async fn revise(
    caller: Caller<WriteQuotes>,
    path: Path<QuotePath>,
    expected: IfMatch,
    content: Valid<QuoteContent>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    check_overrides(&caller, &content)?;
    let quote = store::find(app.db.read(), caller.scope(), path.quote_id).await?;
    let composed = compose(&app, caller.scope(), addressee(&quote), &content).await?;
    take(&caller, (path.quote_id, expected), "quote.revised", &app, async |tx, _, version| {
        recompose(tx, version, &content, &composed).await
    })
    .await
}

/// Price a draft anew, with today's prices.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/price", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn price(caller: Caller<WriteQuotes>, path: Path<QuotePath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let quote = store::find(db, caller.scope(), path.quote_id).await?;
    let version = store::version(db, caller.scope(), &quote, quote.working_no()).await?;
    let content = content_of(&version, &store::lines(db, &quote, version.id).await?);
    let composed = compose(&app, caller.scope(), addressee(&quote), &content).await?;
    take(&caller, (path.quote_id, expected), "quote.priced", &app, async |tx, _, version| recompose(tx, version, &content, &composed).await)
        .await
}

pub(super) fn addressee(quote: &Quote) -> Addressee {
    Addressee { kind: quote.kind, account: quote.account, site: quote.site, currency: quote.currency }
}

/// Begin a new version of a sent quote; the sent one counts until the new one is sent.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/versions", operation_id = "begin_version", params(QuotePath), request_body = QuoteContent,
    responses((status = 201, body = QuoteView)))]
async fn begin_version(
    caller: Caller<WriteQuotes>,
    path: Path<QuotePath>,
    expected: IfMatch,
    content: Valid<QuoteContent>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    check_overrides(&caller, &content)?;
    let quote = store::find(app.db.read(), caller.scope(), path.quote_id).await?;
    let composed = compose(&app, caller.scope(), addressee(&quote), &content).await?;
    app.db
        .command(&caller, "quote.begin_version", async |tx| {
            let (quote, worked_on) = found(tx, caller.scope(), path.quote_id, expected).await?;
            let before = QuoteEvent::of(&quote, &worked_on);
            let last_no = store::last_no(tx, &quote).await?;
            let (quote, no) = quote.begin_version(last_no, Touch::of(tx))?;
            let version = QuoteVersion::draft(quote.id, no, &content, &composed, Touch::of(tx));
            store::insert_version(tx, &version, &composed.lines).await?;
            store::save(tx, &quote).await?;
            tx.record(change("quote.version_begun", &quote, &version).before(&before));
            begun(Whole { quote, version, lines: composed.lines.clone() }, no, &caller, tx.now())
        })
        .await
}

/// Answers with a quote whose version has begun.
fn begun<P>(whole: Whole, no: i32, caller: &Caller<P>, now: DateTime<Utc>) -> Result<Reply, Problem> {
    let (location, tag) = (format!("/v1/quotes/{}/versions/{no}", whole.quote.id), whole.quote.stamp.version);
    Ok(Reply::created(location, &view(whole, Sight::of(caller), now)?)?.tagged(tag))
}

/// Submit a quote: its content is frozen. It is approved at once unless a rule asks for somebody's approval.
///
/// Steps that were taken for the same content stay taken. Without any rule recorded, a line that is cheaper than the list by more than a
/// tenth needs a second person.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/submit", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn submit(caller: Caller<WriteQuotes>, path: Path<QuotePath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    take(&caller, (path.quote_id, expected), "quote.submitted", &app, async |tx, quote, version| {
        let lines = store::lines(tx, quote, version.id).await?;
        let hash = content_hash(&version, &lines)?;
        let rules = approval_rule::store::in_force(tx).await?;
        let steps = steps(&rules, &Figures::of(&version, &lines)?);
        Ok(version.submit(hash, steps, quote.zone, Touch::of(tx))?)
    })
    .await
}

/// Take the next step of a submitted quote's approval.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/approve", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn approve(caller: Caller<ApproveQuotes>, path: Path<QuotePath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    take(&caller, (path.quote_id, expected), "quote.approved", &app, async |tx, _, version| Ok(version.approve(Touch::of(tx))?)).await
}

/// Send a quote back to draft.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/return", operation_id = "return", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn send_back(caller: Caller<WriteQuotes>, path: Path<QuotePath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    take(&caller, (path.quote_id, expected), "quote.returned", &app, async |tx, _, version| Ok(version.reopen(Touch::of(tx))?)).await
}

/// Send an approved quote to the customer; the version sent before it is superseded.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/send", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn send(caller: Caller<SendQuotes>, path: Path<QuotePath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    take(&caller, (path.quote_id, expected), "quote.sent", &app, async |tx, quote, version| {
        if quote.draft_no == Some(version.no) {
            let before = store::version(tx, caller.scope(), quote, quote.current_no).await?;
            store::save_version(tx, &before.step(QuoteStep::Supersede, Touch::of(tx))?).await?;
        }
        Ok(version.send(quote.zone, Touch::of(tx))?)
    })
    .await
}

/// Withdraw the version that is being worked on, or the sent one.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/withdraw", params(QuotePath), responses((status = 200, body = QuoteView)))]
async fn withdraw(caller: Caller<WriteQuotes>, path: Path<QuotePath>, expected: IfMatch, app: Data<Pricing>) -> Result<Reply, Problem> {
    take(&caller, (path.quote_id, expected), "quote.withdrawn", &app, async |tx, _, version| {
        Ok(version.step(QuoteStep::Withdraw, Touch::of(tx))?)
    })
    .await
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; create, revise, price, begin_version, submit, approve, send_back, send, withdraw]
}
