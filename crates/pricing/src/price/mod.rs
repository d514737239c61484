//! The price calculator: one line or a batch, with the explanation of every number.
//!
//! Nothing here writes anything, and only what is supposed reads the database: the same question asked of the same data gives the same
//! bytes.

pub mod batch;
pub mod desk;
pub mod explain;
mod financing;
pub mod http;
pub mod sentence;
pub mod what_if;
pub mod wire;

pub(crate) use http::operations;
