//! account
pub mod model;
pub mod path;
