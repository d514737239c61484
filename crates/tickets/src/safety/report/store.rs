//! Queries of safety reports. Staff see those of their branches, portal customers none.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, SafetyReportId, SiteId, TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Facts, SafetyReport};
use super::state::SafetyReportState;
use crate::place::Place;

/// The reports inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only()).filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SafetyReportId) -> Result<SafetyReport, Problem> {
    found(visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?)
}

/// As [`find`], holding the row: its actions are planned and judged one after the other.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_locked(tx: &Tx, scope: &RowScope, id: SafetyReportId) -> Result<SafetyReport, Problem> {
    found(visible(scope).filter(Column::Id.eq(id.uuid())).lock_exclusive().one(tx).await?)
}

fn found(row: Option<Model>) -> Result<SafetyReport, Problem> {
    report(row.ok_or_else(|| Fault::not_found(SafetyReportId::NOUN))?)
}

/// Demands that no report on a ticket is open, for whoever ends what is promised there.
///
/// # Errors
/// 409 `safety_report_open`, with the reports.
pub(crate) async fn demand_none_open<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<(), Problem> {
    let open = Entity::find().filter(Column::TicketId.eq(ticket.uuid())).filter(Column::State.ne(SafetyReportState::Closed.as_str()));
    let open: Vec<Uuid> = open.select_only().column(Column::Id).order_by_asc(Column::Id).into_tuple().all(db).await?;
    if open.is_empty() {
        return Ok(());
    }
    let detail = "What is owed on a safety report of this ticket does not end with the ticket: close the report first.";
    Err(Fault::conflict("safety_report_open", detail).with_conflicts(open).into())
}

/// Reports of which somebody is to be reminded.
pub(crate) async fn to_remind<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let due = Entity::find().filter(Column::RemindAt.lte(now)).select_only().column(Column::Id);
    Ok(due.order_by_asc(Column::RemindAt).limit(limit).into_tuple().all(db).await?)
}

/// When somebody is reminded next; no change of the report.
pub(crate) async fn remind(tx: &Tx, report: &SafetyReport) -> Result<(), Problem> {
    let next = Expr::value(report.reminds_at(tx.now()));
    Entity::update_many().filter(Column::Id.eq(report.id.uuid())).col_expr(Column::RemindAt, next).exec(tx).await?;
    Ok(())
}

pub(crate) fn insert(tx: &Tx, report: &SafetyReport) -> Result<(), Problem> {
    tx.write_later(Entity::insert(row(report)?.into_active_model()).into_query());
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, report: &SafetyReport) -> Result<(), Problem> {
    rows::save(db, row(report)?, report.id.uuid(), report.stamp.version).await
}

fn row(report: &SafetyReport) -> Result<Model, Problem> {
    let (stamp, place, facts) = (report.stamp, report.place, &report.facts);
    Ok(Model {
        id: report.id.uuid(),
        version: stamp.version,
        created_at: stamp.created_at,
        updated_at: stamp.updated_at,
        created_by: stamp.created_by,
        updated_by: stamp.updated_by,
        ticket_id: place.ticket_id.map(TicketId::uuid),
        account_id: place.account_id.map(AccountId::uuid),
        site_id: place.site_id.map(SiteId::uuid),
        branch_id: place.branch_id.map(BranchId::uuid),
        time_zone: report.zone.name().to_owned(),
        anonymous: report.anonymous,
        kind: facts.kind.to_string(),
        state: report.state.to_string(),
        occurred_at: facts.occurred_at,
        learned_at: facts.learned_at,
        description: facts.description.clone(),
        injury_class: facts.injury_class.to_string(),
        environmental_release: facts.environmental_release,
        lead_id: report.lead_id.map(UserId::uuid),
        regulator_due_at: report.regulator_due_at,
        remind_at: report.reminds_at(stamp.updated_at),
        progress: to_json(&report.progress)?,
    })
}

/// The report of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn report(row: Model) -> Result<SafetyReport, Problem> {
    let stamp = stamp_of!(row);
    let place = Place {
        ticket_id: row.ticket_id.map(Into::into),
        account_id: row.account_id.map(Into::into),
        site_id: row.site_id.map(Into::into),
        branch_id: row.branch_id.map(Into::into),
    };
    let facts = Facts {
        kind: word(&row.kind)?,
        occurred_at: row.occurred_at,
        learned_at: row.learned_at,
        description: row.description,
        injury_class: word(&row.injury_class)?,
        environmental_release: row.environmental_release,
    };
    Ok(SafetyReport {
        id: row.id.into(),
        stamp,
        place,
        zone: word(&row.time_zone)?,
        anonymous: row.anonymous,
        facts,
        state: word(&row.state)?,
        lead_id: row.lead_id.map(Into::into),
        regulator_due_at: row.regulator_due_at,
        progress: from_json(row.progress)?,
    })
}
