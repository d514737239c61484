//! Reading orders.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{OrderPath, ReadOrders};
use crate::Orders;
use crate::order::entity::{Column, Entity, Model};
use crate::order::state::{Billing, Fulfilment, OrderKind, Priority};
use crate::order::store;
use crate::order::view::{LinePriceView, OrderDetail, OrderView};

/// The list of orders.
struct OrderList;

impl ListSpec for OrderList {
    type Entity = Entity;
    type View = OrderView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("number", Column::Number),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::uuid("account_id", Column::AccountId),
        Field::uuid("bill_to_id", Column::BillToId),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("quote_id", Column::QuoteId).nullable(),
        Field::choice("kind", Column::Kind, OrderKind::TEXTS),
        Field::choice("fulfilment", Column::Fulfilment, Fulfilment::TEXTS),
        Field::choice("billing", Column::Billing, Billing::TEXTS),
        Field::choice("priority", Column::Priority, Priority::TEXTS),
        Field::text("customer_po", Column::CustomerPo).nullable(),
        Field::date("service_date", Column::ServiceDate).nullable().sortable(),
        Field::instant("prep_due_at", Column::PrepDueAt).sortable(),
        Field::instant("prepared_at", Column::PreparedAt).nullable(),
        Field::instant("requested_at", Column::RequestedAt),
        Field::instant("completed_at", Column::CompletedAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct LinePath {
    order_id: Uuid,
    /// The line's number.
    line: i32,
}

/// List orders.
#[utoipa::path(get, path = "/v1/orders", params(Listing<OrderList>), responses((status = 200, body = Page<OrderView>)))]
async fn list(caller: Caller<ReadOrders>, listing: Listing<OrderList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    let customer = caller.scope().is_customer();
    let view = |row: Model| OrderView::of(&row).map(|view| if customer { view.for_customers() } else { view });
    listing.reply(&page.try_map(view)?)
}

/// Fetch an order with its lines.
#[utoipa::path(get, path = "/v1/orders/{order_id}", params(OrderPath), responses((status = 200, body = OrderDetail)))]
async fn fetch(caller: Caller<ReadOrders>, path: Path<OrderPath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let order = store::whole(app.db.read(), caller.scope(), path.order_id).await?;
    let view = OrderDetail::of(&order)?;
    let view = if caller.scope().is_customer() { view.for_customers() } else { view };
    Ok(Reply::ok(&view)?.tagged(order.row.version))
}

/// Fetch the explanation of a line's price, as it was when the order was made.
#[utoipa::path(get, path = "/v1/orders/{order_id}/lines/{line}/price", params(LinePath), responses((status = 200, body = LinePriceView)))]
async fn fetch_line_price(caller: Caller<ReadOrders>, path: Path<LinePath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let order = store::whole(app.db.read(), caller.scope(), path.order_id).await?;
    let line = order.lines.into_iter().find(|line| line.line_no == path.line);
    let view = LinePriceView::of(line.ok_or_else(|| Fault::not_found("order line"))?)?;
    Reply::ok(&if caller.scope().is_customer() { view.for_customers() } else { view })
}

pub(super) fn operations() -> Operations {
    operations!["orders"; list, fetch, fetch_line_price]
}
