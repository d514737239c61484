//! Queries of escalation policies, their versions and runs. Every member of staff sees the policies, and the runs of their
//! branches; no customer sees either.

use kernel::Fault;
use kernel::id::{EscalationPolicyId, EscalationPolicyVersionId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait, Select};

use super::entity::{Column, Entity, Model};
use super::model::{EscalationPolicy, EscalationPolicyVersion};
use super::{run_entity, version_entity};
use crate::intake::mailbox::store::of_staff;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: EscalationPolicyId) -> Result<EscalationPolicy, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    Ok(policy(row.ok_or_else(|| Fault::not_found(EscalationPolicyId::NOUN))?))
}

/// # Errors
/// 422 when an SLA policy refers to one that there is not.
pub(crate) async fn demand<C: ConnectionTrait>(db: &C, named: Option<EscalationPolicyId>) -> Result<(), Problem> {
    let Some(id) = named else { return Ok(()) };
    let unknown = || Fault::field("/terms/escalation_policy_id", "unknown_reference", "There is no such escalation policy.");
    Ok(Entity::find_by_id(id.uuid()).one(db).await?.map(drop).ok_or_else(unknown)?)
}

pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<EscalationPolicy>, Problem> {
    Ok(Entity::find().order_by_asc(Column::Id).all(db).await?.into_iter().map(policy).collect())
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, policy: &EscalationPolicy) -> Result<(), Problem> {
    Entity::insert(row(policy).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, policy: &EscalationPolicy) -> Result<(), Problem> {
    rows::save(db, row(policy), policy.id.uuid(), policy.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another policy has this external reference."))
}

/// The versions of one policy, oldest first.
pub(crate) async fn versions<C: ConnectionTrait>(db: &C, policy: EscalationPolicyId) -> Result<Vec<EscalationPolicyVersion>, Problem> {
    let of_policy = version_entity::Entity::find().filter(version_entity::Column::PolicyId.eq(policy.uuid()));
    of_policy.order_by_asc(version_entity::Column::Number).all(db).await?.into_iter().map(version).collect()
}

/// Every version of every policy, in order of publication.
pub(crate) async fn all_versions<C: ConnectionTrait>(db: &C) -> Result<Vec<EscalationPolicyVersion>, Problem> {
    let rows = version_entity::Entity::find().order_by_asc(version_entity::Column::Number).all(db).await?;
    rows.into_iter().map(version).collect()
}

/// # Errors
/// 412 when somebody else published meanwhile.
pub(crate) async fn insert_version<C: ConnectionTrait>(db: &C, version: &EscalationPolicyVersion) -> Result<(), Problem> {
    let row = version_entity::Model {
        id: version.id.uuid(),
        policy_id: version.policy_id.uuid(),
        number: version.number,
        published_at: version.published_at,
        published_by: version.published_by,
        steps: to_json(&version.steps)?,
    };
    let inserted = version_entity::Entity::insert(row.into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| Problem::from(error).on_unique("number", Fault::stale))?;
    Ok(())
}

/// The log of one policy.
pub(crate) fn runs(scope: &RowScope, policy: EscalationPolicyId) -> Select<run_entity::Entity> {
    let visible = run_entity::Entity::find().filter(of_staff(scope, run_entity::Column::BranchId));
    visible.filter(run_entity::Column::PolicyId.eq(policy.uuid()))
}

/// Leaves a line of the log to be written with what was done.
pub(super) fn log(tx: &Tx, run: run_entity::Model) {
    tx.write_later(run_entity::Entity::insert(run.into_active_model()).into_query());
}

fn version(row: version_entity::Model) -> Result<EscalationPolicyVersion, Problem> {
    Ok(EscalationPolicyVersion {
        id: EscalationPolicyVersionId::from(row.id),
        policy_id: row.policy_id.into(),
        number: row.number,
        published_at: row.published_at,
        published_by: row.published_by,
        steps: from_json(row.steps)?,
    })
}

fn row(policy: &EscalationPolicy) -> Model {
    Model {
        id: policy.id.uuid(),
        version: policy.stamp.version,
        created_at: policy.stamp.created_at,
        updated_at: policy.stamp.updated_at,
        created_by: policy.stamp.created_by,
        updated_by: policy.stamp.updated_by,
        external_ref: policy.external_ref.clone(),
        name: policy.name.clone(),
        active: policy.active,
    }
}

/// The policy of a row.
pub(crate) fn policy(row: Model) -> EscalationPolicy {
    let stamp = stamp_of!(row);
    EscalationPolicy { id: row.id.into(), stamp, external_ref: row.external_ref, name: row.name, active: row.active }
}
