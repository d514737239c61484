//! Reading and writing bill runs and their groups. Runs are for staff; what a run takes is decided by the scope of whoever
//! previews and commits it.

use kernel::Fault;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{CaseStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect, Select};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::group_entity::{self as group, Model as GroupRow};
use super::request::CreateBillRun;
use crate::billable::entity as billable;
use crate::billable::{State, store as billables};

/// Groups per statement, within SQLite's limit of bound values.
const CHUNK: usize = 500;

/// The bill runs a caller may see.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Model, Problem> {
    Ok(visible(scope).filter(Column::Id.eq(id)).one(db).await?.ok_or_else(|| Fault::not_found("bill run"))?)
}

/// The open billables that a run takes, in the order of service date and id.
///
/// # Errors
/// Those of the database.
pub async fn due<C: ConnectionTrait>(db: &C, scope: &RowScope, run: &CreateBillRun) -> Result<Vec<billable::Model>, Problem> {
    use billable::Column;
    let mut select =
        billables::visible(scope).filter(Column::State.eq(State::Open.as_str())).filter(Column::ServiceDate.lt(run.period_end));
    if let Some(accounts) = &run.bill_to_ids {
        select = select.filter(Column::BillToId.is_in(accounts.iter().copied()));
    }
    Ok(select.order_by_asc(Column::ServiceDate).order_by_asc(Column::Id).all(db).await?)
}

/// Writes a run with its groups.
///
/// # Errors
/// Those of the database.
pub async fn insert<C: ConnectionTrait>(db: &C, run: &Model, groups: &[GroupRow]) -> Result<(), Problem> {
    Entity::insert(run.clone().into_active_model()).exec_without_returning(db).await?;
    for chunk in groups.chunks(CHUNK) {
        group::Entity::insert_many(chunk.iter().map(|row| row.clone().into_active_model())).exec_without_returning(db).await?;
    }
    Ok(())
}

/// A run's groups in their order.
///
/// # Errors
/// Those of the database.
pub async fn groups<C: ConnectionTrait>(db: &C, run: Uuid) -> Result<Vec<GroupRow>, Problem> {
    Ok(group::Entity::find().filter(group::Column::RunId.eq(run)).order_by_asc(group::Column::Position).all(db).await?)
}

/// The next groups of a run that have not been carried out.
///
/// # Errors
/// Those of the database.
pub async fn pending<C: ConnectionTrait>(db: &C, run: Uuid, limit: u64) -> Result<Vec<GroupRow>, Problem> {
    let select = group::Entity::find().filter(group::Column::RunId.eq(run)).filter(group::Column::State.eq("pending"));
    Ok(select.order_by_asc(group::Column::Position).limit(limit).all(db).await?)
}

/// Marks pending groups as invoiced; false when another commit has carried one of them out meanwhile.
///
/// # Errors
/// Those of the database.
pub async fn done<C: ConnectionTrait>(db: &C, invoiced: &[(Uuid, Uuid)]) -> Result<bool, Problem> {
    let by_id = |case: CaseStatement, (group, invoice): &(Uuid, Uuid)| case.case(group::Column::Id.eq(*group), Expr::val(*invoice));
    let case = invoiced.iter().fold(CaseStatement::new(), by_id).finally(Expr::col(group::Column::InvoiceId));
    let change =
        group::ActiveModel { state: Set("done".to_owned()), failure_code: Set(None), failure_detail: Set(None), ..Default::default() };
    let update = group::Entity::update_many().set(change).col_expr(group::Column::InvoiceId, SimpleExpr::Case(Box::new(case)));
    let pending = update.filter(group::Column::Id.is_in(invoiced.iter().map(|(id, _)| *id))).filter(group::Column::State.eq("pending"));
    let rows = pending.exec(db).await?.rows_affected;
    Ok(u64::try_from(invoiced.len()).is_ok_and(|expected| expected == rows))
}

/// Marks a pending group as failed, with its reason.
///
/// # Errors
/// Those of the database.
pub async fn failed<C: ConnectionTrait>(db: &C, id: Uuid, code: &str, detail: Option<String>) -> Result<(), Problem> {
    let change = group::ActiveModel {
        state: Set("failed".to_owned()),
        failure_code: Set(Some(code.to_owned())),
        failure_detail: Set(detail),
        ..Default::default()
    };
    let pending = group::Entity::update_many().set(change).filter(group::Column::Id.eq(id)).filter(group::Column::State.eq("pending"));
    pending.exec(db).await?;
    Ok(())
}

/// Writes a run's state and counts if the row still has the version before `next`'s.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn save<C: ConnectionTrait>(db: &C, next: &Model) -> Result<(), Problem> {
    let change = ActiveModel {
        version: Set(next.version),
        updated_at: Set(next.updated_at),
        updated_by: Set(next.updated_by),
        state: Set(next.state.clone()),
        invoiced: Set(next.invoiced),
        failed: Set(next.failed),
        finished_at: Set(next.finished_at),
        ..Default::default()
    };
    rows::save_members(db, change, next.id, next.version).await
}
