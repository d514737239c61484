//! Queries of corrective actions. Staff see those of the reports of their branches, portal customers none.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, CorrectiveActionId, SafetyReportId, SiteId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{CorrectiveAction, Plan};
use crate::place::Place;

/// The actions inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only()).filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: CorrectiveActionId) -> Result<CorrectiveAction, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    action(row.ok_or_else(|| Fault::not_found(CorrectiveActionId::NOUN))?)
}

/// All actions of a report that the caller has been found to see.
pub(crate) async fn of_report<C: ConnectionTrait>(db: &C, report: SafetyReportId) -> Result<Vec<CorrectiveAction>, Problem> {
    let rows = Entity::find().filter(Column::ReportId.eq(report.uuid())).order_by_asc(Column::Id);
    rows.all(db).await?.into_iter().map(action).collect()
}

/// Actions of which somebody is to be reminded, each with its report.
pub(crate) async fn to_remind<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<(Uuid, Uuid)>, Problem> {
    let due = Entity::find().filter(Column::RemindAt.lte(now)).select_only().column(Column::ReportId).column(Column::Id);
    Ok(due.order_by_asc(Column::RemindAt).limit(limit).into_tuple().all(db).await?)
}

/// When somebody is reminded next; no change of the action.
pub(crate) async fn remind(tx: &Tx, action: &CorrectiveAction, days: u8) -> Result<(), Problem> {
    let next = Expr::value(action.reminds_at(tx.now(), days));
    Entity::update_many().filter(Column::Id.eq(action.id.uuid())).col_expr(Column::RemindAt, next).exec(tx).await?;
    Ok(())
}

pub(crate) fn insert(tx: &Tx, action: &CorrectiveAction, days: u8) -> Result<(), Problem> {
    tx.write_later(Entity::insert(row(action, days)?.into_active_model()).into_query());
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, action: &CorrectiveAction, days: u8) -> Result<(), Problem> {
    rows::save(db, row(action, days)?, action.id.uuid(), action.stamp.version).await
}

fn row(action: &CorrectiveAction, days: u8) -> Result<Model, Problem> {
    let (stamp, place, plan) = (action.stamp, action.place, &action.plan);
    Ok(Model {
        id: action.id.uuid(),
        version: stamp.version,
        created_at: stamp.created_at,
        updated_at: stamp.updated_at,
        created_by: stamp.created_by,
        updated_by: stamp.updated_by,
        report_id: action.report_id.uuid(),
        ticket_id: place.ticket_id.map(TicketId::uuid),
        account_id: place.account_id.map(AccountId::uuid),
        site_id: place.site_id.map(SiteId::uuid),
        branch_id: place.branch_id.map(BranchId::uuid),
        time_zone: action.zone.name().to_owned(),
        description: plan.description.clone(),
        owner_id: plan.owner_id.uuid(),
        due_on: plan.due_on,
        hierarchy: plan.hierarchy.to_string(),
        state: action.state.to_string(),
        effectiveness_check_on: plan.effectiveness_check_on,
        remind_at: action.reminds_at(stamp.updated_at, days),
        history: to_json(&action.history)?,
    })
}

/// The action of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn action(row: Model) -> Result<CorrectiveAction, Problem> {
    let stamp = stamp_of!(row);
    let place = Place {
        ticket_id: row.ticket_id.map(Into::into),
        account_id: row.account_id.map(Into::into),
        site_id: row.site_id.map(Into::into),
        branch_id: row.branch_id.map(Into::into),
    };
    let plan = Plan {
        description: row.description,
        owner_id: row.owner_id.into(),
        due_on: row.due_on,
        hierarchy: word(&row.hierarchy)?,
        effectiveness_check_on: row.effectiveness_check_on,
    };
    Ok(CorrectiveAction {
        id: row.id.into(),
        stamp,
        report_id: row.report_id.into(),
        place,
        zone: word(&row.time_zone)?,
        plan,
        state: word(&row.state)?,
        history: from_json(row.history)?,
    })
}
