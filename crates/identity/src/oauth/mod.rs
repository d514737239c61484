//! The OAuth 2.0 token endpoint (RFC 6749), token exchange (RFC 8693) and token revocation (RFC 7009).
//!
//! Forms come in, JSON goes out; a refusal is a problem document that also carries the standard's `error` member. There
//! is no authorisation endpoint: people sign in at `/v1/sessions`.

mod exchange;
mod http;
pub mod model;
#[cfg(test)]
mod tests;

use platform::operation::Operations;
use platform::operations;

use http::{__path_revoke, __path_token, revoke, token};

pub(super) fn operations() -> Operations {
    operations!["oauth"; token, revoke]
}
