//! End-to-end tests: the executable as a whole, by HTTP only, in both topologies.
//!
//! Each test starts its own deployment on free ports with its own database and stops it by process id. The journey and
//! the contract checks run on the embedded topology (SQLite) and on the split one (PostgreSQL and NATS).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test fails by panicking and says what it found")]

mod compatibility;
mod contract;
mod faults;
mod harness;
mod journey;
mod mail;
mod outages;
mod real;
mod scenarios;
mod tidy;
mod webhooks;
mod workers;
