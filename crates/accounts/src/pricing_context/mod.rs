//! Everything this service knows that decides a price, in one read: the account and those above it, the site, the branch
//! and the price lines of the contracts in force.
//!
//! Levels 1a, 1b and 1c of price resolution are told apart by a contract's `distance` and a line's site; which candidate
//! wins is pricing's to decide, never this service's.

pub mod http;
pub mod model;
#[cfg(test)]
mod tests;
pub mod wire;
