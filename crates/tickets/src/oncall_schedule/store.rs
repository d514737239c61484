//! Queries of on-call schedules. Staff of some branches see theirs and those of no branch; portal customers see none.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, OnCallOverrideId, OnCallScheduleId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{schedule, standing_in, version};
use super::expansion::Timetable;
use super::model::{OnCallOverride, OnCallSchedule, OnCallVersion};
use crate::intake::mailbox::store::of_staff;

/// Overrides that the roster keeps: those that end last. Older ones are over.
const KEPT: u64 = 2_000;

pub(crate) fn visible(scope: &RowScope) -> Select<schedule::Entity> {
    schedule::Entity::find().filter(of_staff(scope, schedule::Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: OnCallScheduleId) -> Result<OnCallSchedule, Problem> {
    let row = visible(scope).filter(schedule::Column::Id.eq(id.uuid())).one(db).await?;
    Ok(model(row.ok_or_else(|| Fault::not_found(OnCallScheduleId::NOUN))?))
}

/// # Errors
/// 409 `branch_taken` or `default_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, one: &OnCallSchedule) -> Result<(), Problem> {
    schedule::Entity::insert(row(one).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read; 409 `branch_taken` or `default_taken`.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, one: &OnCallSchedule) -> Result<(), Problem> {
    rows::save(db, row(one), one.id.uuid(), one.stamp.version).await.map_err(taken)
}

/// SQLite names the column, PostgreSQL the index.
fn taken(problem: Problem) -> Problem {
    let branch = || Fault::conflict("branch_taken", "Another schedule takes this branch's emergencies.");
    let default = || Fault::conflict("default_taken", "Another schedule is the default.");
    let problem = problem.on_unique("branch_id", branch).on_unique("oncall_schedule_branch", branch);
    problem.on_unique("is_default", default).on_unique("oncall_schedule_default", default)
}

/// The published plans of a schedule, oldest first.
pub(crate) async fn versions<C: ConnectionTrait>(db: &C, id: OnCallScheduleId) -> Result<Vec<OnCallVersion>, Problem> {
    let of_schedule = version::Entity::find().filter(version::Column::ScheduleId.eq(id.uuid())).order_by_asc(version::Column::Number);
    of_schedule.all(db).await?.into_iter().map(published).collect()
}

/// # Errors
/// 412 when another was published meanwhile.
pub(crate) async fn insert_version<C: ConnectionTrait>(db: &C, one: &OnCallVersion) -> Result<(), Problem> {
    let row = version::Model {
        id: one.id.uuid(),
        schedule_id: one.schedule_id.uuid(),
        number: one.number,
        effective_from: one.effective_from,
        published_at: one.published_at,
        published_by: one.published_by,
        plan: to_json(&one.plan)?,
    };
    let inserted = version::Entity::insert(row.into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| Problem::from(error).on_unique("oncall_version", Fault::stale))?;
    Ok(())
}

/// The overrides of a schedule that the caller has been found to see.
pub(crate) fn overrides_of(id: OnCallScheduleId) -> Select<standing_in::Entity> {
    standing_in::Entity::find().filter(standing_in::Column::ScheduleId.eq(id.uuid()))
}

/// # Errors
/// 404 when the schedule has none of this id.
pub(crate) async fn find_override<C: ConnectionTrait>(
    db: &C,
    schedule: OnCallScheduleId,
    id: OnCallOverrideId,
) -> Result<OnCallOverride, Problem> {
    let row = overrides_of(schedule).filter(standing_in::Column::Id.eq(id.uuid())).one(db).await?;
    Ok(standing_in(row.ok_or_else(|| Fault::not_found(OnCallOverrideId::NOUN))?))
}

pub(crate) async fn insert_override<C: ConnectionTrait>(db: &C, one: &OnCallOverride) -> Result<(), Problem> {
    let row = standing_in::Model {
        id: one.id.uuid(),
        schedule_id: one.schedule_id.uuid(),
        level: one.level,
        user_id: one.user_id.uuid(),
        start_at: one.start_at,
        end_at: one.end_at,
        reason: one.reason.clone(),
        created_at: one.created_at,
        created_by: one.created_by,
    };
    standing_in::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// 404 when it was taken away meanwhile.
pub(crate) async fn delete_override<C: ConnectionTrait>(db: &C, id: OnCallOverrideId) -> Result<(), Problem> {
    let gone = standing_in::Entity::delete_by_id(id.uuid()).exec(db).await?;
    if gone.rows_affected == 0 { Err(Fault::not_found(OnCallOverrideId::NOUN).into()) } else { Ok(()) }
}

/// A schedule with all that decides who is on call in a period.
pub(crate) async fn timetable<C: ConnectionTrait>(
    db: &C,
    schedule: OnCallSchedule,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Timetable, Problem> {
    let versions = versions(db, schedule.id).await?;
    let inside = overrides_of(schedule.id).filter(standing_in::Column::EndAt.gt(from)).filter(standing_in::Column::StartAt.lt(to));
    let overrides = inside.order_by_asc(standing_in::Column::Id).all(db).await?;
    Ok(Timetable { schedule, versions, overrides: overrides.into_iter().map(standing_in).collect() })
}

/// Every schedule in use, for the roster.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Timetable>, Problem> {
    let schedules = schedule::Entity::find().filter(schedule::Column::Active.eq(true)).order_by_asc(schedule::Column::Id).all(db).await?;
    if schedules.is_empty() {
        return Ok(Vec::new());
    }
    let plans = version::Entity::find().order_by_asc(version::Column::Number).all(db).await?;
    let versions = plans.into_iter().map(published).collect::<Result<Vec<_>, _>>()?;
    let last = standing_in::Entity::find().order_by_desc(standing_in::Column::EndAt).limit(KEPT).all(db).await?;
    let mut overrides: Vec<OnCallOverride> = last.into_iter().map(standing_in).collect();
    overrides.sort_by_key(|one| one.id);
    let timetable = |schedule: OnCallSchedule| Timetable {
        versions: versions.iter().filter(|one| one.schedule_id == schedule.id).cloned().collect(),
        overrides: overrides.iter().filter(|one| one.schedule_id == schedule.id).cloned().collect(),
        schedule,
    };
    Ok(schedules.into_iter().map(model).map(timetable).collect())
}

fn row(one: &OnCallSchedule) -> schedule::Model {
    schedule::Model {
        id: one.id.uuid(),
        version: one.stamp.version,
        created_at: one.stamp.created_at,
        updated_at: one.stamp.updated_at,
        created_by: one.stamp.created_by,
        updated_by: one.stamp.updated_by,
        name: one.name.clone(),
        branch_id: one.branch_id.map(BranchId::uuid),
        is_default: one.is_default,
        active: one.active,
    }
}

/// The schedule of a row.
pub(crate) fn model(row: schedule::Model) -> OnCallSchedule {
    let stamp = stamp_of!(row);
    OnCallSchedule {
        id: row.id.into(),
        stamp,
        name: row.name,
        branch_id: row.branch_id.map(Into::into),
        is_default: row.is_default,
        active: row.active,
    }
}

fn published(row: version::Model) -> Result<OnCallVersion, Problem> {
    Ok(OnCallVersion {
        id: row.id.into(),
        schedule_id: row.schedule_id.into(),
        number: row.number,
        effective_from: row.effective_from,
        published_at: row.published_at,
        published_by: row.published_by,
        plan: from_json(row.plan)?,
    })
}

/// The override of a row.
pub(crate) fn standing_in(row: standing_in::Model) -> OnCallOverride {
    OnCallOverride {
        id: row.id.into(),
        schedule_id: row.schedule_id.into(),
        level: row.level,
        user_id: row.user_id.into(),
        start_at: row.start_at,
        end_at: row.end_at,
        reason: row.reason,
        created_at: row.created_at,
        created_by: row.created_by,
    }
}
