//! Turning a quote into orders: quantities of its lines are reserved, each at most once.
//!
//! The caller's reference makes a repetition safe: the first record for it is the only one. Writers on one quote wait for
//! each other on its row, so that what remains is never reserved twice.

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{OrderId, QuoteId, QuoteLineId};
use kernel::{Currency, Fault, Money, Quantity};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::{from_json, to_json};
use platform::stamp::Touch;
use platform::valid::Valid;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::entity::{conversion, line};
use super::http::{QuotePath, keep};
use super::model::{Quote, QuoteLine, QuoteVersion};
use super::part::{Part, PartCharge, PartLine, Taken};
use super::state::QuoteStep;
use super::store;
use super::wire::{QuoteEvent, Whole};
use crate::app::Pricing;
use crate::permission::{ConvertQuotes, ReadQuotes};

/// Reserves quantities of an accepted quote for an order.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConvertQuote {
    /// Unique within the quote; a repetition gets the first record.
    #[schema(min_length = 1, max_length = 128)]
    pub reference: String,
    pub order_id: OrderId,
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub lines: Vec<ConvertLine>,
}

/// How much of which line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConvertLine {
    /// The line's number.
    #[schema(minimum = 1)]
    pub line: i32,
    pub quantity: Quantity,
}

/// A recorded conversion.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuoteConversion)]
pub struct ConversionView {
    #[schema(max_length = 128)]
    pub reference: String,
    pub quote_id: QuoteId,
    #[schema(minimum = 1)]
    pub version_no: i32,
    pub order_id: OrderId,
    /// What was taken of the lines, and what it comes to.
    #[schema(max_items = 500)]
    pub lines: Vec<PartLine>,
    /// What of the quote's minimums falls on it.
    #[schema(max_items = 1000)]
    pub top_ups: Vec<PartCharge>,
    /// What of the quote's surcharges falls on it.
    #[schema(max_items = 1000)]
    pub surcharges: Vec<PartCharge>,
    pub total: Money,
    pub created_at: DateTime<Utc>,
}

fn view(row: conversion::Model, version_no: i32, currency: Currency) -> Result<ConversionView, Problem> {
    let Part { lines, top_ups, surcharges } = from_json(row.part)?;
    Ok(ConversionView {
        reference: row.reference,
        quote_id: row.quote_id.into(),
        version_no,
        order_id: row.order_id.into(),
        lines,
        top_ups,
        surcharges,
        total: Money::from_minor(row.total, currency),
        created_at: row.created_at,
    })
}

/// Decides which lines give how much; more than what is left only where an estimate may be exceeded. Pure.
///
/// # Errors
/// 422 `unknown_line`, `not_positive`, `duplicate_line`; 409 `over_remaining`.
pub fn reserve<'a>(lines: &'a [QuoteLine], wanted: &[ConvertLine], may_exceed: bool) -> Result<Vec<Taken<'a>>, Fault> {
    let by_no: HashMap<i32, &QuoteLine> = lines.iter().map(|line| (line.no, line)).collect();
    let mut taken: Vec<Taken<'a>> = Vec::with_capacity(wanted.len());
    for (place, want) in wanted.iter().enumerate() {
        let fault = |code, message: String| Err(Fault::field(format!("/lines/{place}"), code, message));
        let Some(line) = by_no.get(&want.line) else { return fault("unknown_line", format!("The quote has no line {}.", want.line)) };
        if want.quantity <= Quantity::ZERO {
            return fault("not_positive", "A converted quantity is more than nothing.".into());
        }
        if taken.iter().any(|other| other.line.no == want.line) {
            return fault("duplicate_line", format!("Line {} is named twice.", want.line));
        }
        let exceeds = may_exceed && !line.agreed_quantity().is_zero();
        if want.quantity > line.remaining() && !exceeds {
            let detail = format!("Line {} has {} left.", want.line, line.remaining());
            return Err(Fault::conflict("over_remaining", detail).with_fact("remaining", format!("\"{}\"", line.remaining())));
        }
        taken.push(Taken { line, quantity: want.quantity });
    }
    Ok(taken)
}

/// Refuses what would bring an estimate over the amount that it may not exceed.
///
/// # Errors
/// 409 `over_not_to_exceed`.
fn within(limit: Option<Money>, before: Money, part: Money) -> Result<(), Fault> {
    let (Some(limit), sum) = (limit, before.plus(part)?) else { return Ok(()) };
    if sum.minor() <= limit.minor() {
        return Ok(());
    }
    let detail = format!("Orders of the estimate would come to {sum}; it may not exceed {limit}.");
    Err(Fault::conflict("over_not_to_exceed", detail)
        .with_fact("not_to_exceed", format!("\"{limit}\""))
        .with_fact("ordered", format!("\"{before}\"")))
}

