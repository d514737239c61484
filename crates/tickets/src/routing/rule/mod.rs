//! Routing rules: which group gets which tickets, and what it takes, tried in an order of their own.
//!
//! The order is one versioned list, so that two people who rearrange it at once do not mix. A rule is never deleted, only
//! inactive, because decisions name it.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod store;
pub mod wire;
