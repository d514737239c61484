//! Queries of routing rules and their order. Every member of staff may see them; no customer may.

use kernel::Fault;
use kernel::id::RoutingRuleId;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model, order};
use super::model::RoutingRule;

/// The only row's key.
const ONLY: i32 = 1;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: RoutingRuleId) -> Result<RoutingRule, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    rule(row.ok_or_else(|| Fault::not_found(RoutingRuleId::NOUN))?)
}

/// Every rule in the order in which they are tried.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<RoutingRule>, Problem> {
    let rows = Entity::find().order_by_asc(Column::Position).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(rule).collect()
}

/// The order and its version.
pub(crate) async fn order<C: ConnectionTrait>(db: &C) -> Result<(Vec<RoutingRuleId>, i64), Problem> {
    let ordered = Entity::find().select_only().column(Column::Id).order_by_asc(Column::Position).order_by_asc(Column::Id);
    let ids: Vec<Uuid> = ordered.into_tuple().all(db).await?;
    let version = order::Entity::find_by_id(ONLY).one(db).await?.ok_or_else(|| Problem::internal("the order of rules has no row"))?;
    Ok((ids.into_iter().map(Into::into).collect(), version.version))
}

/// Raises the order's version.
pub(crate) async fn raise_order<C: ConnectionTrait>(db: &C, version: i64) -> Result<(), Problem> {
    order::ActiveModel { id: Unchanged(ONLY), version: Set(version) }.update(db).await?;
    Ok(())
}

/// Puts every rule in its place.
pub(crate) async fn arrange<C: ConnectionTrait>(db: &C, ids: &[RoutingRuleId]) -> Result<(), Problem> {
    for (position, id) in ids.iter().enumerate() {
        let position = i32::try_from(position).map_err(Problem::internal)?;
        let change = ActiveModel { position: Set(position), ..Default::default() };
        let moved = Entity::update_many().set(change).filter(Column::Id.eq(id.uuid())).filter(Column::Position.ne(position));
        moved.exec(db).await?;
    }
    Ok(())
}

/// Writes a new rule in the last place.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, rule: &RoutingRule) -> Result<(), Problem> {
    let last = i32::try_from(Entity::find().count(db).await?).map_err(Problem::internal)?;
    let row = Model { position: last, ..row(rule)? };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a rule where it stands.
///
/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, rule: &RoutingRule) -> Result<(), Problem> {
    let mut change = row(rule)?.into_active_model().reset_all();
    change.not_set(Column::Position);
    rows::save_members(db, change, rule.id.uuid(), rule.stamp.version).await
}

fn row(rule: &RoutingRule) -> Result<Model, Problem> {
    Ok(Model {
        id: rule.id.uuid(),
        version: rule.stamp.version,
        created_at: rule.stamp.created_at,
        updated_at: rule.stamp.updated_at,
        created_by: rule.stamp.created_by,
        updated_by: rule.stamp.updated_by,
        name: rule.name.clone(),
        position: 0,
        conditions: to_json(&rule.conditions)?,
        group_id: rule.group_id.uuid(),
        required_skills: to_json(&rule.required_skills)?,
        active: rule.active,
    })
}

/// The rule of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn rule(row: Model) -> Result<RoutingRule, Problem> {
    let stamp = stamp_of!(row);
    Ok(RoutingRule {
        id: row.id.into(),
        stamp,
        name: row.name,
        conditions: from_json(row.conditions)?,
        group_id: row.group_id.into(),
        required_skills: from_json(row.required_skills)?,
        active: row.active,
    })
}
