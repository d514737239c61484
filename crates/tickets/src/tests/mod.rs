//! The service through its HTTP API.

mod backlog;
mod bulk;
mod channels;
mod clocks;
mod conversation;
mod field_plans;
pub(crate) mod invariants;
mod leaks;
pub(crate) mod list_plans;
mod lists;
mod long_lives;
mod neighbours;
mod plans;
mod previews;
mod promises;
mod reach;
mod redactions;
mod reports;
pub(crate) mod rules;
mod search;
mod serving;
mod standing;
mod surveys;
mod tools;
mod touches;
pub(crate) mod world;
mod writers;
