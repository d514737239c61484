//! Counting attempts, in the database so that replicas count together.

use chrono::{DateTime, TimeDelta, Utc};
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ConnectionTrait, QuerySelect as _};
use sha2::{Digest as _, Sha256};

use super::entity::{ActiveModel, Column, Entity};
use super::model::{Attempts, Decision, Subject, decide};

/// The key of a counter.
pub(crate) fn key(subject: Subject, name: &str) -> Vec<u8> {
    let kind: &[u8] = match subject {
        Subject::Account => b"account:",
        Subject::Address => b"address:",
    };
    Sha256::digest([kind, name.as_bytes()].concat()).to_vec()
}

/// Counts one attempt, or says how long to wait.
pub(crate) async fn reserve<C: ConnectionTrait>(
    db: &C,
    subject: Subject,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>, Problem> {
    let key = key(subject, name);
    let stored = Entity::find_by_id(key.clone()).lock_exclusive().one(db).await?;
    let before = stored.map(|row| Attempts { count: u32::try_from(row.count).unwrap_or(u32::MAX), last_at: row.last_at });
    let next = match decide(subject, before, now) {
        Decision::Wait(left) => return Ok(Some(left)),
        Decision::Allow(next) => next,
    };
    let mut again = OnConflict::column(Column::Subject);
    again.update_columns([Column::Count, Column::LastAt]);
    let row = ActiveModel { subject: Set(key), count: Set(next.count.into()), last_at: Set(next.last_at) };
    Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(None)
}

/// Forgets an account's attempts after a success.
pub(crate) async fn clear<C: ConnectionTrait>(db: &C, subject: Subject, name: &str) -> Result<(), Problem> {
    Entity::delete_by_id(key(subject, name)).exec(db).await?;
    Ok(())
}

/// Takes back the count of an attempt that succeeded: a busy office behind one address is not a guesser.
pub(crate) async fn forgive<C: ConnectionTrait>(db: &C, subject: Subject, name: &str) -> Result<(), Problem> {
    let update = Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
        .filter(Column::Subject.eq(key(subject, name)))
        .filter(Column::Count.gt(0));
    update.exec(db).await?;
    Ok(())
}

/// Removes counters that have been forgiven; a worker's step.
pub(crate) async fn prune<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64, Problem> {
    Ok(Entity::delete_many().filter(Column::LastAt.lte(now - TimeDelta::hours(1))).exec(db).await?.rows_affected)
}
