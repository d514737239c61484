//! Territories: which branch looks after which places, by postal codes, from a day until another.
//!
//! Of one place and day there is one territory: two whose postal ranges or accounts meet while both are in effect are refused,
//! naming both. An account named by a territory belongs to it whatever its sites' postal codes.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub mod postal;
pub(crate) mod store;
pub mod wire;
