//! Intake records: for everything that came from outside one row, with what became of it and why.
//!
//! A record is written once. Further deliveries of the same thing add the mailbox they came by and nothing else.

pub(crate) mod delivery_entity;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod store;
