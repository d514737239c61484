//! SLA policies: which tickets are promised what, in versions.

pub mod entity;
pub(crate) mod http;
pub mod model;
pub(crate) mod store;
pub mod version_entity;
pub mod wire;
