//! Placing and lifting holds.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::steps::ORDER_HELD;
use super::{HoldOrders, OrderPath, current, keep};
use crate::Orders;
use crate::billable::State;
use crate::order::hold::HoldScope;
use crate::order::model::Order;
use crate::order::request::PlaceHold;
use crate::order::store;
use crate::order::view::OrderDetail;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct HoldPath {
    order_id: Uuid,
    hold_id: Uuid,
}

/// Place a hold on an order.
#[utoipa::path(post, path = "/v1/orders/{order_id}/holds", params(OrderPath), request_body = PlaceHold, responses((status = 200, body = OrderDetail)))]
async fn hold(
    caller: Caller<HoldOrders>,
    path: Path<OrderPath>,
    expected: IfMatch,
    command: Valid<PlaceHold>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "order.hold", async |tx| {
            let (order, before) = current(tx, &caller, path.order_id, expected).await?;
            let holds = order.row.held()?.place(command.as_new(), Some(tx.actor().id), tx.now())?;
            let row = order.row.with_holds(&holds, Touch::of(tx))?;
            if holds.stop(HoldScope::Bill, tx.now()) {
                store::move_billables(tx, row.id, (State::Open, State::Held), ORDER_HELD, Touch::of(tx)).await?;
            }
            keep(tx, "order.held", &before, &Order { row, lines: order.lines }, Some(&command.reason)).await
        })
        .await
}

/// Lift a hold.
#[utoipa::path(delete, path = "/v1/orders/{order_id}/holds/{hold_id}", params(HoldPath), responses((status = 200, body = OrderDetail)))]
async fn lift_hold(caller: Caller<HoldOrders>, path: Path<HoldPath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "order.lift_hold", async |tx| {
            let (order, before) = current(tx, &caller, path.order_id, expected).await?;
            let holds = order.row.held()?.lift(path.hold_id)?;
            let row = order.row.with_holds(&holds, Touch::of(tx))?;
            if !holds.stop(HoldScope::Bill, tx.now()) {
                store::move_billables(tx, row.id, (State::Held, State::Open), ORDER_HELD, Touch::of(tx)).await?;
            }
            keep(tx, "order.released", &before, &Order { row, lines: order.lines }, None).await
        })
        .await
}

pub(super) fn operations() -> Operations {
    operations!["orders"; hold, lift_hold]
}
