//! Slowing down guesses at passwords, per sign-in name and per client address, without ever locking anyone out.

pub mod address;
pub mod entity;
pub mod model;
pub(crate) mod store;
