//! A service under test: real HTTP on a free port, a database of its own, callers with the tokens of personas.
//!
//! SQLite by default; when `LIAISON_TEST_POSTGRES` names a PostgreSQL server the same tests run on a fresh database
//! there. The clock stands at a set instant so that times in answers are known.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod app;
mod client;
mod history;
mod keys;
pub mod plan;
mod smtp;

#[cfg(test)]
mod tests;

pub use app::{App, NoPeers};
pub use client::{Answer, Client, Persona};
pub use smtp::{Smtp, Taken};
