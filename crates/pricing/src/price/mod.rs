//! The price calculator: one line or a batch, with the explanation of every number.
//!
//! Nothing here reads the database or writes anything: the same question asked of the same data gives the same bytes.

pub mod batch;
pub mod desk;
pub mod explain;
mod financing;
pub mod http;
pub mod sentence;
pub mod wire;

pub(crate) use http::operations;
