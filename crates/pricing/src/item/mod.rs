//! Items: what has a price. Each names its service line, category, charge group and exact unit conversions.
//!
//! Invariants: codes are unique, the base unit never changes, an item is never deleted (it is made inactive), because
//! prices, quotes and orders refer to it.

pub mod entity;
pub mod http;
pub mod model;
pub mod store;

pub(crate) use http::operations;
