//! Making orders, amending them before they are confirmed, moving their service.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::{OrderPath, PriceOrders, WriteOrders, current, keep, key, told};
use crate::Orders;
use crate::billable;
use crate::order::completion::Completion;
use crate::order::desk::{self, Addressee};
use crate::order::entity::Model;
use crate::order::model::{Composed, Order};
use crate::order::place::Whereabouts;
use crate::order::price::PricedLines;
use crate::order::request::{AmendOrder, CreateOrder, RescheduleOrder, line_faults};
use crate::order::store;
use crate::order::view::OrderDetail;

/// Make an order, of a quote or of lines.
///
/// Lines without a given price are priced as of the price date; prices never change afterwards. An order of a quote takes
/// the quote's prices as they were promised and reserves its quantities.
#[utoipa::path(post, path = "/v1/orders", request_body = CreateOrder, responses((status = 201, body = OrderDetail)))]
async fn create(caller: Caller<WriteOrders>, command: Valid<CreateOrder>, app: Data<Orders>) -> Result<Reply, Problem> {
    let key = key(&caller)?;
    if let Some(reply) = app.db.replayed(&caller).await? {
        return Ok(reply);
    }
    // A repetition finds its own order here; then nothing is asked or reserved again, and the stored answer is replayed.
    let holder = store::holder(app.db.read(), command.external_ref.as_deref()).await?;
    let composed = if holder.is_some() { None } else { Some(desk::compose(&app, &caller, &command, key).await?) };
    app.db
        .command(&caller, "order.create", async |tx| match &composed {
            Some(composed) => insert(tx, &command, composed).await,
            None => Err(store::taken(holder).into()),
        })
        .await
}

/// Writes a new order and answers with it.
pub(super) async fn insert(tx: &Tx, command: &CreateOrder, composed: &Composed) -> Result<Reply, Problem> {
    if let Some(holder) = store::holder(tx, command.external_ref.as_deref()).await? {
        return Err(store::taken(Some(holder)).into());
    }
    let order = composed.order(command, store::next_number(tx).await?, Touch::of(tx))?;
    let Completion { order, billables } = order.as_history(command.completed_at)?;
    store::insert(tx, &order).await?;
    billable::store::insert(tx, &billables).await?;
    let view = OrderDetail::of(&order)?;
    let reply = Reply::created(format!("/v1/orders/{}", order.row.id), &view)?.tagged(1);
    tx.record(told("order.created", &order, view));
    Ok(reply)
}

/// Amend an order before it is confirmed.
///
/// New lines replace all lines and are priced anew, as of the order's price date.
#[utoipa::path(patch, path = "/v1/orders/{order_id}", params(OrderPath), request_body = AmendOrder, responses((status = 200, body = OrderDetail)))]
async fn amend(
    caller: Caller<WriteOrders>,
    path: Path<OrderPath>,
    expected: IfMatch,
    change: Valid<AmendOrder>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let before = store::find(app.db.read(), caller.scope(), path.order_id).await?;
    let priced = repriced(&app, &caller, &before, &change).await?;
    app.db
        .command(&caller, "order.amend", async |tx| {
            let (order, view) = current(tx, &caller, path.order_id, expected).await?;
            let row = order.row.amend(&change, priced.as_ref(), Touch::of(tx))?;
            let order = Order { row, lines: order.lines };
            let Some(priced) = priced.clone() else { return keep(tx, "order.amended", &view, &order, None).await };
            let order = order.replace_lines(priced);
            store::replace_lines(tx, &order).await?;
            keep(tx, "order.amended", &view, &order, None).await
        })
        .await
}

/// The prices of an amendment's lines.
async fn repriced(app: &Orders, caller: &Caller<WriteOrders>, row: &Model, change: &AmendOrder) -> Result<Option<PricedLines>, Problem> {
    let Some(lines) = &change.lines else { return Ok(None) };
    if row.quote_id.is_some() {
        return Err(Fault::conflict("priced_by_quote", "The lines of a quote's order are the quote's.").into());
    }
    Fault::all(line_faults(lines))?;
    if lines.iter().any(|line| line.given.is_some()) {
        caller.demand::<PriceOrders>()?;
    }
    let (account, site) = (row.account_id.into(), row.site_id.map(Into::into));
    let of = Addressee { account, site, currency: row.currency()?, price_date: row.price_date };
    desk::priced(app, of, lines).await.map(Some)
}

/// Move the service to another date.
///
/// The preparation's due time follows only when the customer wished it and the papers are not ready yet.
#[utoipa::path(post, path = "/v1/orders/{order_id}/reschedule", params(OrderPath), request_body = RescheduleOrder, responses((status = 200, body = OrderDetail)))]
async fn reschedule(
    caller: Caller<WriteOrders>,
    path: Path<OrderPath>,
    expected: IfMatch,
    change: Valid<RescheduleOrder>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let row = store::find(app.db.read(), caller.scope(), path.order_id).await?;
    let place = app.places.find(whereabouts(&row), app.clock.now()).await?;
    app.db
        .command(&caller, "order.reschedule", async |tx| {
            let (order, view) = current(tx, &caller, path.order_id, expected).await?;
            let row = order.row.reschedule(&change, &place.office, Touch::of(tx))?;
            keep(tx, "order.rescheduled", &view, &Order { row, lines: order.lines }, Some(&change.reason)).await
        })
        .await
}

fn whereabouts(row: &Model) -> Whereabouts {
    let (account, bill_to) = (row.account_id.into(), None);
    Whereabouts { account, bill_to, site: row.site_id.map(Into::into), branch: row.branch_id.map(Into::into) }
}

pub(super) fn operations() -> Operations {
    operations!["orders"; create, amend, reschedule]
}
