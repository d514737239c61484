//! Links between tickets, and trackers: a parent whose children are worked as one.
//!
//! Every link is stored once, in one direction, and shown at both ends in that end's words. A ticket has one parent at most, and
//! no ticket is its own ancestor. Portal customers see none.

pub mod entity;
pub(crate) mod fan_out;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod tracker;
pub mod wire;
