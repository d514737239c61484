//! Mail and calls coming in: each becomes a message on the right ticket, once, or is set aside where people can see it.
//!
//! Mail is never dropped: what cannot be placed is quarantined, what is automatic is stored without an answer.

pub(crate) mod access;
pub(crate) mod address;
pub(crate) mod classify;
pub(crate) mod dedupe;
pub(crate) mod email;
pub(crate) mod magic;
pub(crate) mod mailbox;
pub(crate) mod migration;
pub(crate) mod mime;
mod nesting;
pub(crate) mod outgoing;
pub(crate) mod record;
pub(crate) mod relocate;
pub(crate) mod reply;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod subject;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod token;

use std::sync::Arc;

use platform::operation::Operations;
use platform::peer::Peers;
use platform::service::Foundation;

pub(crate) use email::store::lock;

/// What intake holds besides the database: the key of its references and the mark of its own mail.
pub(crate) struct Intake {
    pub(crate) signer: token::Signer,
    /// The value of `X-Loop-Id` in what we send.
    pub(crate) loop_id: String,
    pub(crate) peers: Arc<dyn Peers>,
    /// How customers reach us, without a trailing slash.
    pub(crate) public_url: String,
}

impl Intake {
    /// Key and mark come from the deployment's secret, so that all replicas agree.
    #[must_use]
    pub(crate) fn of(foundation: &Foundation) -> Self {
        let secret = &foundation.settings.secret;
        let loop_id = dedupe::sha256(&secret.derive("mail-loop")).chars().take(32).collect();
        let settings = &foundation.settings;
        let public_url = settings.public_url(settings.address);
        Self { signer: token::Signer::new(secret.derive("mail-reference")), loop_id, peers: Arc::clone(&foundation.peers), public_url }
    }
}

/// Every operation of intake by mail.
pub(crate) fn operations() -> Operations {
    mailbox::http::operations()
        .and(email::http::operations())
        .and(email::release::operations())
        .and(record::http::operations())
        .and(outgoing::http::operations())
}
