//! Exchange rates: at which rate a price in one currency may be used in another, and from which day.
//!
//! Rates are only ever added: a correction is a later rate for the same day. A price is converted only when its asker allows it; rates
//! are never inverted and never chained.

pub mod entity;
pub mod http;
pub mod store;

pub(crate) use http::operations;

#[cfg(test)]
mod tests;
