//! A handler's answer: rendered once, so that the same bytes are sent, stored for replay and compared.

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder};
use bytes::Bytes;
use serde::Serialize;

use crate::etag;
use crate::problem::Problem;

/// Says that an answer was stored by an earlier request with the same key.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Status, body and the headers that belong to it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) content_type: &'static str,
    pub(crate) etag: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) replayed: bool,
    pub(crate) links: Option<String>,
}

impl Reply {
    fn with(status: StatusCode, body: Bytes) -> Self {
        Self { status, body, content_type: "application/json", etag: None, location: None, replayed: false, links: None }
    }

    /// 200 with a JSON body.
    ///
    /// # Errors
    /// `internal` when the view cannot be written as JSON.
    pub fn ok<T: Serialize + ?Sized>(view: &T) -> Result<Self, Problem> {
        Ok(Self::with(StatusCode::OK, serde_json::to_vec(view)?.into()))
    }

    /// 201 with a JSON body and the new resource's path.
    ///
    /// # Errors
    /// `internal` when the view cannot be written as JSON.
    pub fn created<T: Serialize + ?Sized>(location: impl Into<String>, view: &T) -> Result<Self, Problem> {
        let mut reply = Self::with(StatusCode::CREATED, serde_json::to_vec(view)?.into());
        reply.location = Some(location.into());
        Ok(reply)
    }

    /// 202 with a JSON body and the path where progress can be read.
    ///
    /// # Errors
    /// `internal` when the view cannot be written as JSON.
    pub fn accepted<T: Serialize + ?Sized>(location: impl Into<String>, view: &T) -> Result<Self, Problem> {
        let mut reply = Self::created(location, view)?;
        reply.status = StatusCode::ACCEPTED;
        Ok(reply)
    }

    #[must_use]
    pub fn no_content() -> Self {
        Self::with(StatusCode::NO_CONTENT, Bytes::new())
    }

    /// 200 with a body of another media type, such as `text/csv`.
    #[must_use]
    pub fn content(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::with(StatusCode::OK, body.into());
        reply.content_type = content_type;
        reply
    }

    /// The same answer with a member put in front of its body, for what is shown and never stored.
    ///
    /// # Errors
    /// `internal` when the body is no object.
    pub fn showing<T: Serialize>(self, name: &str, value: &T) -> Result<Self, Problem> {
        let rest: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&self.body)?;
        let mut document = serde_json::Map::from_iter([(name.to_owned(), serde_json::to_value(value)?)]);
        document.extend(rest);
        Ok(Self { body: serde_json::to_vec(&document)?.into(), ..self })
    }

    /// Adds the strong entity tag of the resource's version.
    #[must_use]
    pub fn tagged(mut self, version: i64) -> Self {
        self.etag = Some(etag::tag(version));
        self
    }

    /// Adds an entity tag that is not a row version, such as a document's hash. `tag` has no quotes.
    #[must_use]
    pub fn tagged_as(mut self, tag: &str) -> Self {
        self.etag = Some(format!("\"{tag}\""));
        self
    }

    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a `Link` header (RFC 8288).
    #[must_use]
    pub fn with_links(mut self, links: String) -> Self {
        self.links = Some(links);
        self
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let readable = matches!(*request.method(), Method::GET | Method::HEAD) && self.status == StatusCode::OK;
        let unchanged = readable && self.etag.as_ref().is_some_and(|tag| etag::not_modified(request.headers(), tag));
        let mut response = HttpResponse::build(if unchanged { StatusCode::NOT_MODIFIED } else { self.status });
        if let Some(tag) = self.etag {
            response.insert_header((header::ETAG, tag));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(links) = self.links {
            response.insert_header((header::LINK, links));
        }
        if self.replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        if unchanged || self.status == StatusCode::NO_CONTENT {
            return response.finish();
        }
        response.content_type(self.content_type).body(self.body)
    }
}
