//! Which web pages may call the API from a browser: exactly the configured origins, without cookies.

use std::collections::HashSet;

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST: &str = "authorization, content-type, accept, if-match, if-none-match, idempotency-key, x-api-key, x-request-id, traceparent";
const EXPOSED: &str =
    "etag, link, location, retry-after, ratelimit, ratelimit-policy, idempotent-replayed, x-request-id, deprecation, sunset";

pub(super) struct Cors {
    origins: HashSet<String>,
}

impl Cors {
    pub(super) fn new(origins: &[String]) -> Self {
        Self { origins: origins.iter().cloned().collect() }
    }

    pub(super) fn is_preflight(request: &ServiceRequest) -> bool {
        let asks = |name| request.headers().contains_key(name);
        *request.method() == Method::OPTIONS && asks(header::ORIGIN) && asks(header::ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The request's origin when it is allowed.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        origin.to_str().is_ok_and(|text| self.origins.contains(text)).then(|| origin.clone())
    }

    /// The answer to a preflight: permissions for an allowed origin, nothing for another.
    pub(super) fn preflight(&self, origin: Option<&HeaderValue>) -> HttpResponse {
        let mut response = HttpResponse::NoContent();
        if origin.is_some() {
            response
                .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
                .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST))
                .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
        }
        response.finish()
    }

    pub(super) fn apply(&self, headers: &mut HeaderMap, origin: Option<HeaderValue>) {
        if self.origins.is_empty() {
            return;
        }
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}
