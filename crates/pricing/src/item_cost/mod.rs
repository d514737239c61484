//! What items cost us, from a day on: the base of prices made by markup or margin.
//!
//! Costs are only ever added: a correction is a later record for the same day. They are not for customers.

pub mod entity;
pub mod http;
pub mod migration;
pub mod store;

pub(crate) use http::operations;

#[cfg(test)]
mod tests;
