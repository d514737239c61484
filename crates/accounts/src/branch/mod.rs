//! branch
pub mod model;
