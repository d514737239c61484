//! `/v1/operations/{operation_id}`: how far a job is, its result, and stopping it.
//!
//! A job is seen by the principal that asked for it and by callers whose rows are not limited; for others it does not
//! exist. Cancelling needs no `If-Match`, because a running job's version rises with each slice.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::OperationId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Job, State};
use super::store::{self, Visible};
use super::{Jobs, change};
use crate::caller::Caller;
use crate::operation::Operations;
use crate::operations;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::scope::RowScope;

crate::permissions! {
    /// See long-running operations.
    pub ReadOperations = "operations:read";
    /// Stop long-running operations.
    pub CancelOperations = "operations:cancel";
}

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OperationPath {
    operation_id: OperationId,
}

/// How far a job is, in units of its own kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    #[schema(minimum = 0)]
    done: i64,
    /// Null while it is not known.
    #[schema(minimum = 0)]
    total: Option<i64>,
}

/// A long-running operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationView {
    id: OperationId,
    /// What is done, such as `bill_run`.
    #[schema(max_length = 64, example = "bill_run")]
    kind: String,
    state: State,
    progress: Progress,
    /// Present when the state is `done`; its shape depends on the kind.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// A problem document, present when the state is `failed`.
    #[schema(value_type = Option<Object>)]
    problem: Option<serde_json::Value>,
    requested_by: uuid::Uuid,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<&Job> for OperationView {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind.clone(),
            state: job.state,
            progress: Progress { done: job.done, total: job.total },
            result: job.result.clone(),
            problem: job.problem.clone(),
            requested_by: job.requested_by,
            version: job.version,
            created_at: job.created_at,
            updated_at: job.updated_at,
            finished_at: job.finished_at,
        }
    }
}

impl Job {
    /// 202 with the job and the path where its progress can be read.
    ///
    /// # Errors
    /// `internal` never in practice: when the view cannot be written as JSON.
    pub fn accepted(&self) -> Result<Reply, Problem> {
        Ok(Reply::accepted(format!("/v1/operations/{}", self.id), &OperationView::from(self))?.tagged(self.version))
    }
}

fn visible<P>(caller: &Caller<P>) -> Visible {
    match caller.scope() {
        RowScope::All => Visible::All,
        RowScope::Branches(_) | RowScope::Accounts { .. } => Visible::RequestedBy(caller.actor().id),
    }
}

/// Read a long-running operation.
///
/// Poll until `state` is `done`, `failed` or `cancelled`. With `If-None-Match`, an unchanged operation answers 304.
#[utoipa::path(get, path = "/v1/operations/{operation_id}", params(OperationPath), responses((status = 200, description = "The operation.", body = OperationView)))]
async fn fetch(caller: Caller<ReadOperations>, path: Path<OperationPath>, jobs: Data<Jobs>) -> Result<Reply, Problem> {
    let job = store::find(jobs.db().read(), visible(&caller), path.operation_id).await?;
    Ok(Reply::ok(&OperationView::from(&job))?.tagged(job.version))
}

/// Stop a long-running operation.
///
/// It stops before its next slice of work; what it has done stays done. An operation that has ended is refused with 409.
#[utoipa::path(post, path = "/v1/operations/{operation_id}/cancel", params(OperationPath), responses((status = 200, description = "The cancelled operation.", body = OperationView)))]
async fn cancel(caller: Caller<CancelOperations>, path: Path<OperationPath>, jobs: Data<Jobs>) -> Result<Reply, Problem> {
    jobs.db()
        .command(&caller, "operation.cancel", async |tx| {
            let current = store::find(tx, visible(&caller), path.operation_id).await?;
            let next = current.clone().cancelled(tx.now())?;
            store::save(tx, &next).await?;
            tx.record(change("operation.cancelled", Some(&current), &next));
            Ok(Reply::ok(&OperationView::from(&next))?.tagged(next.version))
        })
        .await
}

/// The operations of a service that has jobs.
#[must_use]
pub fn operations() -> Operations {
    operations!["operations"; fetch, cancel]
}
