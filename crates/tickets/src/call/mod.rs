//! Calls and answering-service messages: deliveries by a telephone provider, each making one ticket however often it comes.
//!
//! The clocks start when the call came in. A later delivery of the same call tells nothing twice.

pub(crate) mod event;
pub(crate) mod http;
pub mod wire;
