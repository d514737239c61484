//! Reading and writing jobs.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::OperationId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, ConnectionTrait, IntoActiveModel, QueryOrder};
use serde_json::Value;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::model::Job;
use crate::problem::Problem;
use crate::rows::word;

/// Whose jobs are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visible {
    All,
    /// Only those that this principal asked for.
    RequestedBy(Uuid),
}

impl Visible {
    fn condition(self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::RequestedBy(principal) => Condition::all().add(Column::RequestedBy.eq(principal)),
        }
    }
}

pub(super) async fn find<C: ConnectionTrait>(db: &C, visible: Visible, id: OperationId) -> Result<Job, Problem> {
    let found = Entity::find_by_id(id.uuid()).filter(visible.condition()).one(db).await?;
    found.ok_or_else(|| Problem::from(Fault::not_found(OperationId::NOUN)))?.try_into()
}

/// The job that has waited longest for its next slice; of those that wait equally long, the one with the fewest.
pub(super) async fn next_due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<Option<Job>, Problem> {
    // Written as a literal so that the partial index applies.
    let open = Expr::cust("state IN ('queued', 'running')");
    let found = Entity::find()
        .filter(open)
        .filter(Column::NextAt.lte(now))
        .order_by_asc(Column::NextAt)
        .order_by_asc(Column::Version)
        .one(db)
        .await?;
    found.map(Job::try_from).transpose()
}

pub(super) async fn insert<C: ConnectionTrait>(db: &C, job: &Job) -> Result<(), Problem> {
    Entity::insert(row(job).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the next version; stale when another step was faster.
pub(super) async fn save<C: ConnectionTrait>(db: &C, job: &Job) -> Result<(), Problem> {
    let changed: ActiveModel = sea_orm::ActiveModelTrait::reset_all(row(job).into_active_model());
    let update = Entity::update_many().set(changed).filter(Column::Id.eq(job.id.uuid())).filter(Column::Version.eq(job.version - 1));
    match update.exec(db).await?.rows_affected {
        1 => Ok(()),
        _ => Err(Fault::stale().into()),
    }
}

/// Removes jobs that ended before `before`.
pub(super) async fn prune<C: ConnectionTrait>(db: &C, before: DateTime<Utc>) -> Result<u64, Problem> {
    Ok(Entity::delete_many().filter(Column::FinishedAt.lt(before)).exec(db).await?.rows_affected)
}

fn row(job: &Job) -> Model {
    Model {
        id: job.id.uuid(),
        kind: job.kind.clone(),
        state: job.state.as_str().to_owned(),
        done: job.done,
        total: job.total,
        input: job.input.clone(),
        position: job.position.clone(),
        result: job.result.clone(),
        problem: job.problem.clone(),
        attempts: job.attempts,
        next_at: job.next_at,
        requested_by: job.requested_by,
        version: job.version,
        created_at: job.created_at,
        updated_at: job.updated_at,
        finished_at: job.finished_at,
    }
}

impl TryFrom<Model> for Job {
    type Error = Problem;

    fn try_from(row: Model) -> Result<Self, Problem> {
        let state = word(&row.state)?;
        let present = |value: Option<Value>| value.filter(|value| !value.is_null());
        Ok(Self {
            id: row.id.into(),
            kind: row.kind,
            state,
            done: row.done,
            total: row.total,
            input: row.input,
            position: row.position,
            result: present(row.result),
            problem: present(row.problem),
            attempts: row.attempts,
            next_at: row.next_at,
            requested_by: row.requested_by,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
        })
    }
}
