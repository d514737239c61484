//! Pricebooks: named lists of prices in one currency, each with a history of immutable versions.
//!
//! Invariants: codes are unique; the current version changes only by publishing a version that was made on it, or by
//! withdrawing it, which makes its base current again.

pub mod entity;
pub mod http;
pub mod model;
pub mod store;

pub(crate) use http::operations;
