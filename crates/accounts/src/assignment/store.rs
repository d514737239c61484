//! Queries of assignments, which only staff may see.

use kernel::id::{AssignmentId, SiteId, UserId};
use kernel::{Fault, Period};
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{Column, Entity, Model};
use super::model::{Assignee, Assignment, Subject};
use crate::reach::through_account;

/// All assignments of accounts inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only()).filter(through_account(scope, Column::AccountId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: AssignmentId) -> Result<Assignment, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    assignment(row.ok_or_else(|| Fault::not_found(AssignmentId::NOUN))?)
}

/// Every assignment of a subject, for the check of primaries; call it with the account locked.
pub(crate) async fn of_subject<C: ConnectionTrait>(db: &C, subject: Subject) -> Result<Vec<Assignment>, Problem> {
    let site = match subject.site_id {
        Some(site) => Column::SiteId.eq(site.uuid()),
        None => Column::SiteId.is_null(),
    };
    let rows = Entity::find().filter(Column::AccountId.eq(subject.account_id.uuid())).filter(site).all(db).await?;
    rows.into_iter().map(assignment).collect()
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, assignment: &Assignment) -> Result<(), Problem> {
    Entity::insert(row(assignment).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, assignment: &Assignment) -> Result<(), Problem> {
    rows::save(db, row(assignment), assignment.id.uuid(), assignment.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem
        .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another assignment has this external reference."))
        .on_unique("role", || Fault::conflict("primary_overlap", "There is a primary for this subject and role already."))
}

fn row(assignment: &Assignment) -> Model {
    Model {
        id: assignment.id.uuid(),
        version: assignment.stamp.version,
        created_at: assignment.stamp.created_at,
        updated_at: assignment.stamp.updated_at,
        created_by: assignment.stamp.created_by,
        updated_by: assignment.stamp.updated_by,
        external_ref: assignment.external_ref.clone(),
        account_id: assignment.subject.account_id.uuid(),
        site_id: assignment.subject.site_id.map(SiteId::uuid),
        role: assignment.role.to_string(),
        user_id: assignment.assignee.user().map(UserId::uuid),
        team_id: assignment.assignee.team(),
        valid_from: assignment.period.start,
        valid_until: assignment.period.end,
        is_primary: assignment.primary,
    }
}

/// The assignment of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn assignment(row: Model) -> Result<Assignment, Problem> {
    let stamp = stamp_of!(row);
    let assignee = Assignee::checked(row.user_id.map(Into::into), row.team_id).map_err(Problem::internal)?;
    Ok(Assignment {
        id: row.id.into(),
        stamp,
        subject: Subject { account_id: row.account_id.into(), site_id: row.site_id.map(Into::into) },
        role: word(&row.role)?,
        assignee,
        period: Period { start: row.valid_from, end: row.valid_until },
        primary: row.is_primary,
        external_ref: row.external_ref,
    })
}
