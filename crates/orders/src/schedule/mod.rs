//! Recurring service: when it is to happen, by the recurrence rules of RFC 5545.
//!
//! Rules are expanded in local wall time and only then turned into instants: a slot in a spring gap moves forward by the
//! gap, of a repeated hour in autumn the first is taken. Slots are identities; what becomes of one is decided elsewhere.

pub mod expand;
mod period;
pub mod rule;
#[cfg(test)]
mod tests;

pub use expand::{Recurrence, Slot};
pub use rule::Rule;
