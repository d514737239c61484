//! The worked examples of the domain, by name and with their numbers: through the gateway, by HTTP only, with a clock that is set.
//!
//! Each function is one scenario, named after its place in the acceptance document. A group shares a deployment, its scenarios have
//! accounts, items and policies of their own, and its clock only moves forward. Every group runs in both topologies.

mod changes;
mod orders;
mod payments;
mod pricing;
mod promises;
mod quotes;
mod stage;
mod tickets;
