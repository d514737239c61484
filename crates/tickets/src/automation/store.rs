//! Queries of automations, their tasks and runs. Every member of staff sees the rules, and the runs of their branches; no
//! customer sees either.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::AutomationId;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Set};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::Automation;
use super::{run_entity, task_entity};
use crate::intake::mailbox::store::of_staff;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: AutomationId) -> Result<Automation, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    automation(row.ok_or_else(|| Fault::not_found(AutomationId::NOUN))?)
}

/// The active rules, in the order in which they are tried.
pub(crate) async fn active<C: ConnectionTrait>(db: &C) -> Result<Vec<Automation>, Problem> {
    let active = Entity::find().filter(Column::Active.eq(true)).order_by_asc(Column::Position).order_by_asc(Column::Id);
    active.all(db).await?.into_iter().map(automation).collect()
}

/// # Errors
/// 409 `external_ref_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, rule: &Automation) -> Result<(), Problem> {
    Entity::insert(row(rule)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read; 409 `external_ref_taken`.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, rule: &Automation) -> Result<(), Problem> {
    rows::save(db, row(rule)?, rule.id.uuid(), rule.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another automation has this external reference."))
}

/// The tasks that are due.
pub(super) async fn due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<task_entity::Model>, Problem> {
    let waiting = task_entity::Entity::find().filter(task_entity::Column::DoneAt.is_null()).filter(task_entity::Column::DueAt.lte(now));
    Ok(waiting.order_by_asc(task_entity::Column::DueAt).order_by_asc(task_entity::Column::Id).limit(limit).all(db).await?)
}

/// Takes a task; false when it was done already.
pub(super) async fn take(tx: &Tx, task: Uuid) -> Result<bool, Problem> {
    let done = task_entity::ActiveModel { done_at: Set(Some(tx.now())), ..task_entity::ActiveModel::default() };
    let update = task_entity::Entity::update_many().set(done).filter(task_entity::Column::Id.eq(task));
    Ok(update.filter(task_entity::Column::DoneAt.is_null()).exec(tx).await?.rows_affected == 1)
}

/// Forgets some of what was tried before `until`; says how many. What keeps a rule that waits from running twice is kept.
pub(super) async fn forget(db: &Db, until: DateTime<Utc>, limit: u64) -> Result<u64, Problem> {
    let done =
        task_entity::Entity::find().select_only().column(task_entity::Column::Id).filter(task_entity::Column::AutomationId.is_null());
    let done = done.filter(task_entity::Column::DoneAt.lt(until)).order_by_asc(task_entity::Column::DoneAt).limit(limit);
    let ids: Vec<Uuid> = done.into_tuple().all(db.read()).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let forgotten = async |tx: &Tx| {
        let these = task_entity::Entity::delete_many().filter(task_entity::Column::Id.is_in(ids.iter().copied()));
        Ok(these.exec(tx).await?.rows_affected)
    };
    db.write("automation.forget", forgotten).await
}

/// Leaves a line of the log to be written with what was done.
pub(super) fn log(tx: &Tx, run: run_entity::Model) {
    tx.write_later(run_entity::Entity::insert(run.into_active_model()).into_query());
}

/// The log of one rule.
pub(crate) fn runs(scope: &RowScope, rule: AutomationId) -> Select<run_entity::Entity> {
    let visible = run_entity::Entity::find().filter(of_staff(scope, run_entity::Column::BranchId));
    visible.filter(run_entity::Column::AutomationId.eq(rule.uuid()))
}

fn row(rule: &Automation) -> Result<Model, Problem> {
    Ok(Model {
        id: rule.id.uuid(),
        version: rule.stamp.version,
        created_at: rule.stamp.created_at,
        updated_at: rule.stamp.updated_at,
        created_by: rule.stamp.created_by,
        updated_by: rule.stamp.updated_by,
        external_ref: rule.external_ref.clone(),
        name: rule.name.clone(),
        position: rule.position,
        active: rule.active,
        terms: to_json(&rule.terms)?,
    })
}

/// The rule of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn automation(row: Model) -> Result<Automation, Problem> {
    let stamp = stamp_of!(row);
    Ok(Automation {
        id: row.id.into(),
        stamp,
        external_ref: row.external_ref,
        name: row.name,
        position: row.position,
        active: row.active,
        terms: from_json(row.terms)?,
    })
}
