//! Rules for which quotes need whose approval before they are sent.
//!
//! Rules are only ever recorded: a later record under a code takes the place of the earlier. A record that is not active ends its rule.

pub mod entity;
pub mod http;
pub mod migration;
pub mod store;

pub(crate) use http::operations;
