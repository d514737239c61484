//! Agents: the users who work tickets, with their skills, hours, capacity and absences.
//!
//! An agent's id is its user's: who is assigned, who covers and who belongs to a group is named the same way everywhere. An
//! agent is never deleted, only inactive, because decisions of the past name it. What an agent is doing at the moment (when it
//! was last given a ticket, which absence is being covered) is kept apart from what was decided about it, in [`duty`].

pub(crate) mod duty;
pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod store;
pub mod wire;
