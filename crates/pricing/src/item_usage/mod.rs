//! How much of an item each account bought in a month, as orders tell it: what changes of prices come to, and who must be told of them.
//!
//! Pricing asks nobody for it, since orders asks pricing: automation brings it. A later figure for the same month takes the place of the
//! one before.

pub mod entity;
pub mod http;
pub mod migration;
pub mod store;

pub(crate) use http::operations;

#[cfg(test)]
mod tests;
