//! Texts, chats, portal forms and calls from outside: each delivery becomes one message of one ticket, however often it comes.
//!
//! A delivery is known by channel, provider and the provider's id; the unique index on that key decides, not a look-up before.
//! What comes again tells nothing twice; what it says anew is added once. People go on in the ticket they are in: by the number
//! they text from, by the chat's session, or by the ticket a portal names.

pub(crate) mod conversation;
pub(crate) mod deliver;
pub(crate) mod http;
pub mod wire;
