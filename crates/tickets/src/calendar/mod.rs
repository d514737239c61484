//! Business calendars: when the organisation's offices are open, in versions.

pub mod entity;
pub(crate) mod http;
pub mod model;
pub(crate) mod store;
pub mod version_entity;
pub mod wire;
