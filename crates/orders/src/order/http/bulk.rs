//! Importing orders: up to 500 in one request, with given prices only, so that nothing but accounts is asked.

use actix_web::web::Data;
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;

use super::commands::insert;
use super::{PriceOrders, key};
use crate::Orders;
use crate::order::desk;
use crate::order::place::Whereabouts;
use crate::order::request::CreateOrder;

/// Import orders with given prices.
#[utoipa::path(post, path = "/v1/orders/bulk", request_body = Bulk<CreateOrder>, responses((status = 200, body = BulkReport)))]
async fn import(caller: Caller<PriceOrders>, items: BulkItems<CreateOrder>, app: Data<Orders>) -> Result<Reply, Problem> {
    key(&caller)?;
    let places = app.places.find_all(items.well_formed().map(Whereabouts::of), app.clock.now()).await?;
    bulk::run(&app.db, &caller, "order.import", &items, async |tx, command| {
        let place = places.get(&Whereabouts::of(command)).ok_or_else(|| Problem::internal("an order's place was not asked for"))?;
        let place = place.as_ref().map_err(|no| Problem::relayed(no.status(), &no.body(None)))?;
        place.check_scope(&caller)?;
        let composed = desk::compose_given(&app, command, place)?;
        insert(tx, command, &composed).await
    })
    .await
}

pub(super) fn operations() -> Operations {
    operations!["orders"; import]
}
