//! site
pub mod model;
pub mod regulatory;
