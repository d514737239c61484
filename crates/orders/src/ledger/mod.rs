//! The general ledger of receivables: balanced, append-only entries, written in the commit of the document they speak of.
//!
//! [`posting`] decides which accounts an event touches and is pure; nothing else makes entries. No entry is changed or
//! deleted: what was wrong is taken back by an entry that names the one it reverses.

pub mod chart;
pub mod entry;
pub mod posting;
#[cfg(test)]
mod tests;
