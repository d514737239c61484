//! The price calculator over HTTP.

use actix_web::web::Data;
use kernel::{Fault, Money};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde_json::value::RawValue;

use super::desk::{Asked, Desk, refusal};
use super::wire::{BatchLine, LineRefusal, PriceBatchRequest, PriceBatchView, PriceRequest, PricedLineView};
use crate::app::Pricing;
use crate::engine::PricedLine;
use crate::engine::resolve::AMBIGUOUS;
use crate::permission::CalculatePrices;

/// Price one line, with the explanation.
#[utoipa::path(post, path = "/v1/price", operation_id = "calculate", request_body = PriceRequest, responses((status = 200, body = PricedLineView<'static>)))]
async fn price_one(caller: Caller<CalculatePrices>, request: Valid<PriceRequest>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let asked = Asked {
        account: request.account_id,
        site: request.site_id,
        branch: request.branch_id,
        currency: request.currency,
        price_date: request.price_date,
        known_at: request.known_at,
        conversion: request.allow_conversion,
    };
    let desk = Desk::open(&app, caller.scope(), asked, request.line.site_id.into_iter()).await?;
    let line = desk.price(&request.line, None).map_err(|fault| refusal(fault.under("/line")))?;
    let uom = request.line.uom.as_deref().unwrap_or(&line.item.base_uom);
    Reply::ok(&PricedLineView::of(&line, request.line.quantity, uom))
}

/// Price up to 1,000 lines, each with its explanation; a line without a price does not stop the others.
#[utoipa::path(post, path = "/v1/price/batch", operation_id = "calculate_batch", request_body = PriceBatchRequest,
    responses((status = 200, body = PriceBatchView<'static>)))]
async fn price_batch(caller: Caller<CalculatePrices>, request: Valid<PriceBatchRequest>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let asked = Asked {
        account: request.account_id,
        site: request.site_id,
        branch: request.branch_id,
        currency: request.currency,
        price_date: request.price_date,
        known_at: request.known_at,
        conversion: request.allow_conversion,
    };
    let desk = Desk::open(&app, caller.scope(), asked, request.lines.iter().filter_map(|line| line.site_id)).await?;
    let priced: Vec<Result<PricedLine<'_>, Fault>> = request.lines.iter().map(|line| desk.price(line, None)).collect();
    Reply::ok(&batch(&desk, &request, &priced)?)
}

fn batch<'a>(
    desk: &Desk,
    request: &'a PriceBatchRequest,
    priced: &'a [Result<PricedLine<'a>, Fault>],
) -> Result<PriceBatchView<'a>, Problem> {
    let mut lines = Vec::with_capacity(priced.len());
    let mut total = Some(Money::zero(desk.currency));
    for ((place, outcome), line) in (1_usize..).zip(priced).zip(&request.lines) {
        match outcome {
            Ok(one) => {
                let uom = line.uom.as_deref().unwrap_or(&one.item.base_uom);
                total = total.map(|sum| sum.plus(one.calculated.total)).transpose()?;
                lines.push(BatchLine { line: place, priced: Some(PricedLineView::of(one, line.quantity, uom)), refused: None });
            }
            Err(fault) if fault.code == AMBIGUOUS => return Err(refusal(fault.clone())),
            Err(fault) => {
                total = None;
                lines.push(BatchLine { line: place, priced: None, refused: Some(refused(fault)) });
            }
        }
    }
    let complete = total.is_some();
    Ok(PriceBatchView { currency: desk.currency, price_date: desk.price_date, known_at: desk.known_at, lines, complete, total })
}

fn refused(fault: &Fault) -> LineRefusal {
    let levels = fault.facts.iter().find(|(name, _)| *name == "levels_searched");
    let (code, detail) = match fault.errors.first() {
        Some(error) => (error.code.to_string(), error.message.clone()),
        None => (fault.code.to_string(), fault.detail.clone()),
    };
    LineRefusal { code, detail, levels_searched: levels.and_then(|(_, json)| RawValue::from_string(json.clone()).ok()) }
}

pub(crate) fn operations() -> Operations {
    operations!["price"; price_one, price_batch]
}
