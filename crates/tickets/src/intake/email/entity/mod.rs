//! Rows that only mail needs.

pub(crate) mod breaker;
pub(crate) mod failure;
pub(crate) mod thread;
