//! Obligations: what is promised to whoever asked, by when, and whether it was kept.
//!
//! All decisions are the [`engine`]'s. What is stored is what the engine left; what is shown is what the clock has made of
//! it meanwhile.

pub(crate) mod condition;
pub mod engine;
pub mod entity;
mod holder;
pub(crate) mod http;
pub(crate) mod listed;
pub(crate) mod owner;
pub(crate) mod preview;
pub(crate) mod recalculation;
pub(crate) mod recalculation_entity;
pub(crate) mod rule_change;
pub(crate) mod simulation;
pub(crate) mod standing;
pub(crate) mod store;
pub mod wire;

pub(crate) use holder::Holder;
pub(crate) use owner::Owner;
pub(crate) use rule_change::RuleChange;
