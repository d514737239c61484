//! Rules for charges on whole documents: order and stop minimums, and surcharges such as fuel.
//!
//! Rules are only ever recorded: a later record under a code takes the place of the earlier from its day on, so that what was known on
//! a day stays known. A record that is not active ends its rule. No record makes surcharges count each other in a circle.

pub mod circle;
pub mod entity;
pub mod http;
pub mod migration;
pub mod store;

pub(crate) use http::operations;

#[cfg(test)]
mod tests;
