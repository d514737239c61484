//! Mail and calls coming in: each becomes a message on the right ticket, once, or is set aside where people can see it.
//!
//! Mail is never dropped: what cannot be placed is quarantined, what is automatic is stored without an answer.

pub(crate) mod address;
pub(crate) mod classify;
pub(crate) mod dedupe;
pub(crate) mod magic;
pub(crate) mod mime;
pub(crate) mod reply;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod subject;
#[cfg(test)]
mod tests;
pub(crate) mod token;
