//! Headers that must not come in from outside, and those that every answer carries.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

const DEADLINE: &str = "x-request-timeout-ms";
const IDENTITY: [&str; 7] = ["forwarded", "x-real-ip", "x-user", "x-user-id", "x-remote-user", "x-original-url", "x-rewrite-url"];
const PREFIXES: [&str; 4] = ["x-forwarded-", "x-liaison-", "x-auth-", "x-authenticated-"];
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation page loads its own scripts and styles, and nothing from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Removes what claims to say who the caller is or where the request came from; nobody behind the edge believes it.
pub(super) fn strip_forwarded(headers: &mut HeaderMap) {
    let forwarded = |name: &HeaderName| {
        let name = name.as_str();
        name == DEADLINE || IDENTITY.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let named: Vec<HeaderName> = headers.keys().filter(|name| forwarded(name)).cloned().collect();
    for name in named {
        headers.remove(name);
    }
}

/// The security headers of every answer.
pub(super) struct Security {
    /// True when clients reach the deployment by HTTPS.
    encrypted: bool,
}

impl Security {
    pub(super) fn new(encrypted: bool) -> Self {
        Self { encrypted }
    }

    pub(super) fn apply(&self, headers: &mut HeaderMap, documents: bool) {
        let policy = if documents { PAGE_POLICY } else { API_POLICY };
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // A page of a service knows better than the edge what it may do.
        if documents || !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        if self.encrypted {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
    }
}
