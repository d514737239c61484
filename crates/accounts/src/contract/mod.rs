//! contract
pub mod model;
pub mod price_term;
pub mod term;
pub mod version;
