//! Reading and writing charge rules. There is no update: rules are only added.

use kernel::Fault;
use kernel::id::ChargeRuleId;
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word};
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, Select};
use uuid::Uuid;

use super::entity::{Entity, Model};
use crate::engine::charge::ChargeRule;

pub(crate) fn from_row(row: Model) -> Result<ChargeRule, Problem> {
    Ok(ChargeRule {
        id: ChargeRuleId::from_uuid(row.id),
        code: row.code,
        name: row.name,
        currency: word(&row.currency)?,
        terms: from_json(row.terms)?,
        active: row.active,
        effective_on: row.effective_on,
        recorded_at: row.recorded_at,
    })
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One record.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ChargeRuleId) -> Result<ChargeRule, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(ChargeRuleId::NOUN))?)
}

/// Every record, for the price index.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<ChargeRule>, Problem> {
    Entity::find().all(db).await?.into_iter().map(from_row).collect()
}

/// Adds a record.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, rule: &ChargeRule, by: Option<Uuid>) -> Result<(), Problem> {
    let row = Model {
        id: rule.id.uuid(),
        code: rule.code.clone(),
        name: rule.name.clone(),
        currency: rule.currency.to_string(),
        terms: to_json(&rule.terms)?,
        active: rule.active,
        effective_on: rule.effective_on,
        recorded_at: rule.recorded_at,
        recorded_by: by,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}
