//! The service through its HTTP API.

mod clocks;
mod conversation;
mod lists;
mod neighbours;
mod reach;
mod rules;
mod serving;
pub(crate) mod world;
mod writers;
