//! Taking an order from state to state.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::{OrderPath, WriteOrders, current, keep};
use crate::Orders;
use crate::billable::{self, State};
use crate::order::hold::HoldScope;
use crate::order::model::Order;
use crate::order::request::{CompleteOrder, OrderReason};
use crate::order::state::Step;
use crate::order::store;
use crate::order::view::OrderDetail;

/// Why the billables of a held order wait.
pub(super) const ORDER_HELD: &str = "The order is on hold.";

async fn take(caller: &Caller<WriteOrders>, path: &OrderPath, expected: IfMatch, step: Step, app: &Orders) -> Result<Reply, Problem> {
    app.db
        .command(caller, step.event(), async |tx| {
            let (order, before) = current(tx, caller, path.order_id, expected).await?;
            let row = order.row.step(step, Touch::of(tx))?;
            keep(tx, step.event(), &before, &Order { row, lines: order.lines }, None).await
        })
        .await
}

/// Note that an order's papers are ready.
#[utoipa::path(post, path = "/v1/orders/{order_id}/prepare", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn prepare(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Prepare, &app).await
}

/// Confirm a prepared order; refused while it is on hold.
#[utoipa::path(post, path = "/v1/orders/{order_id}/confirm", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn confirm(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Confirm, &app).await
}

/// Schedule a confirmed order for its service date.
#[utoipa::path(post, path = "/v1/orders/{order_id}/schedule", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn schedule(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Schedule, &app).await
}

/// Take a scheduled order off the schedule.
#[utoipa::path(post, path = "/v1/orders/{order_id}/unschedule", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn unschedule(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Unschedule, &app).await
}

/// Dispatch an order; an emergency need not have been scheduled. Refused while it is on hold.
#[utoipa::path(post, path = "/v1/orders/{order_id}/dispatch", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn dispatch(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Dispatch, &app).await
}

/// Call a dispatched order back.
#[utoipa::path(post, path = "/v1/orders/{order_id}/recall", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn recall(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Recall, &app).await
}

/// Begin the work.
#[utoipa::path(post, path = "/v1/orders/{order_id}/start", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn start(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Start, &app).await
}

/// Close a completed order; nothing of it changes any more.
#[utoipa::path(post, path = "/v1/orders/{order_id}/close", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn close(caller: Caller<WriteOrders>, path: Path<OrderPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    take(&caller, &path, expected, Step::Close, &app).await
}

/// Complete an order: what was done becomes billable in the same commit.
#[utoipa::path(post, path = "/v1/orders/{order_id}/complete", params(OrderPath), request_body = CompleteOrder, responses((status = 200, body = OrderDetail)))]
async fn complete(
    caller: Caller<WriteOrders>,
    path: Path<OrderPath>,
    expected: IfMatch,
    command: Valid<CompleteOrder>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "order.complete", async |tx| {
            let (order, before) = current(tx, &caller, path.order_id, expected).await?;
            let sequence = store::next_sequence(tx, order.row.id).await?;
            let done = order.complete(&command, sequence, Touch::of(tx))?;
            store::save_done(tx, &done.order).await?;
            billable::store::insert(tx, &done.billables).await?;
            if done.order.row.held()?.stop(HoldScope::Bill, tx.now()) {
                store::move_billables(tx, path.order_id, (State::Open, State::Held), ORDER_HELD, Touch::of(tx)).await?;
            }
            keep(tx, Step::Complete.event(), &before, &done.order, None).await
        })
        .await
}

/// Open a completed order again, unless some of it is on an invoice. Its billables are waived.
#[utoipa::path(post, path = "/v1/orders/{order_id}/reopen", params(OrderPath), request_body = OrderReason, responses((status = 200, body = OrderDetail)))]
async fn reopen(
    caller: Caller<WriteOrders>,
    path: Path<OrderPath>,
    expected: IfMatch,
    command: Valid<OrderReason>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "order.reopen", async |tx| {
            let (order, before) = current(tx, &caller, path.order_id, expected).await?;
            let order = order.reopen(&command.reason, Touch::of(tx))?;
            store::check_unbilled(tx, path.order_id).await?;
            for state in [State::Open, State::Held] {
                store::move_billables(tx, path.order_id, (state, State::Waived), &command.reason, Touch::of(tx)).await?;
            }
            store::save_done(tx, &order).await?;
            keep(tx, Step::Reopen.event(), &before, &order, Some(&command.reason)).await
        })
        .await
}

/// Cancel an order before its work has begun.
#[utoipa::path(post, path = "/v1/orders/{order_id}/cancel", params(OrderPath), request_body = OrderReason, responses((status = 200, body = OrderDetail)))]
async fn cancel(
    caller: Caller<WriteOrders>,
    path: Path<OrderPath>,
    expected: IfMatch,
    command: Valid<OrderReason>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "order.cancel", async |tx| {
            let (order, before) = current(tx, &caller, path.order_id, expected).await?;
            let row = order.row.step(Step::Cancel, Touch::of(tx))?.because(&command.reason);
            keep(tx, Step::Cancel.event(), &before, &Order { row, lines: order.lines }, Some(&command.reason)).await
        })
        .await
}

pub(super) fn operations() -> Operations {
    operations!["orders"; prepare, confirm, schedule, unschedule, dispatch, recall, start, complete, reopen, close, cancel]
}
