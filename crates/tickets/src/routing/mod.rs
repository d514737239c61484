//! Routing: who gets a ticket, decided by rule and explained.
//!
//! Agents, groups, territories and rules are kept in memory as a [`roster`] of one generation, beside the rulebook; the decision
//! ([`engine`]) is a pure function of ticket, roster, loads and instant. Each is put on record with everybody it considered.

pub(crate) mod absence;
pub(crate) mod commands;
pub mod decision;
pub(crate) mod engine;
pub(crate) mod facts;
mod http;
mod loads;
pub(crate) mod roster;
pub mod rule;
pub mod settings;
#[cfg(test)]
mod tests;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    rule::http::operations().and(http::operations()).and(decision::http::operations())
}
