//! Assignments: who of the organisation looks after an account or site. At most one primary per subject and role at any
//! instant.

pub mod entity;
pub mod http;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
