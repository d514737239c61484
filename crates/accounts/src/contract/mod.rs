//! contract
pub mod entity;
pub mod model;
pub mod price_entity;
pub mod price_term;
pub mod row;
pub mod store;
pub mod term;
pub mod version;
pub mod version_entity;
