//! The service through its HTTP API.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod clocks;
mod conversation;
mod reach;
pub(crate) mod world;
