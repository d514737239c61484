//! Messages: what was said on a ticket, append-only, numbered without gaps.
//!
//! A portal customer sees public messages only, through every path.

mod collision;
pub mod entity;
pub(crate) mod http;
pub(crate) mod listed;
pub mod model;
pub(crate) mod naming;
pub(crate) mod redaction;
pub(crate) mod store;
pub mod wire;
