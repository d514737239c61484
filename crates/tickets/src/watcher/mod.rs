//! Watchers: the people and groups who follow a ticket without working on it.
//!
//! Each watches a ticket once, by a unique index. Watching never changes and can only end; it is the desk's own business,
//! so portal customers see nothing of it.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
pub(crate) mod word;
