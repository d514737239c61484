//! Mail that goes out: acknowledgements, and what people write to the customer on tickets that came by mail.
//!
//! A mail is queued in the transaction of what it says, or by a worker soon after, once for each message. It is sent to the
//! configured mail server. Without one it stays queued, and whoever relays mail reads the queue, sends the raw mail as it
//! stands and reports back.

pub(crate) mod compose;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod outcome;
pub(crate) mod recipient;
pub(crate) mod redaction;
pub(crate) mod relay;
pub(crate) mod sending;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod worker;
