//! Webhooks: endpoints of others that are told of events, by the Standard Webhooks specification.
//!
//! An endpoint sees what whoever made it sees in the feed, and has a place in the feed of its own, so that what happens while it is
//! disabled waits for it. Its secret is derived from the deployment's and stored nowhere. It is reached at public addresses only, which is
//! checked when it is made and at each connection.

pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod reader;
pub(crate) mod secret;
pub(crate) mod store;
pub(crate) mod target;
#[cfg(test)]
mod tests;
mod wire;

use platform::permissions;

permissions! {
    /// Read webhooks and their deliveries.
    pub ReadWebhooks = "webhooks:read";
    /// Make, change and delete webhooks, and send again.
    pub WriteWebhooks = "webhooks:write";
}

pub(crate) use http::operations;
