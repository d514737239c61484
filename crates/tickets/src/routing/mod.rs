//! Routing: who gets a ticket, decided by rule and explained.
//!
//! Agents, groups, territories and rules are kept in memory as a [`roster`] of one generation, beside the rulebook; the decision is
//! a pure function of ticket, roster, loads and instant.

pub(crate) mod roster;
#[cfg(test)]
mod tests;
