//! Values of published indexes, such as a weekly fuel price, that surcharges are read from.
//!
//! Values are only ever added: a correction is a later record for the same day.

pub mod entity;
pub mod http;
pub mod migration;
pub mod store;

pub(crate) use http::operations;
