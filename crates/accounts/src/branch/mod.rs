//! Branches: the organisation's offices, each with a local clock, calendars and a cut-off.

pub mod entity;
pub mod http;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
