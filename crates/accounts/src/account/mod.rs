//! account
pub mod entity;
pub mod http;
pub mod model;
pub mod path;
pub mod store;
pub mod wire;
