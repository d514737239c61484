//! Queries of SLA policies and their versions. Every member of staff may see them; no customer may.

use kernel::Fault;
use kernel::id::SlaPolicyId;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};

use super::entity::{Column, Entity, Model};
use super::model::{SlaPolicy, SlaPolicyVersion};
use super::version_entity;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SlaPolicyId) -> Result<SlaPolicy, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    Ok(policy(row.ok_or_else(|| Fault::not_found(SlaPolicyId::NOUN))?))
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, policy: &SlaPolicy) -> Result<(), Problem> {
    Entity::insert(row(policy).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

pub(crate) async fn save<C: ConnectionTrait>(db: &C, policy: &SlaPolicy) -> Result<(), Problem> {
    rows::save(db, row(policy), policy.id.uuid(), policy.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another policy has this external reference."))
}

/// The versions of one policy, oldest first.
pub(crate) async fn versions<C: ConnectionTrait>(db: &C, policy: SlaPolicyId) -> Result<Vec<SlaPolicyVersion>, Problem> {
    let of_policy = version_entity::Entity::find().filter(version_entity::Column::PolicyId.eq(policy.uuid()));
    let rows = of_policy.order_by_asc(version_entity::Column::Number).all(db).await?;
    rows.into_iter().map(version).collect()
}

/// Every version of every policy, in order of publication.
pub(crate) async fn all_versions<C: ConnectionTrait>(db: &C) -> Result<Vec<SlaPolicyVersion>, Problem> {
    let rows = version_entity::Entity::find().order_by_asc(version_entity::Column::Number).all(db).await?;
    rows.into_iter().map(version).collect()
}

pub(crate) async fn insert_version<C: ConnectionTrait>(db: &C, version: &SlaPolicyVersion) -> Result<(), Problem> {
    let row = version_entity::Model {
        id: version.id.uuid(),
        policy_id: version.policy_id.uuid(),
        number: version.number,
        effective_from: version.effective_from,
        published_at: version.published_at,
        published_by: version.published_by,
        terms: to_json(&version.terms)?,
    };
    let inserted = version_entity::Entity::insert(row.into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| Problem::from(error).on_unique("sla_policy_version_number", Fault::stale))?;
    Ok(())
}

fn version(row: version_entity::Model) -> Result<SlaPolicyVersion, Problem> {
    Ok(SlaPolicyVersion {
        id: row.id.into(),
        policy_id: row.policy_id.into(),
        number: row.number,
        effective_from: row.effective_from,
        published_at: row.published_at,
        published_by: row.published_by,
        terms: from_json(row.terms)?,
    })
}

fn row(policy: &SlaPolicy) -> Model {
    Model {
        id: policy.id.uuid(),
        version: policy.stamp.version,
        created_at: policy.stamp.created_at,
        updated_at: policy.stamp.updated_at,
        created_by: policy.stamp.created_by,
        updated_by: policy.stamp.updated_by,
        external_ref: policy.external_ref.clone(),
        name: policy.name.clone(),
        position: policy.position,
        active: policy.active,
    }
}

/// The policy of a row.
pub(crate) fn policy(row: Model) -> SlaPolicy {
    let stamp = stamp_of!(row);
    SlaPolicy { id: row.id.into(), stamp, external_ref: row.external_ref, name: row.name, position: row.position, active: row.active }
}
