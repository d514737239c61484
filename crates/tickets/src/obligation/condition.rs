//! What the clock has made of promises, as conditions of a query: what the engine says of one promise, said to the database of all.
//!
//! A running promise whose due instant has passed is missed, whether or not a worker has written so.

use chrono::{DateTime, Utc};
use platform::page::{Filter, Op, Scalar};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::entity::Column;
use crate::vocabulary::{ObligationState, Outcome};

/// Promises that can still be kept or must be made good, in the words of their partial index.
pub(crate) const ACTIVE: &str = "state IN ('running', 'paused', 'missed_open')";

/// The condition of one filter on promises, by the name of their field.
pub(crate) fn of_filter(name: &str, filter: &Filter, now: DateTime<Utc>, backend: DbBackend) -> Condition {
    match name {
        "state" => in_states(&chosen(filter, ObligationState::TEXTS), now),
        "outcome" => {
            let wanted = chosen(filter, Outcome::TEXTS).into_iter().filter_map(|word| word.parse().ok());
            wanted.fold(Condition::any().add(Expr::cust("FALSE")), |any, outcome| any.add(became(outcome, now)))
        }
        "breached_at" => filter.on(breached_at(now), true, backend),
        "excused" => filter.on(Column::ExcusedAt.into_expr(), true, backend),
        "due_at" => filter.on(Column::DueAt.into_expr(), true, backend),
        _ => filter.on(Column::Kind.into_expr(), false, backend),
    }
}

/// The alternatives of a filter that asks only for active promises, each with an index of its own; none when it asks for others too.
pub(crate) fn of_active(name: &str, filter: &Filter, now: DateTime<Utc>) -> Option<Vec<Condition>> {
    let states = if name == "state" { chosen(filter, ObligationState::TEXTS) } else { return None };
    states.iter().all(|state| is_active(state)).then(|| alternatives(&states, now))
}

fn is_active(state: &str) -> bool {
    state.parse().is_ok_and(ObligationState::is_active)
}

/// The words that a filter lets pass.
fn chosen(filter: &Filter, all: &'static [&'static str]) -> Vec<&'static str> {
    let named = |word: &str| filter.values.iter().any(|value| matches!(value, Scalar::Text(text) if text == word));
    let wanted = matches!(filter.op, Op::Eq | Op::In);
    all.iter().copied().filter(|word| named(word) == wanted).collect()
}

fn overdue(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::State.eq(ObligationState::Running.as_str())).add(Column::DueAt.lt(now))
}

/// Promises in one of these states, as a reader at `now` sees them.
fn in_states(states: &[&str], now: DateTime<Utc>) -> Condition {
    let active = states.iter().all(|state| is_active(state)).then(|| Expr::cust(ACTIVE));
    let any = alternatives(states, now).into_iter().fold(Condition::any().add(Expr::cust("FALSE")), Condition::add);
    Condition::all().add_option(active).add(any)
}

/// The conditions of which a promise in one of these states meets one, in the words of the partial indexes so that they are used.
fn alternatives(states: &[&str], now: DateTime<Utc>) -> Vec<Condition> {
    let (running, missed) = (ObligationState::Running.as_str(), ObligationState::MissedOpen.as_str());
    let stored = |state: &&str| Condition::all().add(Expr::cust(format!("state = '{state}'")));
    let mut alternatives: Vec<Condition> = states.iter().filter(|state| **state != running).map(stored).collect();
    if states.contains(&running) {
        let in_time = Condition::any().add(Column::DueAt.gte(now)).add(Column::DueAt.is_null());
        alternatives.push(stored(&running).add(in_time));
    }
    if states.contains(&missed) {
        alternatives.push(Condition::all().add(Expr::cust(ACTIVE)).add(overdue(now)));
    }
    alternatives
}

/// When a promise was first broken, as a reader at `now` sees it.
fn breached_at(now: DateTime<Utc>) -> Expr {
    let noticed = CaseStatement::new().case(Column::BreachedAt.is_not_null(), Column::BreachedAt.into_expr());
    noticed.case(overdue(now), Column::DueAt.into_expr()).into()
}

/// Promises of which this became by `now`: what `Obligation::outcome` says.
pub(crate) fn became(outcome: Outcome, now: DateTime<Utc>) -> Condition {
    let in_state = |states: [ObligationState; 2]| Column::State.is_in(states.map(ObligationState::as_str));
    let in_time =
        Condition::any().add(Column::BreachedAt.is_null()).add(Column::SatisfiedAt.into_expr().lte(Column::BreachedAt.into_expr()));
    let unbroken = Condition::all().add(Column::BreachedAt.is_null());
    match outcome {
        Outcome::Missed => broken(now).add(Column::ExcusedAt.is_null()),
        Outcome::Excused => broken(now).add(Column::ExcusedAt.is_not_null()),
        Outcome::Met => Condition::all().add(Column::State.eq(ObligationState::Met.as_str())).add(in_time),
        Outcome::Open => {
            let ahead = Condition::any().add(Column::DueAt.is_null()).add(Column::DueAt.gte(now));
            unbroken.add(in_state([ObligationState::Running, ObligationState::Paused])).add(ahead)
        }
        Outcome::Dropped => unbroken.add(in_state([ObligationState::Waived, ObligationState::Cancelled])),
    }
}

fn broken(now: DateTime<Utc>) -> Condition {
    let missed = [ObligationState::MissedOpen.as_str(), ObligationState::MissedClosed.as_str()];
    let late = Condition::any().add(Column::SatisfiedAt.is_null()).add(Column::SatisfiedAt.into_expr().gt(Column::BreachedAt.into_expr()));
    let recorded = Condition::all().add(Column::BreachedAt.is_not_null()).add(late);
    Condition::all().add(Condition::any().add(Column::State.is_in(missed)).add(overdue(now)).add(recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_holds_the_active_states() {
        let active: Vec<String> = ObligationState::ALL.iter().filter(|state| state.is_active()).map(|state| format!("'{state}'")).collect();
        assert_eq!(ACTIVE, format!("state IN ({})", active.join(", ")));
    }
}
