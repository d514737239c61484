//! Invoices over HTTP.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use platform::{operations, permissions};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::entity::{Column, Entity};
use super::model::State;
use super::request::{CreateInvoice, PatchInvoice, VoidInvoice};
use super::view::{InvoiceDetail, InvoiceView};
use super::{ops, store};
use crate::Orders;

permissions! {
    /// See invoices.
    pub ReadInvoices = "invoices:read";
    /// Make and discard invoice drafts.
    pub WriteInvoices = "invoices:write";
    /// Post invoices.
    pub PostInvoices = "invoices:post";
    /// Void posted invoices.
    pub VoidInvoices = "invoices:void";
}

/// The list of invoices.
pub(super) struct InvoiceList;

impl ListSpec for InvoiceList {
    type Entity = Entity;
    type View = InvoiceView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, State::TEXTS),
        Field::boolean("open", Column::Open),
        Field::text("number", Column::Number).nullable(),
        Field::uuid("bill_to_id", Column::BillToId),
        Field::uuid("order_id", Column::OrderId).nullable(),
        Field::uuid("bill_run_id", Column::BillRunId).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::text("po_number", Column::PoNumber).nullable(),
        Field::date("issue_date", Column::IssueDate).sortable().nullable(),
        Field::date("due_date", Column::DueDate).sortable().nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct InvoicePath {
    invoice_id: Uuid,
}

/// List invoices.
#[utoipa::path(get, path = "/v1/invoices", params(Listing<InvoiceList>), responses((status = 200, body = Page<InvoiceView>)))]
async fn list(caller: Caller<ReadInvoices>, listing: Listing<InvoiceList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    let today = app.today();
    listing.reply(&page.try_map(|row| InvoiceView::of(&row, today))?)
}

/// Fetch an invoice with its lines.
#[utoipa::path(get, path = "/v1/invoices/{invoice_id}", params(InvoicePath), responses((status = 200, body = InvoiceDetail)))]
async fn fetch(caller: Caller<ReadInvoices>, path: Path<InvoicePath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let invoice = store::find(app.db.read(), caller.scope(), path.invoice_id).await?;
    let lines = store::lines(app.db.read(), invoice.id).await?;
    Ok(Reply::ok(&InvoiceDetail::of(&invoice, &lines, app.today())?)?.tagged(invoice.version))
}

/// Make an invoice.
///
/// From billables, which it claims, from given lines, or from both. A draft unless `post` is true.
#[utoipa::path(post, path = "/v1/invoices", request_body = CreateInvoice, responses((status = 201, body = InvoiceDetail)))]
async fn create(caller: Caller<WriteInvoices>, command: Valid<CreateInvoice>, app: Data<Orders>) -> Result<Reply, Problem> {
    if command.post {
        caller.demand::<PostInvoices>()?;
    }
    if !caller.scope().covers(command.branch_id, Some(command.bill_to_id), None) {
        return Err(Fault::not_found("account").into());
    }
    let today = app.today();
    app.db
        .command(&caller, "invoice.create", async |tx| {
            let draft = command.assemble(tx, caller.scope()).await?;
            let rows = match command.post {
                true => ops::issue_one(tx, draft, today).await?,
                false => ops::draft(tx, &draft, today).await?,
            };
            Ok(Reply::created(format!("/v1/invoices/{}", rows.0.id), &ops::detail(&rows, today)?)?.tagged(rows.0.version))
        })
        .await
}

/// Change a draft.
#[utoipa::path(patch, path = "/v1/invoices/{invoice_id}", params(InvoicePath), request_body = PatchInvoice, responses((status = 200, body = InvoiceDetail)))]
async fn patch(
    caller: Caller<WriteInvoices>,
    path: Path<InvoicePath>,
    expected: IfMatch,
    command: Valid<PatchInvoice>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let today = app.today();
    app.db
        .command(&caller, "invoice.edit", async |tx| {
            let current = store::find(tx, caller.scope(), path.invoice_id).await?;
            expected.check(current.version)?;
            let lines = store::lines(tx, current.id).await?;
            let next = ops::edit(tx, current, &lines, &command, today).await?;
            Ok(Reply::ok(&InvoiceDetail::of(&next, &lines, today)?)?.tagged(next.version))
        })
        .await
}

/// Post an invoice.
///
/// Gives it its number and dates, freezes it and writes its ledger entry, in one commit.
#[utoipa::path(post, path = "/v1/invoices/{invoice_id}/post", params(InvoicePath), responses((status = 200, body = InvoiceDetail)))]
async fn post(caller: Caller<PostInvoices>, path: Path<InvoicePath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    let today = app.today();
    app.db
        .command(&caller, "invoice.post", async |tx| {
            let current = store::find(tx, caller.scope(), path.invoice_id).await?;
            expected.check(current.version)?;
            let lines = store::lines(tx, current.id).await?;
            let rows = ops::post(tx, current, lines, today).await?;
            Ok(Reply::ok(&ops::detail(&rows, today)?)?.tagged(rows.0.version))
        })
        .await
}

/// Void a posted invoice.
///
/// Only while nothing is applied to it. Its number stays used; its billables become open again as successors.
#[utoipa::path(post, path = "/v1/invoices/{invoice_id}/void", params(InvoicePath), request_body = VoidInvoice, responses((status = 200, body = InvoiceDetail)))]
async fn void(
    caller: Caller<VoidInvoices>,
    path: Path<InvoicePath>,
    expected: IfMatch,
    command: Valid<VoidInvoice>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let today = app.today();
    let on = command.voided_on.unwrap_or(today);
    app.db
        .command(&caller, "invoice.void", async |tx| {
            let current = store::find(tx, caller.scope(), path.invoice_id).await?;
            expected.check(current.version)?;
            let lines = store::lines(tx, current.id).await?;
            let voided = ops::void(tx, current, &lines, on, &command.reason).await?;
            Ok(Reply::ok(&InvoiceDetail::of(&voided, &lines, today)?)?.tagged(voided.version))
        })
        .await
}

/// Discard a draft.
///
/// Its billables become open again.
#[utoipa::path(delete, path = "/v1/invoices/{invoice_id}", params(InvoicePath), responses((status = 204)))]
async fn discard(caller: Caller<WriteInvoices>, path: Path<InvoicePath>, expected: IfMatch, app: Data<Orders>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "invoice.discard", async |tx| {
            let current = store::find(tx, caller.scope(), path.invoice_id).await?;
            expected.check(current.version)?;
            ops::discard(tx, &current).await?;
            Ok(Reply::no_content())
        })
        .await
}

/// The operations on invoices.
#[must_use]
pub fn operations() -> Operations {
    operations!["invoices"; list, fetch, create, patch, post, void, discard]
}
