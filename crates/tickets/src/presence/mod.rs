//! Presence: who has a ticket open at this moment, and whether they are writing an answer.
//!
//! Several replicas serve one desk, so it stands in a row, which lasts for some seconds and is renewed by whoever stays. It
//! is no fact about the ticket: neither events nor the audit trail tell it, and nothing is decided by it.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod store;
