//! Bill runs over HTTP.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
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
use super::request::{CommitBillRun, CreateBillRun};
use super::view::{BillRunDetail, BillRunView};
use super::{ops, store};
use crate::Orders;

permissions! {
    /// See bill runs.
    pub ReadBillRuns = "bill-runs:read";
    /// Preview and commit bill runs.
    pub WriteBillRuns = "bill-runs:write";
}

/// The list of bill runs.
pub(super) struct BillRunList;

impl ListSpec for BillRunList {
    type Entity = Entity;
    type View = BillRunView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, &["previewed", "committing", "done", "done_with_errors"]),
        Field::date("period_end", Column::PeriodEnd),
        Field::instant("created_at", Column::CreatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-created_at";
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct BillRunPath {
    bill_run_id: Uuid,
}

/// List bill runs.
#[utoipa::path(get, path = "/v1/bill-runs", params(Listing<BillRunList>), responses((status = 200, body = Page<BillRunView>)))]
async fn list(caller: Caller<ReadBillRuns>, listing: Listing<BillRunList>, app: Data<Orders>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| BillRunView::of(&row)))
}

/// Fetch a bill run with its groups.
#[utoipa::path(get, path = "/v1/bill-runs/{bill_run_id}", params(BillRunPath), responses((status = 200, body = BillRunDetail)))]
async fn fetch(caller: Caller<ReadBillRuns>, path: Path<BillRunPath>, app: Data<Orders>) -> Result<Reply, Problem> {
    let run = store::find(app.db.read(), caller.scope(), path.bill_run_id).await?;
    let groups = store::groups(app.db.read(), run.id).await?;
    Ok(Reply::ok(&BillRunDetail::of(&run, &groups)?)?.tagged(run.version))
}

/// Preview a bill run.
///
/// Shows the invoices that a commit would make and the hash that names them; writes no invoice.
#[utoipa::path(post, path = "/v1/bill-runs", request_body = CreateBillRun, responses((status = 201, body = BillRunDetail)))]
async fn create(caller: Caller<WriteBillRuns>, command: Valid<CreateBillRun>, app: Data<Orders>) -> Result<Reply, Problem> {
    command.check(app.today())?;
    app.db
        .command(&caller, "bill_run.create", async |tx| {
            let (run, groups) = ops::create(tx, caller.scope(), &command).await?;
            Ok(Reply::created(format!("/v1/bill-runs/{}", run.id), &BillRunDetail::of(&run, &groups)?)?.tagged(run.version))
        })
        .await
}

/// Commit a bill run.
///
/// Posts one invoice per group. Groups that fail are listed with their reason and keep their billables open. Committing a
/// run again resumes it; invoices are made once.
#[utoipa::path(post, path = "/v1/bill-runs/{bill_run_id}/commit", params(BillRunPath), request_body = CommitBillRun, responses((status = 200, body = BillRunDetail)))]
async fn commit(
    caller: Caller<WriteBillRuns>,
    path: Path<BillRunPath>,
    command: Valid<CommitBillRun>,
    app: Data<Orders>,
) -> Result<Reply, Problem> {
    let begun = app.db.write_as(caller.actor(), "bill_run.begin", async |tx| {
        let run = store::find(tx, caller.scope(), path.bill_run_id).await?;
        ops::begin(tx, caller.scope(), run, &command.preview_hash).await
    });
    ops::carry_out(&app.db, &begun.await?, app.today()).await?;
    app.db
        .command(&caller, "bill_run.commit", async |tx| {
            let (run, groups) = ops::end(tx, store::find(tx, caller.scope(), path.bill_run_id).await?).await?;
            Ok(Reply::ok(&BillRunDetail::of(&run, &groups)?)?.tagged(run.version))
        })
        .await
}

/// The operations on bill runs.
#[must_use]
pub fn operations() -> Operations {
    operations!["bill-runs"; list, fetch, create, commit]
}
