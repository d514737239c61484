//! The global invariants of receivables, computed live from the rows.
//!
//! Each check is one statement, so that it sees one snapshot and a write going on beside it cannot look like a
//! difference. A sound system has none; there is no tolerance.

pub mod checks;
mod http;

pub use http::operations;
