//! Orders over HTTP: reading, making and changing them, taking them from state to state.

mod bulk;
mod commands;
mod holds;
mod queries;
mod steps;

use actix_web::http::StatusCode;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::outbox::Change;
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::model::Order;
use super::store;
use super::view::OrderDetail;

permissions! {
    /// See orders.
    pub ReadOrders = "orders:read";
    /// Make orders, change them and take them from state to state.
    pub WriteOrders = "orders:write";
    /// Give the prices and taxes of orders by hand.
    pub PriceOrders = "orders:price";
    /// Place and lift holds.
    pub HoldOrders = "orders:hold";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OrderPath {
    order_id: Uuid,
}

/// The idempotency key, which making an order demands.
fn key<P>(caller: &Caller<P>) -> Result<&str, Problem> {
    let detail = "Send an Idempotency-Key, so that a repetition does not make a second order.";
    let missing = || Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_required", detail);
    caller.context().idempotency_key.as_deref().ok_or_else(missing)
}

/// An order as it was read, at the version that the caller decided on.
async fn current<P>(tx: &Tx, caller: &Caller<P>, id: Uuid, expected: IfMatch) -> Result<(Order, OrderDetail), Problem> {
    let order = store::whole(tx, caller.scope(), id).await?;
    expected.check(order.row.version)?;
    let before = OrderDetail::of(&order)?;
    Ok((order, before))
}

/// Writes a changed order, tells of it and answers with it.
async fn keep(tx: &Tx, event: &'static str, before: &OrderDetail, order: &Order, reason: Option<&str>) -> Result<Reply, Problem> {
    store::save(tx, &order.row).await?;
    let after = OrderDetail::of(order)?;
    let reply = Reply::ok(&after)?.tagged(order.row.version);
    tx.record(told(event, order, after).before(before).reason(reason));
    Ok(reply)
}

/// An order's event. Customers hear of everything but holds, and never read why something waits or what we gave.
pub(super) fn told(event: &'static str, order: &Order, after: OrderDetail) -> Change {
    let row = &order.row;
    let change = Change::new(event, "order", row.id, row.version);
    let change = change.account(Some(row.account_id)).site(row.site_id).branch(row.branch_id);
    if HOLD_EVENTS.contains(&event) { change.after(&after) } else { change.after(&after.for_customers()).portal() }
}

/// What only we hear of.
const HOLD_EVENTS: [&str; 2] = ["order.held", "order.released"];

/// The operations on orders.
#[must_use]
pub fn operations() -> Operations {
    queries::operations().and(commands::operations()).and(steps::operations()).and(holds::operations()).and(bulk::operations())
}
