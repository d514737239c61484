//! Contracts: what was agreed, in versions that no longer change once signed, with their prices.
//!
//! The header's status follows the negotiation; an approval is bound to a fingerprint of the commercial terms; whether a
//! contract is in force on a day is derived from dates. For one key, site, unit and currency a version has at most one
//! price on any day.

pub mod entity;
pub mod http;
pub mod model;
pub mod price_entity;
pub mod price_term;
pub mod price_wire;
pub(crate) mod row;
pub(crate) mod store;
pub mod term;
#[cfg(test)]
mod tests;
pub mod version;
pub mod version_entity;
pub mod wire;
