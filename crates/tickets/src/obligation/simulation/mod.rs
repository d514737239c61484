//! What would be promised if: a ticket that is only supposed, or one of ours from now on, led through happenings.
//!
//! A simulation is a [`Case`](crate::ticket::case::Case) that is never written. So whatever the desk would refuse is refused here,
//! and what is promised is what would be promised; rules that are published and take effect on the way are carried as they would be.

mod http;
mod model;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use http::operations;
