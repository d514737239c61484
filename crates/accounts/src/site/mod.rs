//! Sites: where an account is served, each in a time zone, with the identifiers authorities gave it.
//!
//! A site's code is unique within its account. An EPA identifier of the wrong shape is refused, one of another state is
//! kept with a warning.

pub mod entity;
pub mod http;
pub mod model;
pub mod regulatory;
pub mod regulatory_entity;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
