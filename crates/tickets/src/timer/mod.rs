//! Timers: the moments on the way to a due instant, planned with the promise and fired once.
//!
//! A timer belongs to one generation of its promise; when the promise is recalculated, paused or ended, its generation
//! rises and timers of older ones never fire.

pub mod entity;
pub(crate) mod worker;

use chrono::{DateTime, Utc};
use platform::db::Tx;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait};
use uuid::Uuid;

use crate::escalation;
use crate::obligation::engine::{Obligation, Step};
use crate::rulebook::Rulebook;

/// The timers of a promise's present generation. When it is planned anew at `again`, what lies before that has had its time.
pub(crate) fn plan(obligation: &Obligation, rules: &Rulebook, again: Option<DateTime<Utc>>) -> Vec<entity::Model> {
    let Some(present) = obligation.segments.last() else { return Vec::new() };
    let timer = |step: String, fire_at, escalation: Option<(Uuid, i32)>| entity::Model {
        obligation_id: obligation.id.uuid(),
        generation: obligation.generation,
        step,
        fire_at,
        fired_at: None,
        escalation_version_id: escalation.map(|(version, _)| version),
        escalation_step: escalation.map(|(_, step)| step),
    };
    let steps = obligation.steps(rules.percents(present.policy_version), rules);
    let (breach, steps): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(step, _)| *step == Step::Breach);
    let mut timers: Vec<_> = steps.into_iter().map(|(step, at)| timer(step.name(), at, None)).collect();
    if let Some(entry) = rules.escalation_of(present.policy_version) {
        let moments = escalation::plan::moments(&entry.steps, obligation, rules);
        timers.extend(moments.into_iter().map(|one| timer(one.name, one.at, Some((entry.version_id.uuid(), one.step)))));
    }
    timers.retain(|timer| again.is_none_or(|again| timer.fire_at > again));
    // Whatever fires then has the breach noted.
    let breach = breach.into_iter().filter(|(_, at)| timers.iter().all(|timer| timer.fire_at != *at)).collect::<Vec<_>>();
    timers.extend(breach.into_iter().map(|(step, at)| timer(step.name(), at, None)));
    timers
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
