//! Survey templates: the words in which customers are asked how we did, one for each language and one for all others.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
