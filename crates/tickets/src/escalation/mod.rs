//! Escalation policies: what is done, and who is told, on the way to a due instant and after it.
//!
//! A policy has a name and versions; a version is never changed, and a promise follows the version that was the latest when
//! its timers were planned. [`run`] carries out what fell due, each step of each plan once, and keeps a log of it.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod plan;
pub(crate) mod run;
pub mod run_entity;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod version_entity;
pub mod wire;
