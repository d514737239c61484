//! branch
pub mod entity;
pub mod http;
pub mod model;
pub mod store;
pub mod wire;
