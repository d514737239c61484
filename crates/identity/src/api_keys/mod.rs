//! API keys: credentials of automation, shown once, stored as digests, limited in rights, rows and time.
//!
//! A key never holds more than whoever made it, and never gains rights later.

pub mod entity;
pub mod format;
pub(crate) mod http;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use platform::operation::Operations;
use platform::operations;

use http::{__path_create, __path_fetch, __path_list, __path_patch, __path_revoke, create, fetch, list, patch, revoke};

pub(super) fn operations() -> Operations {
    operations!["api-keys"; create, list, fetch, patch, revoke]
}
