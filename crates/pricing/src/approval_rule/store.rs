//! Reading and writing approval rules. There is no update: rules are only added.

use std::collections::HashMap;

use kernel::Fault;
use kernel::id::QuoteApprovalRuleId;
use platform::problem::Problem;
use platform::rows::{from_json, to_json};
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::quote::approval::ApprovalRule;

pub(crate) fn from_row(row: Model) -> Result<ApprovalRule, Problem> {
    Ok(ApprovalRule {
        id: QuoteApprovalRuleId::from_uuid(row.id),
        code: row.code,
        name: row.name,
        cause: from_json(row.cause)?,
        rank: row.rank,
        approvers: from_json(row.approvers)?,
        active: row.active,
        recorded_at: row.recorded_at,
    })
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One record.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: QuoteApprovalRuleId) -> Result<ApprovalRule, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(QuoteApprovalRuleId::NOUN))?)
}

/// The rules in force: of each code the last record, when it is active.
pub(crate) async fn in_force<C: ConnectionTrait>(db: &C) -> Result<Vec<ApprovalRule>, Problem> {
    let mut last: HashMap<String, ApprovalRule> = HashMap::new();
    for row in Entity::find().order_by_asc(Column::Id).all(db).await? {
        let rule = from_row(row)?;
        last.insert(rule.code.clone(), rule);
    }
    let mut rules: Vec<ApprovalRule> = last.into_values().filter(|rule| rule.active).collect();
    rules.sort_unstable_by(|one, other| (one.rank, &one.code).cmp(&(other.rank, &other.code)));
    Ok(rules)
}

/// Adds a record.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, rule: &ApprovalRule, by: Option<Uuid>) -> Result<(), Problem> {
    let row = Model {
        id: rule.id.uuid(),
        code: rule.code.clone(),
        name: rule.name.clone(),
        cause: to_json(&rule.cause)?,
        rank: rule.rank,
        approvers: to_json(&rule.approvers)?,
        active: rule.active,
        recorded_at: rule.recorded_at,
        recorded_by: by,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}
