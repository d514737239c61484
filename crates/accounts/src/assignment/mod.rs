//! assignment
pub mod entity;
pub mod model;
pub mod store;
