//! What services must refuse although its token has not expired: ended sessions, revoked keys, disabled users.
//!
//! Services poll the list every few seconds. An entry is kept a little longer than an access token lives; after that the
//! token's own expiry refuses it.

pub mod entity;
mod http;
pub(crate) mod store;

use platform::operation::Operations;
use platform::operations;

use http::{__path_list, list};

pub(super) fn operations() -> Operations {
    operations!["revocations"; list]
}
