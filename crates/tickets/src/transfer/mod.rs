//! Transfers: a warm flip of a ticket to colleagues or a group, which holds only once one of them takes it.
//!
//! Until then the giver stays the assignee and owns what is missed; nothing that is promised to the customer moves. A ticket is
//! offered once at a time, and of several who take it at the same moment one gets it.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub mod offer_entity;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
mod word;
pub(crate) mod worker;
