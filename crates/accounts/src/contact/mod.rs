//! Contacts: people of the customers, and what each may decide for which account or site and when.

pub mod entity;
pub mod http;
pub mod model;
pub mod role_entity;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
