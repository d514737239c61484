//! Mail and calls coming in: each becomes a message on the right ticket, once, or is set aside where people can see it.
//!
//! Mail is never dropped: what cannot be placed is quarantined, what is automatic is stored without an answer.

pub(crate) mod reply;
