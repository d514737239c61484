//! Billables: what has been done and must be invoiced, each exactly once.
//!
//! A billable is written in the commit that causes it (an order line completed, freight, a rejection fee). Claiming is
//! compare-and-set: of two invoices that want the same billable one gets it. A billed billable stays billed; voiding its
//! invoice makes a successor with the next sequence number.

pub mod entity;
mod http;
pub mod model;
pub mod store;
#[cfg(test)]
mod tests;

pub use http::operations;
pub use model::{NewBillable, SourceType, State};
