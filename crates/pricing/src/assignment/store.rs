//! Reading and writing price assignments.

use kernel::Fault;
use kernel::id::{PriceAssignmentId, PricebookId};
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{Column, Entity, Model};
use super::model::{AssignedTo, PriceAssignment};

pub(crate) fn from_row(row: Model) -> Result<PriceAssignment, Problem> {
    let to = AssignedTo::from_columns(&row.subject_kind, row.subject_id, row.segment.as_deref());
    Ok(PriceAssignment {
        id: PriceAssignmentId::from_uuid(row.id),
        book: PricebookId::from_uuid(row.book_id),
        to: to.ok_or_else(|| Problem::internal("an assignment has no subject"))?,
        lane: row.lane,
        period: kernel::Period { start: row.starts_on, end: row.ends_on },
        stamp: stamp_of!(row),
    })
}

fn to_row(assignment: &PriceAssignment, generation: i64) -> Model {
    let (kind, id, segment) = assignment.to.columns();
    Model {
        id: assignment.id.uuid(),
        version: assignment.stamp.version,
        created_at: assignment.stamp.created_at,
        updated_at: assignment.stamp.updated_at,
        created_by: assignment.stamp.created_by,
        updated_by: assignment.stamp.updated_by,
        external_ref: None,
        book_id: assignment.book.uuid(),
        subject_kind: kind.to_owned(),
        subject_id: id,
        segment: segment.map(str::to_owned),
        lane: assignment.lane.clone(),
        starts_on: assignment.period.start,
        ends_on: assignment.period.end,
        generation,
    }
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One assignment.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: PriceAssignmentId) -> Result<PriceAssignment, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(PriceAssignmentId::NOUN))?)
}

/// The assignments of a lane.
pub(crate) async fn in_lane<C: ConnectionTrait>(db: &C, lane: &str) -> Result<Vec<PriceAssignment>, Problem> {
    Entity::find().filter(Column::Lane.eq(lane)).all(db).await?.into_iter().map(from_row).collect()
}

/// The assignments written after a generation, for the price index.
pub(crate) async fn since<C: ConnectionTrait>(db: &C, generation: i64) -> Result<Vec<PriceAssignment>, Problem> {
    Entity::find().filter(Column::Generation.gt(generation)).all(db).await?.into_iter().map(from_row).collect()
}

/// Adds an assignment, under the generation that its transaction has raised.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, assignment: &PriceAssignment, generation: i64) -> Result<(), Problem> {
    Entity::insert(to_row(assignment, generation).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a changed assignment over the version it was read at.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, assignment: &PriceAssignment, generation: i64) -> Result<(), Problem> {
    rows::save(db, to_row(assignment, generation), assignment.id.uuid(), assignment.stamp.version).await
}
