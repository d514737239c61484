//! The rows of files.

pub(crate) mod attachment;
pub(crate) mod chunk;
pub(crate) mod file;
pub(crate) mod upload;
