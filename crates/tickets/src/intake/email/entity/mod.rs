//! Rows that only mail needs.

pub(crate) mod attachment;
pub(crate) mod breaker;
pub(crate) mod failure;
pub(crate) mod file;
pub(crate) mod thread;
