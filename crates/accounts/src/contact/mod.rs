//! contact
pub mod model;
