//! Billables over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::{Currency, Fault, Money, PaymentTerms, Quantity, Rate, UnitPrice};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word;
use platform::valid::Valid;
use platform::{operations, permissions};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::{Column, Entity, Model};
use super::model::{NewBillable, SourceType, State, Step};
use super::store;
use crate::Orders;
use crate::ledger::chart::LineKind;

permissions! {
    /// See billables.
    pub ReadBillables = "billables:read";
    /// Add, hold, release and waive billables.
    pub WriteBillables = "billables:write";
}

/// Something to be invoiced that no order line stands for.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBillable {
    pub account_id: Uuid,
    /// The account that pays; the account itself when absent.
    pub bill_to_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    /// What caused it; with `source_seq` and `kind` it can be invoiced once. A fresh source when absent.
    pub source_id: Option<Uuid>,
    #[schema(minimum = 1, maximum = 1000000)]
    pub source_seq: Option<i32>,
    #[serde(default)]
    pub kind: LineKind,
    #[schema(min_length = 1, max_length = 60)]
    pub po_number: Option<String>,
    #[schema(min_length = 1, max_length = 60)]
    pub service_line: Option<String>,
    #[schema(min_length = 1, max_length = 60)]
    pub cost_center: Option<String>,
    /// The terms of its invoice; net30 when absent.
    pub payment_terms: Option<PaymentTerms>,
    /// The local date of the service; or send `completed_at` with `time_zone`.
    pub service_date: Option<NaiveDate>,
    pub completed_at: Option<DateTime<Utc>>,
    #[schema(max_length = 60, example = "America/Los_Angeles")]
    pub time_zone: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    pub description: String,
    pub item_id: Option<Uuid>,
    pub quantity: Quantity,
    #[schema(min_length = 1, max_length = 20)]
    pub uom: Option<String>,
    pub unit_price: UnitPrice,
    pub discount_rate: Option<Rate>,
    pub currency: Currency,
    /// Absent when not taxable.
    #[schema(min_length = 1, max_length = 40)]
    pub tax_code: Option<String>,
    pub tax_rate: Option<Rate>,
    #[schema(min_length = 1, max_length = 60)]
    pub tax_exemption: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateBillable {
    fn service_date(&self) -> Result<NaiveDate, Fault> {
        match (self.service_date, self.completed_at, self.time_zone.as_deref()) {
            (Some(date), None, None) => Ok(date),
            (None, Some(at), Some(zone)) => {
                let unknown = |_| Fault::field("/time_zone", "unknown_time_zone", "Expected an IANA time zone.");
                Ok(at.with_timezone(&zone.parse::<Tz>().map_err(unknown)?).date_naive())
            }
            _ => Err(Fault::field("/service_date", "service_date", "Send service_date, or completed_at together with time_zone.")),
        }
    }

    fn into_new(self) -> Result<NewBillable, Fault> {
        Ok(NewBillable {
            service_date: self.service_date()?,
            source_type: SourceType::Manual,
            source_id: self.source_id.unwrap_or_else(kernel::id::new_uuid),
            source_seq: self.source_seq.unwrap_or(1),
            kind: self.kind,
            account: self.account_id,
            bill_to: self.bill_to_id.unwrap_or(self.account_id),
            branch: self.branch_id,
            site: self.site_id,
            order: self.order_id,
            po_number: self.po_number,
            service_line: self.service_line,
            cost_center: self.cost_center,
            payment_terms: self.payment_terms,
            description: self.description,
            item: self.item_id,
            quantity: self.quantity,
            uom: self.uom,
            unit_price: self.unit_price,
            discount_rate: self.discount_rate.unwrap_or(Rate::ZERO),
            currency: self.currency,
            tax_code: self.tax_code,
            tax_rate: self.tax_rate,
            tax_exemption: self.tax_exemption,
            external_ref: self.external_ref,
        })
    }
}

