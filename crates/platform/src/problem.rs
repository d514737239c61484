//! Every refusal and failure as a problem document (RFC 9457, `application/problem+json`).
//!
//! A [`Problem`] holds what the caller may read and, apart from it, the internal cause, which is logged with the request
//! id and never sent. Business rules speak [`Fault`]; this module is where a fault becomes an HTTP answer.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use kernel::{Fault, FaultKind, FieldFault};
use sea_orm::{DbErr, SqlErr};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The media type of every error body.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or failure, one pointer wide.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    errors: Vec<FieldFault>,
    allowed: Vec<String>,
    conflicts: Vec<Uuid>,
    facts: Vec<(&'static str, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
    transient: bool,
    unique: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            allowed: Vec::new(),
            conflicts: Vec::new(),
            facts: Vec::new(),
            headers: Vec::new(),
            cause: None,
            transient: false,
            unique: None,
        }))
    }

    /// A bug or a broken dependency. The caller reads only that something went wrong; `cause` goes to the log.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut problem =
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side; the request id helps us find it.");
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// The service cannot answer now and may soon: 503 with `Retry-After`.
    #[must_use]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let mut problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service is not available at the moment; try again shortly.");
        problem.0.cause = Some(cause.to_string());
        problem.with_retry_after(1)
    }

    /// A peer's refusal, passed on to this service's caller.
    #[must_use]
    pub fn relayed(status: StatusCode, document: &[u8]) -> Self {
        let Ok(document) = serde_json::from_slice::<RelayedDocument>(document) else {
            return Self::internal(format!("a peer refused with {status} and no problem document"));
        };
        let mut problem = Self::new(status, document.code, document.detail);
        problem.0.errors = document
            .errors
            .into_iter()
            .map(|error| FieldFault { pointer: error.pointer, code: error.code.into(), message: error.message })
            .collect();
        problem.0.allowed = document.allowed;
        problem.0.conflicts = document.conflicts;
        problem
    }

    #[must_use]
    pub fn unauthorized(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"liaison\""))
    }

    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds a member to the document; `json` is its JSON text.
    #[must_use]
    pub fn with_fact(mut self, name: &'static str, json: impl Into<String>) -> Self {
        self.0.facts.push((name, json.into()));
        self
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What went wrong inside, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// True when the same transaction may succeed if tried again (busy, serialisation failure, deadlock).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// Replaces the generic answer to a violated unique index by the resource's own fault, when the violated index or
    /// column name contains `index`.
    #[must_use]
    pub fn on_unique(self, index: &str, fault: impl FnOnce() -> Fault) -> Self {
        match &self.0.unique {
            Some(violated) if violated.contains(index) => fault().into(),
            _ => self,
        }
    }

    /// The document as JSON text.
    #[must_use]
    pub fn body(&self, request_id: Option<&str>) -> Vec<u8> {
        serde_json::to_vec(&Document { parts: &self.0, request_id }).unwrap_or_default()
    }

    /// The whole answer, naming the request.
    #[must_use]
    pub fn response(&self, request_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.status);
        for (name, value) in &self.0.headers {
            response.append_header((name.clone(), value.clone()));
        }
        response.content_type(MEDIA_TYPE).body(self.body(request_id))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.0.status.as_u16(), self.0.code, self.0.detail)?;
        self.0.cause.as_ref().map_or(Ok(()), |cause| write!(formatter, " ({cause})"))
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        self.response(None)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let status = match fault.kind {
            FaultKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            FaultKind::Malformed => StatusCode::BAD_REQUEST,
            FaultKind::Conflict => StatusCode::CONFLICT,
            FaultKind::NotFound => StatusCode::NOT_FOUND,
            FaultKind::Forbidden => StatusCode::FORBIDDEN,
            FaultKind::Stale => StatusCode::PRECONDITION_FAILED,
        };
        let details = fault.into_details();
        let mut problem = Self::new(status, details.code, details.detail);
        problem.0.errors = details.errors;
        problem.0.allowed = details.allowed;
        problem.0.conflicts = details.conflicts;
        problem.0.facts = details.facts;
        problem
    }
}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        if let Some(SqlErr::UniqueConstraintViolation(violated)) = error.sql_err() {
            let mut problem = Self::new(StatusCode::CONFLICT, "already_exists", "A resource with the same unique value exists already.");
            problem.0.cause = Some(text);
            problem.0.unique = Some(violated);
            return problem;
        }
        if let Some(SqlErr::ForeignKeyConstraintViolation(_)) = error.sql_err() {
            let mut problem =
                Self::new(StatusCode::CONFLICT, "reference_conflict", "A resource named in the request does not exist or is still in use.");
            problem.0.cause = Some(text);
            return problem;
        }
        if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
            return Self::unavailable(text);
        }
        let transient = ["database is locked", "database table is locked", "deadlock detected", "could not serialize"]
            .iter()
            .any(|sign| text.contains(sign));
        let gone = ["statement timeout", "Connection refused", "connection closed", "terminating connection", "the database system is"]
            .iter()
            .any(|sign| text.contains(sign));
        let mut problem = if transient || gone { Self::unavailable(text) } else { Self::internal(text) };
        problem.0.transient = transient;
        problem
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("JSON: {error}"))
    }
}

#[derive(Deserialize)]
struct RelayedDocument {
    code: String,
    detail: String,
    #[serde(default)]
    errors: Vec<RelayedField>,
    #[serde(default)]
    allowed: Vec<String>,
    #[serde(default)]
    conflicts: Vec<Uuid>,
}

#[derive(Deserialize)]
struct RelayedField {
    pointer: String,
    code: String,
    message: String,
}

struct Document<'a> {
    parts: &'a Parts,
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct FieldDocument<'a> {
    pointer: &'a str,
    code: &'a str,
    message: &'a str,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.parts;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format_args!("urn:liaison:problem:{}", parts.code))?;
        map.serialize_entry("title", parts.status.canonical_reason().unwrap_or("Error"))?;
        map.serialize_entry("status", &parts.status.as_u16())?;
        map.serialize_entry("detail", &parts.detail)?;
        map.serialize_entry("code", &parts.code)?;
        if !parts.errors.is_empty() {
            let errors: Vec<FieldDocument<'_>> = parts
                .errors
                .iter()
                .map(|error| FieldDocument { pointer: &error.pointer, code: &error.code, message: &error.message })
                .collect();
            map.serialize_entry("errors", &errors)?;
        }
        if !parts.allowed.is_empty() {
            map.serialize_entry("allowed", &parts.allowed)?;
        }
        if !parts.conflicts.is_empty() {
            map.serialize_entry("conflicts", &parts.conflicts)?;
        }
        for (name, json) in &parts.facts {
            let raw: &serde_json::value::RawValue = serde_json::from_str(json).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(name, raw)?;
        }
        if let Some(request_id) = self.request_id {
            map.serialize_entry("request_id", request_id)?;
        }
        map.end()
    }
}
