//! site
pub mod entity;
pub mod http;
pub mod model;
pub mod regulatory;
pub mod regulatory_entity;
pub mod store;
pub mod wire;
