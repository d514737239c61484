//! Mailboxes: the addresses at which the organisation receives mail, each with what its tickets start with.
//!
//! An address belongs to one mailbox. Mail to an address that is no mailbox is taken in all the same.

pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod store;
