//! Reading payments within the caller's scope, and writing them.

use kernel::Fault;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder, Select};

use super::entity::{ActiveModel, Column, Entity, Model};
use crate::external_ref;
use crate::receivable::application_entity::{self as application, Model as Application};

/// The payments a caller may see.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.condition(Column::BranchId, Column::AccountId, None))
}

/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Model, Problem> {
    Ok(visible(scope).filter(Column::Id.eq(id)).one(db).await?.ok_or_else(|| Fault::not_found("payment"))?)
}

/// # Errors
/// 409 `duplicate_payment` or `external_ref_taken`.
pub async fn insert<C: ConnectionTrait>(db: &C, payment: &Model) -> Result<(), Problem> {
    external_ref::ensure_free::<Entity, C>(db, (Column::Id, Column::ExternalRef), payment.external_ref.as_deref()).await?;
    let duplicate = || {
        let detail = "A payment of this account with the same method, reference, amount and date exists already.";
        Fault::conflict("duplicate_payment", detail)
    };
    let written = Entity::insert(payment.clone().into_active_model()).exec_without_returning(db).await;
    written.map_err(|error| {
        let problem = Problem::from(error).on_unique("external_ref", external_ref::taken);
        // SQLite names the columns of the index, PostgreSQL the index.
        problem.on_unique("payment_duplicate", duplicate).on_unique("distinguished_by", duplicate)
    })?;
    Ok(())
}

/// Writes what can change on a payment if the row still has the version before `next`'s.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn save<C: ConnectionTrait>(db: &C, next: &Model) -> Result<(), Problem> {
    let change = ActiveModel {
        version: Set(next.version),
        updated_at: Set(next.updated_at),
        updated_by: Set(next.updated_by),
        state: Set(next.state.clone()),
        unapplied: Set(next.unapplied),
        reversal_reason: Set(next.reversal_reason.clone()),
        reversed_on: Set(next.reversed_on),
        reversed_at: Set(next.reversed_at),
        ..Default::default()
    };
    rows::save_members(db, change, next.id, next.version).await
}

/// All application rows of a payment or credit memo, taken-back ones and their reversals included, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn applications<C: ConnectionTrait>(db: &C, source: Uuid) -> Result<Vec<Application>, Problem> {
    let select = application::Entity::find().filter(application::Column::SourceId.eq(source));
    Ok(select.order_by_asc(application::Column::Id).all(db).await?)
}

/// Those that have not been taken back.
#[must_use]
pub fn live(applications: &[Application]) -> Vec<Application> {
    let taken_back = |id: Uuid| applications.iter().any(|one| one.reverses == Some(id));
    applications.iter().filter(|one| one.reverses.is_none() && !taken_back(one.id)).cloned().collect()
}
