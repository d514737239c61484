//! Timers: the moments on the way to a due instant, planned with the promise and fired once.
//!
//! A timer belongs to one generation of its promise; when the promise is recalculated, paused or ended, its generation
//! rises and timers of older ones never fire.

pub mod entity;
pub(crate) mod worker;

use platform::db::Tx;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait};
use uuid::Uuid;

use crate::obligation::engine::Obligation;
use crate::rulebook::Rulebook;

/// The timers of a promise's present generation.
pub(crate) fn plan(obligation: &Obligation, rules: &Rulebook) -> Vec<entity::Model> {
    let Some(present) = obligation.segments.last() else { return Vec::new() };
    let steps = obligation.steps(rules.percents(present.policy_version), rules);
    let timer = |(step, fire_at): (crate::obligation::engine::Step, _)| entity::Model {
        obligation_id: obligation.id.uuid(),
        generation: obligation.generation,
        step: step.name(),
        fire_at,
        fired_at: None,
    };
    steps.into_iter().map(timer).collect()
}

/// Voids what was planned for `stopped` and plans anew.
pub(crate) fn replace(tx: &Tx, stopped: Vec<Uuid>, planned: Vec<entity::Model>) {
    if !stopped.is_empty() {
        let void = entity::Entity::delete_many().filter(entity::Column::ObligationId.is_in(stopped));
        tx.write_later(void.filter(entity::Column::FiredAt.is_null()).into_query());
    }
    if !planned.is_empty() {
        let rows = planned.into_iter().map(IntoActiveModel::into_active_model);
        tx.write_later(entity::Entity::insert_many(rows).into_query());
    }
}
