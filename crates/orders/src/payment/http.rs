//! Payments over HTTP.

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
use super::model::{Method, State};
use super::request::{ApplyUnapplied, RecordPayment, ReversePayment, Unapply, on};
use super::view::{PaymentDetail, PaymentView};
use super::{ops, store};
use crate::Orders;

permissions! {
    /// See payments.
    pub ReadPayments = "payments:read";
    /// Record payments.
    pub RecordPayments = "payments:record";
    /// Apply payments and take applications back.
    pub ApplyPayments = "payments:apply";
    /// Reverse payments.
    pub ReversePayments = "payments:reverse";
}

/// The list of payments.
pub(super) struct PaymentList;

impl ListSpec for PaymentList {
    type Entity = Entity;
    type View = PaymentView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, State::TEXTS),
        Field::uuid("account_id", Column::AccountId),
        Field::choice("method", Column::Method, Method::TEXTS),
        Field::text("reference", Column::Reference),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::date("received_on", Column::ReceivedOn).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct PaymentPath {
    payment_id: Uuid,
}

/// List payments.
#[utoipa::path(get, path = "/v1/payments", params(Listing<PaymentList>), responses((status = 200, body = Page<PaymentView>)))]
async fn list(caller: Caller<ReadPayments>, listing: Listing<PaymentList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| PaymentView::of(&row))?)
}

/// Fetch a payment with its applications.
#[utoipa::path(get, path = "/v1/payments/{payment_id}", params(PaymentPath), responses((status = 200, body = PaymentDetail)))]
async fn fetch(caller: Caller<ReadPayments>, path: Path<PaymentPath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let payment = store::find(app.db.read(), caller.scope(), path.payment_id).await?;
    let applications = store::applications(app.db.read(), payment.id).await?;
    Ok(Reply::ok(&PaymentDetail::of(&payment, &applications)?)?.tagged(payment.version))
}

fn tagged(recorded: &ops::Recorded) -> Result<Reply, Problem> {
    Ok(Reply::ok(&PaymentDetail::of(&recorded.0, &recorded.1)?)?.tagged(recorded.0.version))
}

/// Record a payment.
///
/// Applies it in the same commit: automatically unless another mode is stated. Explicit amounts are all or nothing.
#[utoipa::path(post, path = "/v1/payments", request_body = RecordPayment, responses((status = 201, body = PaymentDetail)))]
async fn record(caller: Caller<RecordPayments>, command: Valid<RecordPayment>, app: Data<Orders>) -> Result<Reply, Problem> {
    let amount = command.checked(app.today())?;
    if !caller.scope().covers(command.branch_id, Some(command.account_id), None) {
        return Err(Fault::not_found("account").into());
    }
    let _turn = app.turns.at(command.account_id).await;
    app.db
        .lasting_command(&caller, "payment.record", async |tx| {
            let (payment, applications) = ops::record(tx, &command, amount).await?;
            let view = PaymentDetail::of(&payment, &applications)?;
            Ok(Reply::created(format!("/v1/payments/{}", payment.id), &view)?.tagged(payment.version))
        })
        .await
}

/// Apply what is unapplied of a payment.
#[utoipa::path(post, path = "/v1/payments/{payment_id}/apply", params(PaymentPath), request_body = ApplyUnapplied, responses((status = 200, body = PaymentDetail)))]
async fn apply(
    caller: Caller<ApplyPayments>,
    path: Path<PaymentPath>,
    expected: IfMatch,
    command: Valid<ApplyUnapplied>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let date = on(command.effective_on, "/effective_on", app.today())?;
    app.db
        .lasting_command(&caller, "payment.apply", async |tx| {
            let current = store::find(tx, caller.scope(), path.payment_id).await?;
            expected.check(current.version)?;
            tagged(&ops::apply(tx, current, &command, date).await?)
        })
        .await
}

/// Take applications of a payment back.
#[utoipa::path(post, path = "/v1/payments/{payment_id}/unapply", params(PaymentPath), request_body = Unapply, responses((status = 200, body = PaymentDetail)))]
async fn unapply(
    caller: Caller<ApplyPayments>,
    path: Path<PaymentPath>,
    expected: IfMatch,
    command: Valid<Unapply>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let date = on(command.effective_on, "/effective_on", app.today())?;
    app.db
        .lasting_command(&caller, "payment.unapply", async |tx| {
            let current = store::find(tx, caller.scope(), path.payment_id).await?;
            expected.check(current.version)?;
            tagged(&ops::unapply(tx, current, command.application_ids.as_deref(), date).await?)
        })
        .await
}

/// Reverse a payment.
///
/// It was returned, charged back or recorded in error. Its applications are taken back on the same date; once only.
#[utoipa::path(post, path = "/v1/payments/{payment_id}/reverse", params(PaymentPath), request_body = ReversePayment, responses((status = 200, body = PaymentDetail)))]
async fn reverse(
    caller: Caller<ReversePayments>,
    path: Path<PaymentPath>,
    expected: IfMatch,
    command: Valid<ReversePayment>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let date = on(command.reversed_on, "/reversed_on", app.today())?;
    app.db
        .lasting_command(&caller, "payment.reverse", async |tx| {
            let current = store::find(tx, caller.scope(), path.payment_id).await?;
            expected.check(current.version)?;
            tagged(&ops::reverse(tx, current, command.reason, date).await?)
        })
        .await
}

/// The operations on payments.
#[must_use]
pub fn operations() -> Operations {
    operations!["payments"; list, fetch, record, apply, unapply, reverse]
}
