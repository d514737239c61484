//! Texts that go out: replies on tickets that came by text message or chat, and pages that shall reach a telephone.
//!
//! A text is queued in the transaction of what it says, each once by a unique index. We send none ourselves: whoever relays
//! claims what is due, so that no two send the same, and reports what became of it, in any order and as often as it likes.
//! Only a claim shows what a text says, because a page's link is the right to answer it.

pub(crate) mod commands;
mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod worker;

use platform::permissions;

permissions! {
    /// See how the texts fare that go out.
    pub ReadTexts = "outgoing-texts:read";
    /// Claim texts that go out, with what they say, and report what became of them.
    pub RelayTexts = "outgoing-texts:relay";
}