/// Why a billable is held or waived.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct BillableReason {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Something to be invoiced.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct BillableView {
    pub id: Uuid,
    pub version: i64,
    #[schema(example = "open")]
    pub state: &'static str,
    pub source_type: String,
    pub source_id: Uuid,
    pub source_seq: i32,
    pub kind: LineKind,
    pub account_id: Uuid,
    pub bill_to_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub po_number: Option<String>,
    pub service_line: Option<String>,
    pub cost_center: Option<String>,
    pub payment_terms: Option<String>,
    pub service_date: NaiveDate,
    pub description: String,
    pub item_id: Option<Uuid>,
    pub quantity: Quantity,
    pub uom: Option<String>,
    pub unit_price: UnitPrice,
    pub discount_rate: Rate,
    pub currency: Currency,
    pub amount: Money,
    pub tax_code: Option<String>,
    pub tax_rate: Option<Rate>,
    pub tax_exemption: Option<String>,
    pub invoice_id: Option<Uuid>,
    /// The billable that takes its place after its invoice was voided.
    pub superseded_by: Option<Uuid>,
    pub reason: Option<String>,
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl BillableView {
    pub(super) fn of(row: &Model) -> Result<Self, Problem> {
        let currency: Currency = row.currency.parse()?;
        Ok(Self {
            id: row.id,
            version: row.version,
            state: word::<State>(&row.state)?.as_str(),
            source_type: row.source_type.clone(),
            source_id: row.source_id,
            source_seq: row.source_seq,
            kind: word(&row.kind)?,
            account_id: row.account_id,
            bill_to_id: row.bill_to_id,
            branch_id: row.branch_id,
            site_id: row.site_id,
            order_id: row.order_id,
            po_number: row.po_number.clone(),
            service_line: row.service_line.clone(),
            cost_center: row.cost_center.clone(),
            payment_terms: row.payment_terms.clone(),
            service_date: row.service_date,
            description: row.description.clone(),
            item_id: row.item_id,
            quantity: Quantity::from_scaled(row.quantity),
            uom: row.uom.clone(),
            unit_price: UnitPrice::from_scaled(row.unit_price),
            discount_rate: Rate::from_scaled(row.discount_rate),
            currency,
            amount: Money::from_minor(row.amount, currency),
            tax_code: row.tax_code.clone(),
            tax_rate: row.tax_rate.map(Rate::from_scaled),
            tax_exemption: row.tax_exemption.clone(),
            invoice_id: row.invoice_id,
            superseded_by: row.superseded_by,
            reason: row.reason.clone(),
            external_ref: row.external_ref.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The list of billables.
pub(super) struct BillableList;

impl ListSpec for BillableList {
    type Entity = Entity;
    type View = BillableView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, State::TEXTS),
        Field::uuid("account_id", Column::AccountId),
        Field::uuid("bill_to_id", Column::BillToId),
        Field::uuid("order_id", Column::OrderId).nullable(),
        Field::uuid("invoice_id", Column::InvoiceId).nullable(),
        Field::uuid("source_id", Column::SourceId),
        Field::date("service_date", Column::ServiceDate).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "service_date";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct BillablePath {
    billable_id: Uuid,
}

/// List billables.
#[utoipa::path(get, path = "/v1/billables", params(Listing<BillableList>), responses((status = 200, body = Page<BillableView>)))]
async fn list(caller: Caller<ReadBillables>, listing: Listing<BillableList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| BillableView::of(&row))?)
}

/// Fetch a billable.
#[utoipa::path(get, path = "/v1/billables/{billable_id}", params(BillablePath), responses((status = 200, body = BillableView)))]
async fn fetch(caller: Caller<ReadBillables>, path: Path<BillablePath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let row = store::find(app.db.read(), caller.scope(), path.billable_id).await?;
    Ok(Reply::ok(&BillableView::of(&row)?)?.tagged(row.version))
}

/// Add a billable.
///
/// For work that no order line stands for. Billables of orders are made when their lines are completed.
#[utoipa::path(post, path = "/v1/billables", request_body = CreateBillable, responses((status = 201, body = BillableView)))]
async fn create(caller: Caller<WriteBillables>, command: Valid<CreateBillable>, app: Data<Orders>) -> Result<Reply, Problem> {
    let new = command.into_inner().into_new()?;
    if !caller.scope().covers(new.branch, Some(new.account), new.site) {
        return Err(Fault::not_found("account").into());
    }
    app.db
        .command(&caller, "billable.create", async |tx| {
            let rows = store::insert(tx, std::slice::from_ref(&new)).await?;
            let row = rows.first().ok_or_else(|| Problem::internal("no billable was written"))?;
            Ok(Reply::created(format!("/v1/billables/{}", row.id), &BillableView::of(row)?)?.tagged(row.version))
        })
        .await
}

/// Hold a billable.
#[utoipa::path(post, path = "/v1/billables/{billable_id}/hold", params(BillablePath), request_body = BillableReason, responses((status = 200, body = BillableView)))]
async fn hold(
    caller: Caller<WriteBillables>,
    path: Path<BillablePath>,
    expected: IfMatch,
    command: Valid<BillableReason>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    take(&caller, path.billable_id, expected, (Step::Hold, &command.reason), &app).await
}

/// Release a held billable.
#[utoipa::path(post, path = "/v1/billables/{billable_id}/release", params(BillablePath), request_body = BillableReason, responses((status = 200, body = BillableView)))]
async fn release(
    caller: Caller<WriteBillables>,
    path: Path<BillablePath>,
    expected: IfMatch,
    command: Valid<BillableReason>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    take(&caller, path.billable_id, expected, (Step::Release, &command.reason), &app).await
}

/// Waive a billable.
#[utoipa::path(post, path = "/v1/billables/{billable_id}/waive", params(BillablePath), request_body = BillableReason, responses((status = 200, body = BillableView)))]
async fn waive(
    caller: Caller<WriteBillables>,
    path: Path<BillablePath>,
    expected: IfMatch,
    command: Valid<BillableReason>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    take(&caller, path.billable_id, expected, (Step::Waive, &command.reason), &app).await
}

async fn take(
    caller: &Caller<WriteBillables>,
    id: Uuid,
    expected: IfMatch,
    (step, reason): (Step, &str),
    app: &Orders,
) -> Result<Reply, Problem> {
    app.db
        .command(caller, step.event(), async |tx| {
            let current = store::find(tx, caller.scope(), id).await?;
            expected.check(current.version)?;
            let state = word::<State>(&current.state)?.after(step)?.as_str().to_owned();
            let before = BillableView::of(&current)?;
            let (updated_by, reason) = (Some(tx.actor().id), Some(reason.to_owned()));
            let next = Model { version: current.version + 1, state, reason, updated_at: tx.now(), updated_by, ..current };
            store::save(tx, &next).await?;
            let view = BillableView::of(&next)?;
            let change = Change::new(step.event(), "billable", next.id, next.version).before(&before).after(&view);
            tx.record(change.account(Some(next.account_id)).site(next.site_id).branch(next.branch_id).reason(next.reason.clone()));
            Ok(Reply::ok(&view)?.tagged(next.version))
        })
        .await
}

/// The operations on billables.
#[must_use]
pub fn operations() -> Operations {
    operations!["billables"; list, fetch, create, hold, release, waive]
}
