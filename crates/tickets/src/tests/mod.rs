//! The service through its HTTP API.

mod clocks;
mod conversation;
mod reach;
mod rules;
pub(crate) mod world;
mod writers;
