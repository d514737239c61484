//! Credit memos over HTTP.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use platform::{operations, permissions};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::request::CreateCreditMemo;
use super::view::{CreditMemoDetail, CreditMemoView};
use super::{ops, store};
use crate::Orders;
use crate::invoice::store as invoices;
use crate::payment::request::{ApplyUnapplied, Unapply, on};
use crate::payment::store as payments;

permissions! {
    /// See credit memos.
    pub ReadCreditMemos = "credit-memos:read";
    /// Make credit memos.
    pub WriteCreditMemos = "credit-memos:write";
    /// Apply credit memos and take applications back.
    pub ApplyCreditMemos = "credit-memos:apply";
}

/// The list of credit memos.
pub(super) struct CreditMemoList;

impl ListSpec for CreditMemoList {
    type Entity = Entity;
    type View = CreditMemoView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("bill_to_id", Column::BillToId),
        Field::uuid("invoice_id", Column::InvoiceId),
        Field::text("number", Column::Number).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::date("issue_date", Column::IssueDate).sortable().nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct CreditMemoPath {
    credit_memo_id: Uuid,
}

async fn detail<C: ConnectionTrait>(db: &C, memo: &Model) -> Result<CreditMemoDetail, Problem> {
    let lines = store::lines(db, memo.id).await?;
    let applications = payments::applications(db, memo.id).await?;
    CreditMemoDetail::of(memo, &lines, &applications)
}

async fn tagged(tx: &Tx, memo: Model) -> Result<Reply, Problem> {
    Ok(Reply::ok(&detail(tx, &memo).await?)?.tagged(memo.version))
}

/// List credit memos.
#[utoipa::path(get, path = "/v1/credit-memos", params(Listing<CreditMemoList>), responses((status = 200, body = Page<CreditMemoView>)))]
async fn list(caller: Caller<ReadCreditMemos>, listing: Listing<CreditMemoList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| CreditMemoView::of(&row))?)
}

/// Fetch a credit memo with its lines and applications.
#[utoipa::path(get, path = "/v1/credit-memos/{credit_memo_id}", params(CreditMemoPath), responses((status = 200, body = CreditMemoDetail)))]
async fn fetch(caller: Caller<ReadCreditMemos>, path: Path<CreditMemoPath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let memo = store::find(app.db.read(), caller.scope(), path.credit_memo_id).await?;
    Ok(Reply::ok(&detail(app.db.read(), &memo).await?)?.tagged(memo.version))
}

/// Credit lines of an invoice.
///
/// Posts the credit memo and settles its invoice with it; what the invoice does not owe stays unapplied.
#[utoipa::path(post, path = "/v1/credit-memos", request_body = CreateCreditMemo, responses((status = 201, body = CreditMemoDetail)))]
async fn create(caller: Caller<WriteCreditMemos>, command: Valid<CreateCreditMemo>, app: Data<Orders>) -> Result<Reply, Problem> {
    let today = app.today();
    app.db
        .command(&caller, "credit_memo.create", async |tx| {
            let invoice = invoices::find(tx, caller.scope(), command.invoice_id).await?;
            let memo = ops::create(tx, &invoice, &command, today).await?;
            Ok(Reply::created(format!("/v1/credit-memos/{}", memo.id), &detail(tx, &memo).await?)?.tagged(memo.version))
        })
        .await
}

/// Apply what is unapplied of a credit memo.
#[utoipa::path(post, path = "/v1/credit-memos/{credit_memo_id}/apply", params(CreditMemoPath), request_body = ApplyUnapplied, responses((status = 200, body = CreditMemoDetail)))]
async fn apply(
    caller: Caller<ApplyCreditMemos>,
    path: Path<CreditMemoPath>,
    expected: IfMatch,
    command: Valid<ApplyUnapplied>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let date = on(command.effective_on, "/effective_on", app.today())?;
    app.db
        .command(&caller, "credit_memo.apply", async |tx| {
            let current = store::find(tx, caller.scope(), path.credit_memo_id).await?;
            expected.check(current.version)?;
            tagged(tx, ops::apply(tx, current, &command.application, date).await?).await
        })
        .await
}

/// Take applications of a credit memo back.
#[utoipa::path(post, path = "/v1/credit-memos/{credit_memo_id}/unapply", params(CreditMemoPath), request_body = Unapply, responses((status = 200, body = CreditMemoDetail)))]
async fn unapply(
    caller: Caller<ApplyCreditMemos>,
    path: Path<CreditMemoPath>,
    expected: IfMatch,
    command: Valid<Unapply>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let date = on(command.effective_on, "/effective_on", app.today())?;
    app.db
        .command(&caller, "credit_memo.unapply", async |tx| {
            let current = store::find(tx, caller.scope(), path.credit_memo_id).await?;
            expected.check(current.version)?;
            tagged(tx, ops::unapply(tx, current, command.application_ids.as_deref(), date).await?).await
        })
        .await
}

/// The operations on credit memos.
#[must_use]
pub fn operations() -> Operations {
    operations!["credit-memos"; list, fetch, create, apply, unapply]
}
