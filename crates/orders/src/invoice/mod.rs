//! Invoices: drafts made from billables or given lines, posted once, then only paid, credited or voided.
//!
//! Posting fixes number, dates, lines, taxes and bill-to, and writes the ledger entry in the same commit. Posted fields
//! never change; balance and state follow from applications. What is owed is never computed in a handler.

pub mod entity;
pub mod gather;
mod http;
pub mod line_entity;
pub mod model;
pub mod ops;
pub mod request;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

pub use http::operations;
