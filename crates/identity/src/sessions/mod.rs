//! Sessions of people: signing in with a password, staying signed in by rotating refresh tokens, ending sessions.
//!
//! Nothing in an answer, its status or its time tells whether an address belongs to a user.

pub mod entity;
pub(crate) mod http;
pub mod refresh;
pub(crate) mod renewal;
pub(crate) mod sign_in;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use platform::operation::Operations;
use platform::operations;

use http::{__path_fetch, __path_list, __path_revoke, __path_start, fetch, list, revoke, start};

pub(super) fn operations() -> Operations {
    operations!["sessions"; start, list, fetch, revoke]
}
