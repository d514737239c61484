//! Reading and writing exchange rates. There is no update: rates are only added.

use kernel::id::ExchangeRateId;
use kernel::{Fault, FxRate};
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, Select};
use uuid::Uuid;

use super::entity::{Entity, Model};
use crate::engine::exchange::ExchangeRate;

pub(crate) fn from_row(row: &Model) -> Result<ExchangeRate, Problem> {
    Ok(ExchangeRate {
        id: ExchangeRateId::from_uuid(row.id),
        from: row.from_currency.parse()?,
        to: row.to_currency.parse()?,
        rate: FxRate::from_scaled(row.rate),
        effective_on: row.effective_on,
        recorded_at: row.recorded_at,
    })
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One rate.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ExchangeRateId) -> Result<ExchangeRate, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(&row.ok_or_else(|| Fault::not_found(ExchangeRateId::NOUN))?)
}

/// Every rate, for the price index.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<ExchangeRate>, Problem> {
    Entity::find().all(db).await?.iter().map(from_row).collect()
}

/// Adds a rate.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, rate: &ExchangeRate, by: Option<Uuid>) -> Result<(), Problem> {
    let row = Model {
        id: rate.id.uuid(),
        from_currency: rate.from.to_string(),
        to_currency: rate.to.to_string(),
        rate: rate.rate.scaled(),
        effective_on: rate.effective_on,
        recorded_at: rate.recorded_at,
        recorded_by: by,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}
