//! The aging of receivables, as of an effective date and as known at an instant.
//!
//! Computed from invoices, payments, credits and their applications, never from a stored report. As of today and as known
//! now the balances themselves are the answer, which saves reading the history.

mod http;
pub mod model;
pub mod query;

pub use http::operations;
