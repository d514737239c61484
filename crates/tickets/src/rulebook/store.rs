//! Reading all rules at once, and raising their generation.

use std::collections::BTreeMap;

use platform::problem::Problem;
use platform::rows::{from_json, to_json};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::entity::{ActiveModel, Column, Entity};
use super::{CalendarEntry, DeskSettings, EscalationEntry, Escalations, PolicyEntry, Rulebook};
use crate::policy::model::SlaPolicyVersion;
use crate::{automation, calendar, escalation, policy};

/// The only row's key.
const ONLY: i32 = 1;

pub(crate) async fn generation<C: ConnectionTrait>(db: &C) -> Result<i64, Problem> {
    let found: Option<i64> = Entity::find_by_id(ONLY).select_only().column(Column::Generation).into_tuple().one(db).await?;
    found.ok_or_else(|| Problem::internal("the rulebook has no row"))
}

/// Raises the generation: every process reads the rules anew.
pub(crate) async fn raise<C: ConnectionTrait>(db: &C) -> Result<(), Problem> {
    let next = Expr::col(Column::Generation).add(1);
    Entity::update_many().col_expr(Column::Generation, next).filter(Column::Id.eq(ONLY)).exec(db).await?;
    Ok(())
}

pub(crate) async fn save_settings<C: ConnectionTrait>(db: &C, settings: &DeskSettings) -> Result<(), Problem> {
    let change = ActiveModel { settings: Set(to_json(settings)?), ..ActiveModel::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(ONLY)).exec(db).await?;
    raise(db).await
}

/// Reads every rule as the connection sees it.
pub(crate) async fn load<C: ConnectionTrait>(db: &C) -> Result<Rulebook, Problem> {
    let row = Entity::find_by_id(ONLY).one(db).await?.ok_or_else(|| Problem::internal("the rulebook has no row"))?;
    let mut rulebook = Rulebook { generation: row.generation, settings: from_json(row.settings)?, ..Rulebook::default() };
    load_calendars(db, &mut rulebook).await?;
    load_policies(db, &mut rulebook).await?;
    load_escalations(db, &mut rulebook).await?;
    rulebook.automations = automation::store::active(db).await?;
    Ok(rulebook)
}

async fn load_calendars<C: ConnectionTrait>(db: &C, rulebook: &mut Rulebook) -> Result<(), Problem> {
    let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for version in calendar::store::all_versions(db).await? {
        let calendar = version.hours.calendar().map_err(|fault| Problem::internal(format!("a stored calendar is broken: {fault}")))?;
        rulebook.versions.insert(version.id, calendar);
        versions.entry(version.calendar_id).or_default().push((version.id, version.effective_from));
    }
    for row in calendar::entity::Entity::find().all(db).await? {
        let calendar = calendar::store::calendar(row);
        rulebook.calendars.push(CalendarEntry {
            id: calendar.id,
            branch_id: calendar.branch_id,
            is_default: calendar.is_default,
            versions: versions.remove(&calendar.id).unwrap_or_default(),
        });
    }
    Ok(())
}

async fn load_policies<C: ConnectionTrait>(db: &C, rulebook: &mut Rulebook) -> Result<(), Problem> {
    let mut versions: BTreeMap<_, Vec<SlaPolicyVersion>> = BTreeMap::new();
    for version in policy::store::all_versions(db).await? {
        let policy = version.terms.escalation_policy_id;
        rulebook.escalations.insert(version.id, Escalations { percents: version.terms.escalate_at_percent.clone(), policy });
        versions.entry(version.policy_id).or_default().push(version);
    }
    let columns = policy::entity::Column::Position;
    let rows = policy::entity::Entity::find().order_by_asc(columns).order_by_asc(policy::entity::Column::Id).all(db).await?;
    for row in rows.into_iter().filter(|row| row.active) {
        let id = row.id.into();
        rulebook.policies.push(PolicyEntry { id, position: row.position, versions: versions.remove(&id).unwrap_or_default() });
    }
    Ok(())
}

async fn load_escalations<C: ConnectionTrait>(db: &C, rulebook: &mut Rulebook) -> Result<(), Problem> {
    let policies = escalation::store::all(db).await?;
    let active = |id| policies.iter().any(|policy| policy.id == id && policy.active);
    for version in escalation::store::all_versions(db).await?.into_iter().filter(|version| active(version.policy_id)) {
        rulebook.escalation_policies.insert(version.policy_id, version.id);
        let entry = EscalationEntry { policy_id: version.policy_id, version_id: version.id, steps: version.steps };
        rulebook.escalation_versions.insert(version.id, entry);
    }
    Ok(())
}