/// True when nothing of the lines is left once `taken` is.
fn is_whole(lines: &[QuoteLine], taken: &[Taken<'_>]) -> bool {
    let now = |line: &QuoteLine| taken.iter().find(|one| one.line.id == line.id).map_or(Quantity::ZERO, |one| one.quantity);
    lines.iter().all(|line| line.remaining() <= now(line))
}

async fn recorded<C: ConnectionTrait>(db: &C, quote: QuoteId, reference: &str) -> Result<Option<conversion::Model>, Problem> {
    let query = conversion::Entity::find().filter(conversion::Column::QuoteId.eq(quote.uuid()));
    Ok(query.filter(conversion::Column::Reference.eq(reference)).one(db).await?)
}

/// What orders of a version came to before.
async fn ordered_before<C: ConnectionTrait>(db: &C, version: &QuoteVersion) -> Result<Money, Problem> {
    let query = conversion::Entity::find().select_only().column(conversion::Column::Total);
    let query =
        query.filter(conversion::Column::QuoteId.eq(version.quote.uuid())).filter(conversion::Column::VersionId.eq(version.id.uuid()));
    let totals: Vec<i64> = query.into_tuple().all(db).await?;
    let currency = version.total.currency();
    Ok(Money::sum(currency, totals.into_iter().map(|minor| Money::from_minor(minor, currency)))?)
}

async fn save_converted(tx: &Tx, id: QuoteLineId, converted: Quantity) -> Result<(), Problem> {
    let value = Expr::value(converted.scaled());
    line::Entity::update_many().col_expr(line::Column::Converted, value).filter(line::Column::Id.eq(id.uuid())).exec(tx).await?;
    Ok(())
}

/// Reserve quantities of an accepted quote for an order.
#[utoipa::path(post, path = "/v1/quotes/{quote_id}/conversions", params(QuotePath), request_body = ConvertQuote,
    responses((status = 201, body = ConversionView), (status = 200, body = ConversionView)))]
async fn convert(
    caller: Caller<ConvertQuotes>,
    path: Path<QuotePath>,
    command: Valid<ConvertQuote>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "quote.convert", async |tx| {
            store::lock(tx, path.quote_id).await?;
            let quote = store::find(tx, caller.scope(), path.quote_id).await?;
            let version = store::version(tx, caller.scope(), &quote, quote.current_no).await?;
            if let Some(first) = recorded(tx, quote.id, &command.reference).await? {
                return Reply::ok(&view(first, version.no, quote.currency)?);
            }
            let (version_no, currency) = (version.no, quote.currency);
            let row = write(tx, quote, version, &command).await?;
            let location = format!("/v1/quotes/{}/conversions", path.quote_id);
            Reply::created(location, &view(row, version_no, currency)?)
        })
        .await
}

async fn write(tx: &Tx, quote: Quote, version: QuoteVersion, command: &ConvertQuote) -> Result<conversion::Model, Problem> {
    let lines = store::lines(tx, &quote, version.id).await?;
    // A quote that cannot be converted says so before its lines are looked at.
    super::state::next_state(version.state, QuoteStep::ConvertPart).or_else(|fault| exhausted(&lines, command, fault))?;
    let taken = reserve(&lines, &command.lines, version.not_to_exceed.is_some())?;
    let charges = version.agreed.as_ref().map_or(&version.charges, |agreed| &agreed.charges);
    let part = Part::of(&taken, charges, quote.currency)?;
    let total = part.total(quote.currency)?;
    within(version.not_to_exceed, ordered_before(tx, &version).await?, total)?;
    let step = if is_whole(&lines, &taken) { QuoteStep::ConvertRest } else { QuoteStep::ConvertPart };
    for one in &taken {
        save_converted(tx, one.line.id, one.line.converted.plus(one.quantity)?).await?;
    }
    let before = QuoteEvent::of(&quote, &version);
    let version = version.step(step, Touch::of(tx))?;
    let Whole { quote, version, .. } = keep(tx, quote, version, "quote.converted", &before).await?;
    let row = conversion::Model {
        id: kernel::id::new_uuid(),
        quote_id: quote.id.uuid(),
        version_id: version.id.uuid(),
        reference: command.reference.clone(),
        order_id: command.order_id.uuid(),
        part: to_json(&part)?,
        total: total.minor(),
        created_at: tx.now(),
        created_by: Some(tx.actor().id),
    };
    conversion::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    Ok(row)
}

/// A fully converted quote refuses more by what is left, which tells the caller more than its state.
fn exhausted(lines: &[QuoteLine], command: &ConvertQuote, fault: Fault) -> Result<super::state::QuoteState, Fault> {
    let all_ordered = !lines.is_empty() && lines.iter().all(|line| line.remaining().is_zero());
    match reserve(lines, &command.lines, false) {
        Err(over) if all_ordered => Err(over),
        _ => Err(fault),
    }
}

/// List what became of a quote.
#[utoipa::path(get, path = "/v1/quotes/{quote_id}/conversions", params(QuotePath), responses((status = 200, body = Vec<ConversionView>)))]
async fn conversions(caller: Caller<ReadQuotes>, path: Path<QuotePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let quote = store::find(db, caller.scope(), path.quote_id).await?;
    let query = conversion::Entity::find().filter(conversion::Column::QuoteId.eq(quote.id.uuid())).order_by_asc(conversion::Column::Id);
    let rows = query.all(db).await?;
    let views: Vec<ConversionView> = rows.into_iter().map(|row| view(row, quote.current_no, quote.currency)).collect::<Result<_, _>>()?;
    Reply::ok(&views)
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; convert, conversions]
}
