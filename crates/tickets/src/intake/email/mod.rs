//! Mail intake: a raw mail is read, recognised, placed and answered, in one transaction.
//!
//! A second delivery of the same mail changes nothing but the list of mailboxes it reached. Whatever the mail holds, the
//! raw bytes are kept; the worst that becomes of it is quarantine.

mod acknowledge;
pub(crate) mod automatic;
pub(crate) mod entity;
pub(crate) mod facts;
pub(crate) mod http;
mod limits;
mod place;
mod receive;
pub(crate) mod release;
mod sender;
pub(crate) mod store;
