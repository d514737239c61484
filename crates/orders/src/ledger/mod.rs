//! The general ledger of receivables: balanced, append-only entries, written in the commit of the document they speak of.
//!
//! [`posting`] decides which accounts an event touches and is pure; nothing else makes entries. No entry is changed or
//! deleted: what was wrong is taken back by an entry that names the one it reverses.

pub mod chart;
pub mod entity;
pub mod entry;
mod http;
pub mod line_entity;
pub mod period;
pub mod period_entity;
pub mod posting;
pub mod store;
#[cfg(test)]
mod tests;
pub mod trial;

pub use http::operations;
