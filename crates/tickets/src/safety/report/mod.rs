//! Safety reports: incidents, near misses and good catches, from the first word to the closed file.
//!
//! The injury decides whether a regulator must be told and until when; raising it later starts or tightens that clock from
//! the moment we learned of it.

pub(crate) mod commands;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod identities;
pub(crate) mod identity_entity;
pub(crate) mod model;
mod record;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod view;
pub(crate) mod wire;
