//! assignment
pub mod model;
