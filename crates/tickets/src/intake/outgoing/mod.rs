//! Mail that goes out: acknowledgements, and what people write to the customer on tickets that came by mail.
//!
//! A mail is queued in the transaction of what it says, or by a worker soon after, once for each message. Whoever relays
//! mail reads the queue, sends the raw mail as it stands and reports back; nothing here talks to a mail server.

pub(crate) mod compose;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod store;
pub(crate) mod worker;
