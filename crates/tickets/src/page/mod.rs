//! Pages: each is one call for one person on call, or for the duty manager, to take charge of an emergency.
//!
//! Pages are sent by a worker, one level after the other, and by a unique index each once. Anybody's acknowledgement answers all
//! that are out. A page carries a link that needs no login: opening it shows what is the matter and records nothing, because
//! scanners and previews open links too; one tap on it takes charge. Only the link's hash is stored here; a page by text message takes it to a relay ([`crate::outgoing_text`]). No customer sees pages.

pub(crate) mod commands;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod public;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod wire;
pub(crate) mod worker;

use platform::operation::Operations;
use platform::permissions;

permissions! {
    /// Read whom an emergency paged.
    pub ReadPages = "pages:read";
    /// Answer pages.
    pub AcknowledgePages = "pages:acknowledge";
    /// Report pages that did not go out.
    pub ReportPages = "pages:report";
}

pub(crate) fn operations() -> Operations {
    http::operations().and(public::operations())
}
