//! Rows that only mail needs.

pub(crate) mod attachment;
pub(crate) mod automatic;
pub(crate) mod breaker;
pub(crate) mod failure;
pub(crate) mod file;
pub(crate) mod thread;
