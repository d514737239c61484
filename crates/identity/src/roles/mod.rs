//! Roles: named sets of permissions that users have. Ten are built in and never change.

pub mod entity;
mod http;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use platform::operation::Operations;
use platform::operations;

use http::{__path_create, __path_fetch, __path_list, __path_patch, __path_remove, create, fetch, list, patch, remove};

pub(super) fn operations() -> Operations {
    operations!["roles"; create, list, fetch, patch, remove]
}
