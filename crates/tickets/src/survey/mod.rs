//! Surveys: a customer whose ticket a person has resolved is asked, once for each cycle of the ticket, how we did.
//!
//! An invitation is scheduled with the resolution, by a unique index at most one for each ticket and cycle, and called off when
//! the ticket is reopened first. It goes out as automatic mail. Whoever holds its link may answer without a login; looking at
//! the form records nothing, because scanners and previews look too. Only the link's hash is stored. A bad answer reopens the
//! ticket and promises that a person gets in touch.

pub(crate) mod answer;
pub mod entity;
pub(crate) mod follow_up;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod page;
pub(crate) mod public;
pub mod response_entity;
pub(crate) mod schedule;
pub(crate) mod store;
pub(crate) mod wire;
pub(crate) mod worker;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    http::operations().and(public::operations())
}
