//! Accounts: parties the organisation deals with, in a tree of at most ten levels.
//!
//! A path never has a cycle; moving an account rewrites the paths of everything below it in one statement; a closed
//! account has no active contract unless somebody said why.

pub mod entity;
pub mod http;
pub mod model;
pub mod path;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
