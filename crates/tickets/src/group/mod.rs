//! Groups: agents who share a queue, with someone who leads them.
//!
//! Members are agents. A branch has at most one group that takes its work when nothing else decides. A group is never deleted,
//! only inactive, because tickets name it.

pub(crate) mod commands;
pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod store;
pub mod wire;
