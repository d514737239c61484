//! The explanation of a document's prices for people: each step as a sentence, with what it refers to.

use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Fault, Money};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::Serialize;
use utoipa::ToSchema;

use super::desk::Desk;
use super::http::refused;
use super::sentence::sentence;
use super::wire::{LineRefusal, PriceBatchRequest};
use crate::app::Pricing;
use crate::engine::document::DocumentLine;
use crate::engine::trace::{Sealed, TraceStep};
use crate::permission::CalculatePrices;

/// One step in words, and as it is in the trace.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PriceExplanationStep)]
pub struct SaidStep {
    #[schema(max_length = 500)]
    pub sentence: String,
    pub step: TraceStep,
}

/// A line in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PriceExplanationLine)]
pub struct SaidLine {
    /// Counted from 1, in the order of the request.
    #[schema(minimum = 1, maximum = 1000)]
    pub line: usize,
    #[schema(max_length = 64)]
    pub item_code: Option<String>,
    pub total: Option<Money>,
    pub refused: Option<LineRefusal>,
    /// The hash of the line's trace: the same for the same question on the same data.
    #[schema(max_length = 64)]
    pub hash: Option<String>,
    #[schema(max_items = 10_000)]
    pub steps: Vec<SaidStep>,
}

/// A document in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PriceExplanation)]
pub struct ExplanationView {
    pub currency: Currency,
    pub price_date: NaiveDate,
    pub known_at: DateTime<Utc>,
    #[schema(max_items = 1000)]
    pub lines: Vec<SaidLine>,
    /// What minimums and surcharges add, and the sum; none unless every line has a price.
    #[schema(max_items = 10_000)]
    pub steps: Vec<SaidStep>,
    /// The lines with minimums and surcharges; absent unless every line has a price.
    pub document_total: Option<Money>,
    #[schema(max_length = 64)]
    pub hash: Option<String>,
}

fn said(trace: &Sealed) -> Result<Vec<SaidStep>, Problem> {
    let steps: Vec<TraceStep> = serde_json::from_str(trace.steps.get())?;
    Ok(steps.into_iter().map(|step| SaidStep { sentence: sentence(&step), step }).collect())
}

fn line(line: usize, outcome: &Result<DocumentLine<'_, '_>, Fault>) -> Result<SaidLine, Problem> {
    Ok(match outcome {
        Ok(one) => SaidLine {
            line,
            item_code: Some(one.priced.item.code.clone()),
            total: Some(one.priced.calculated.total),
            refused: None,
            hash: Some(one.priced.trace.hash.clone()),
            steps: said(&one.priced.trace)?,
        },
        Err(fault) => SaidLine { line, item_code: None, total: None, refused: Some(refused(fault)), hash: None, steps: Vec::new() },
    })
}

/// Explain the prices of a document in sentences, each with the step, entry, charge, index value or cost it is about.
#[utoipa::path(post, path = "/v1/price/explain", operation_id = "explain", request_body = PriceBatchRequest,
    responses((status = 200, body = ExplanationView)))]
async fn explain(caller: Caller<CalculatePrices>, request: Valid<PriceBatchRequest>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let desk = Desk::open(&app, caller.scope(), request.asked(), request.lines.iter().filter_map(|line| line.site_id)).await?;
    let desk = desk.supposing(&app, &caller, request.what_if.as_ref(), &request.lines).await?;
    let (priced, totals) = desk.document(&request)?;
    let lines = (1_usize..).zip(&priced).map(|(place, outcome)| line(place, outcome)).collect::<Result<_, _>>()?;
    Reply::ok(&ExplanationView {
        currency: desk.currency,
        price_date: desk.price_date,
        known_at: desk.known_at,
        lines,
        steps: totals.as_ref().map(|totals| said(&totals.trace)).transpose()?.unwrap_or_default(),
        document_total: totals.as_ref().map(|totals| totals.total),
        hash: totals.map(|totals| totals.trace.hash),
    })
}

pub(super) fn operations() -> Operations {
    operations!["price"; explain]
}
