//! The price calculator over HTTP.

use actix_web::web::Data;
use kernel::Fault;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde_json::value::RawValue;

use super::batch::{BatchLine, PriceBatchView};
use super::desk::{Desk, refusal};
use super::wire::{LineRefusal, PriceBatchRequest, PriceRequest, PricedLineView};
use super::{explain, financing};
use crate::app::Pricing;
use crate::engine::document::DocumentLine;
use crate::permission::CalculatePrices;

/// Price one line, with the explanation.
#[utoipa::path(post, path = "/v1/price", operation_id = "calculate", request_body = PriceRequest, responses((status = 200, body = PricedLineView<'static>)))]
async fn price_one(caller: Caller<CalculatePrices>, request: Valid<PriceRequest>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let line = std::slice::from_ref(&request.line);
    let desk = Desk::open(&app, caller.scope(), request.asked(), request.line.site_id.into_iter()).await?;
    let desk = desk.supposing(&app, &caller, request.what_if.as_ref(), line).await?;
    let line = desk.price(&request.line).map_err(|fault| refusal(fault.under("/line")))?;
    let uom = request.line.uom.as_deref().unwrap_or(&line.item.base_uom);
    Reply::ok(&PricedLineView::of(&line, request.line.quantity, uom))
}

/// Price up to 1,000 lines, each with its explanation; a line without a price does not stop the others.
///
/// When every line has a price, the minimums and surcharges in force come with them.
#[utoipa::path(post, path = "/v1/price/batch", operation_id = "calculate_batch", request_body = PriceBatchRequest,
    responses((status = 200, body = PriceBatchView<'static>)))]
async fn price_batch(caller: Caller<CalculatePrices>, request: Valid<PriceBatchRequest>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let desk = Desk::open(&app, caller.scope(), request.asked(), request.lines.iter().filter_map(|line| line.site_id)).await?;
    let desk = desk.supposing(&app, &caller, request.what_if.as_ref(), &request.lines).await?;
    let (priced, totals) = desk.document(&request)?;
    let lines: Vec<BatchLine<'_>> = (1_usize..).zip(&priced).map(|(line, outcome)| batch_line(line, outcome.as_ref())).collect();
    Reply::ok(&PriceBatchView::of(&desk, lines, &priced.iter().flatten().collect::<Vec<_>>(), totals.as_ref())?)
}

fn batch_line<'a>(line: usize, outcome: Result<&'a DocumentLine<'a, 'a>, &Fault>) -> BatchLine<'a> {
    match outcome {
        Ok(one) => BatchLine { line, priced: Some(PricedLineView::of(&one.priced, one.query.quantity, one.query.uom)), refused: None },
        Err(fault) => BatchLine { line, priced: None, refused: Some(refused(fault)) },
    }
}

pub(super) fn refused(fault: &Fault) -> LineRefusal {
    let levels = fault.facts.iter().find(|(name, _)| *name == "levels_searched");
    let (code, detail) = match fault.errors.first() {
        Some(error) => (error.code.to_string(), error.message.clone()),
        None => (fault.code.to_string(), fault.detail.clone()),
    };
    LineRefusal { code, detail, levels_searched: levels.and_then(|(_, json)| RawValue::from_string(json.clone()).ok()) }
}

pub(crate) fn operations() -> Operations {
    operations!["price"; price_one, price_batch].and(explain::operations()).and(financing::operations())
}
