//! contact
pub mod entity;
pub mod http;
pub mod model;
pub mod role_entity;
pub mod store;
pub mod wire;
