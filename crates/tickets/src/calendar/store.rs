//! Queries of calendars and their versions. Every member of staff may see them; no customer may.

use kernel::Fault;
use kernel::id::{BranchId, CalendarId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};

use super::entity::{Column, Entity, Model};
use super::model::{BusinessCalendar, CalendarVersion};
use super::version_entity;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: CalendarId) -> Result<BusinessCalendar, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    Ok(calendar(row.ok_or_else(|| Fault::not_found(CalendarId::NOUN))?))
}

/// Demands that the calendar that a request names, if any, is one.
///
/// # Errors
/// 422 at `/calendar_id`.
pub(crate) async fn check_named<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Option<CalendarId>) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    match find(db, scope, id).await {
        Err(problem) if problem.code() == "not_found" => {
            Err(Fault::field("/calendar_id", "unknown_reference", "There is no such calendar.").into())
        }
        outcome => outcome.map(|_| ()),
    }
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, calendar: &BusinessCalendar) -> Result<(), Problem> {
    Entity::insert(row(calendar).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

pub(crate) async fn save<C: ConnectionTrait>(db: &C, calendar: &BusinessCalendar) -> Result<(), Problem> {
    rows::save(db, row(calendar), calendar.id.uuid(), calendar.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem
        .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another calendar has this external reference."))
        .on_unique("calendar_branch", || Fault::conflict("branch_taken", "Another calendar is this branch's."))
}

/// The other calendars that have the branch of this one, or the default that it is to be.
pub(crate) async fn in_place_of<C: ConnectionTrait>(db: &C, calendar: &BusinessCalendar) -> Result<Vec<BusinessCalendar>, Problem> {
    let branch = calendar.branch_id.map(|branch| Column::BranchId.eq(branch.uuid()));
    let default = calendar.is_default.then(|| Column::IsDefault.eq(true));
    if branch.is_none() && default.is_none() {
        return Ok(Vec::new());
    }
    let taken = Condition::any().add_option(branch).add_option(default);
    let rows = Entity::find().filter(Column::Id.ne(calendar.id.uuid())).filter(taken).all(db).await?;
    Ok(rows.into_iter().map(self::calendar).collect())
}

/// The versions of one calendar, oldest first.
pub(crate) async fn versions<C: ConnectionTrait>(db: &C, calendar: CalendarId) -> Result<Vec<CalendarVersion>, Problem> {
    let of_calendar = version_entity::Entity::find().filter(version_entity::Column::CalendarId.eq(calendar.uuid()));
    let rows = of_calendar.order_by_asc(version_entity::Column::Number).all(db).await?;
    rows.into_iter().map(version).collect()
}

/// Every version of every calendar, in order of publication.
pub(crate) async fn all_versions<C: ConnectionTrait>(db: &C) -> Result<Vec<CalendarVersion>, Problem> {
    let rows = version_entity::Entity::find().order_by_asc(version_entity::Column::Number).all(db).await?;
    rows.into_iter().map(version).collect()
}

pub(crate) async fn insert_version<C: ConnectionTrait>(db: &C, version: &CalendarVersion) -> Result<(), Problem> {
    let row = version_entity::Model {
        id: version.id.uuid(),
        calendar_id: version.calendar_id.uuid(),
        number: version.number,
        effective_from: version.effective_from,
        published_at: version.published_at,
        published_by: version.published_by,
        hours: to_json(&version.hours)?,
    };
    let inserted = version_entity::Entity::insert(row.into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| Problem::from(error).on_unique("calendar_version_number", Fault::stale))?;
    Ok(())
}

fn version(row: version_entity::Model) -> Result<CalendarVersion, Problem> {
    Ok(CalendarVersion {
        id: row.id.into(),
        calendar_id: row.calendar_id.into(),
        number: row.number,
        effective_from: row.effective_from,
        published_at: row.published_at,
        published_by: row.published_by,
        hours: from_json(row.hours)?,
    })
}

fn row(calendar: &BusinessCalendar) -> Model {
    Model {
        id: calendar.id.uuid(),
        version: calendar.stamp.version,
        created_at: calendar.stamp.created_at,
        updated_at: calendar.stamp.updated_at,
        created_by: calendar.stamp.created_by,
        updated_by: calendar.stamp.updated_by,
        external_ref: calendar.external_ref.clone(),
        name: calendar.name.clone(),
        branch_id: calendar.branch_id.map(BranchId::uuid),
        is_default: calendar.is_default,
    }
}

/// The calendar of a row.
pub(crate) fn calendar(row: Model) -> BusinessCalendar {
    let stamp = stamp_of!(row);
    BusinessCalendar {
        id: row.id.into(),
        stamp,
        external_ref: row.external_ref,
        name: row.name,
        branch_id: row.branch_id.map(Into::into),
        is_default: row.is_default,
    }
}
