//! Templates of notices: one text for each kind and language, with names that are filled in.

pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod store;
