//! Promises with a due instant: first and next response, resolution, updates.
pub mod engine;
