//! Automations: rules that act on tickets by themselves when something happens to them, or some time after it did.
//!
//! Whatever changes a ticket leaves a task in its own transaction; [`worker`] tries the rules in order, each once for a task.
//! What rules do may call on rules again, five times at most for one event. They never act on what machines wrote, are no
//! touch and no answer, and write to no customer.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub mod model;
pub(crate) mod queue;
pub mod run_entity;
pub(crate) mod store;
pub mod task_entity;
#[cfg(test)]
mod tests;
pub mod wire;
pub(crate) mod worker;
