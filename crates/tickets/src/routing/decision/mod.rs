//! Decisions: who was given a ticket, by which rule, and why nobody else was. They are never changed.

pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod store;
