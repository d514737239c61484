//! Answers that carry credentials: no cache on the way may keep them (RFC 6749 section 5.1).

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use platform::reply::Reply;

/// An answer with `Cache-Control: no-store`.
pub(crate) struct Uncached(pub(crate) Reply);

impl Responder for Uncached {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.0.respond_to(request);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}

/// An answer whose body goes to the client with something that the stored answer must not hold.
pub(crate) struct ShownOnce {
    pub(crate) reply: Reply,
    pub(crate) body: Vec<u8>,
}

impl Responder for ShownOnce {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        Uncached(self.reply).respond_to(request).set_body(BoxBody::new(self.body))
    }
}
