//! Merges: two tickets about the same thing become one conversation, and can be taken apart again.
//!
//! No message moves. A merged ticket keeps its own, takes no new ones, and its conversation is shown in the ticket that goes on,
//! to whoever may see both. The graph is a forest: a ticket is merged once, into a ticket that is not merged itself.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod wire;
