//! Moves of tickets: each change of a ticket's state or of those whom it belongs to, with how it stood before and since when.
//!
//! A ticket stood as the move after an instant says that it was, or, without a move since, as it stands: so the desk can be counted
//! as of any instant in the past. Moves are written with the change itself and never altered; the event of it is the ticket's.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
