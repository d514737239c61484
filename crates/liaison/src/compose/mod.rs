//! Putting services into a process: databases, peers, authority, workers, and the HTTP server in front.
//!
//! The embedded and the split topology differ only here: in which services a process has, where peers are found and where
//! events go.

pub(crate) mod embedded;
mod raise;
pub(crate) mod split;
#[cfg(test)]
mod tests;

use gateway::routes::Part;
use platform::service::Service;

pub(crate) use raise::{Failure, open};

/// Every service, in the order in which they start.
pub(crate) fn services() -> [Service; 6] {
    [identity::service(), accounts::service(), pricing::service(), tickets::service(), orders::service(), events::service()]
}

/// The service of this name.
pub(crate) fn named(name: &str) -> Option<Service> {
    services().into_iter().find(|service| service.name == name)
}

/// Every service's share of the API.
pub(crate) fn parts() -> Vec<Part> {
    services().iter().map(Part::of).collect()
}
