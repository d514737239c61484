//! Saved views: a filter, an order and columns of the list of tickets under a name, for oneself, for a group or for everyone.
//!
//! A view is executed by the list itself, with the reader's own row scope: it can show nobody what the list would not. It is
//! checked by the list's own reader when it is saved, so that a stored one is always sound.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
pub(crate) mod wire;
