//! Turning a quote into orders: quantities of its lines are reserved, each at most once.
//!
//! The caller's reference makes a repetition safe: the first record for it is the only one. Writers on one quote wait for
//! each other on its row, so that what remains is never reserved twice.

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{OrderId, QuoteId, QuoteLineId};
use kernel::{Fault, Quantity};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::entity::{conversion, line};
use super::http::{QuotePath, keep};
use super::model::{Quote, QuoteLine, QuoteVersion};
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
    #[schema(max_items = 500)]
    pub lines: Vec<ConvertLine>,
    pub created_at: DateTime<Utc>,
}

fn view(row: conversion::Model, version_no: i32) -> Result<ConversionView, Problem> {
    Ok(ConversionView {
        reference: row.reference,
        quote_id: row.quote_id.into(),
        version_no,
        order_id: row.order_id.into(),
        lines: serde_json::from_value(row.lines)?,
        created_at: row.created_at,
    })
}

/// Decides which lines give how much. Pure.
///
/// # Errors
/// 422 `unknown_line`, `not_positive`, `duplicate_line`; 409 `over_remaining`.
pub fn reserve(lines: &[QuoteLine], wanted: &[ConvertLine]) -> Result<Vec<QuoteLine>, Fault> {
    let by_no: HashMap<i32, &QuoteLine> = lines.iter().map(|line| (line.no, line)).collect();
    let mut reserved: Vec<QuoteLine> = Vec::with_capacity(wanted.len());
    for (place, want) in wanted.iter().enumerate() {
        let fault = |code, message: String| Err(Fault::field(format!("/lines/{place}"), code, message));
        let Some(line) = by_no.get(&want.line) else { return fault("unknown_line", format!("The quote has no line {}.", want.line)) };
        if want.quantity <= Quantity::ZERO {
            return fault("not_positive", "A converted quantity is more than nothing.".into());
        }
        if reserved.iter().any(|other| other.no == want.line) {
            return fault("duplicate_line", format!("Line {} is named twice.", want.line));
        }
        if want.quantity > line.remaining() {
            let detail = format!("Line {} has {} left.", want.line, line.remaining());
            return Err(Fault::conflict("over_remaining", detail).with_fact("remaining", format!("\"{}\"", line.remaining())));
        }
        reserved.push(QuoteLine { converted: line.converted.plus(want.quantity)?, ..(*line).clone() });
    }
    Ok(reserved)
}

/// True when nothing of the lines is left once `reserved` are written.
fn is_whole(lines: &[QuoteLine], reserved: &[QuoteLine]) -> bool {
    let latest = |line: &QuoteLine| reserved.iter().find(|other| other.id == line.id).unwrap_or(line).remaining();
    lines.iter().all(|line| latest(line).is_zero())
}

async fn recorded<C: ConnectionTrait>(db: &C, quote: QuoteId, reference: &str) -> Result<Option<conversion::Model>, Problem> {
    let query = conversion::Entity::find().filter(conversion::Column::QuoteId.eq(quote.uuid()));
    Ok(query.filter(conversion::Column::Reference.eq(reference)).one(db).await?)
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
                return Reply::ok(&view(first, version.no)?);
            }
            let version_no = version.no;
            let row = write(tx, quote, version, &command).await?;
            let location = format!("/v1/quotes/{}/conversions", path.quote_id);
            Reply::created(location, &view(row, version_no)?)
        })
        .await
}

async fn write(tx: &Tx, quote: Quote, version: QuoteVersion, command: &ConvertQuote) -> Result<conversion::Model, Problem> {
    let lines = store::lines(tx, &quote, version.id).await?;
    // A quote that cannot be converted says so before its lines are looked at.
    super::state::next_state(version.state, QuoteStep::ConvertPart).or_else(|fault| exhausted(&lines, command, fault))?;
    let reserved = reserve(&lines, &command.lines)?;
    let step = if is_whole(&lines, &reserved) { QuoteStep::ConvertRest } else { QuoteStep::ConvertPart };
    for line in &reserved {
        save_converted(tx, line.id, line.converted).await?;
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
        lines: serde_json::to_value(&command.lines)?,
        created_at: tx.now(),
        created_by: Some(tx.actor().id),
    };
    conversion::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    Ok(row)
}

/// A fully converted quote refuses more by what is left, which tells the caller more than its state.
fn exhausted(lines: &[QuoteLine], command: &ConvertQuote, fault: Fault) -> Result<super::state::QuoteState, Fault> {
    let all_ordered = !lines.is_empty() && lines.iter().all(|line| line.remaining().is_zero());
    match reserve(lines, &command.lines) {
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
    let views: Vec<ConversionView> = rows.into_iter().map(|row| view(row, quote.current_no)).collect::<Result<_, _>>()?;
    Reply::ok(&views)
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; convert, conversions]
}
