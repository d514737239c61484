//! What is known about one request from its first byte: its id, trace, idempotency key and body fingerprint.
//!
//! The [`context`] middleware wraps every service. It makes the context, turns every error (also the framework's own)
//! into a problem document that names the request, writes one access-log line and counts the request by route pattern.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use kernel::id::new_uuid;

use crate::metrics;
use crate::problem::{MEDIA_TYPE, Problem};

/// The header that names a request in every answer and log line.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: &str = "traceparent";
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MAX_KEY: usize = 128;

/// One request's context, shared by extractors and handler.
#[derive(Debug)]
pub struct RequestContext {
    pub request_id: String,
    pub trace_id: Option<String>,
    pub idempotency_key: Option<String>,
    /// Method and path: part of what an idempotency key stands for.
    pub target: String,
    /// SHA-256 of the canonical body, once it has been read; only beside an idempotency key.
    pub fingerprint: Cell<Option<[u8; 32]>>,
    /// Who asked, once known; for the access log.
    pub actor: RefCell<Option<String>>,
    /// The route's pattern where the framework does not know it: in the gateway.
    pub route: RefCell<Option<Arc<str>>>,
}

impl RequestContext {
    fn of(request: &ServiceRequest) -> Result<Self, Problem> {
        let headers = request.headers();
        let request_id = text(headers, REQUEST_ID.as_str()).filter(|id| is_plain(id)).map_or_else(|| new_uuid().to_string(), str::to_owned);
        let trace_id = text(headers, TRACEPARENT).and_then(|parent| parent.split('-').nth(1)).filter(|id| id.len() == 32 && is_plain(id));
        let idempotency_key = match headers.get(IDEMPOTENCY_KEY) {
            None => None,
            Some(value) => Some(key(value)?),
        };
        Ok(Self {
            trace_id: trace_id.map(str::to_owned),
            idempotency_key,
            target: format!("{} {}", request.method(), request.path()),
            fingerprint: Cell::new(None),
            actor: RefCell::default(),
            route: RefCell::default(),
            request_id,
        })
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A short identifier that is safe to log and to echo.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn key(value: &HeaderValue) -> Result<String, Problem> {
    let text = value.to_str().unwrap_or_default();
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > MAX_KEY || !printable {
        let detail = format!("Idempotency-Key must be 1 to {MAX_KEY} printable ASCII characters without spaces.");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_idempotency_key", detail));
    }
    Ok(text.to_owned())
}

/// The middleware; register with `actix_web::middleware::from_fn(request::context)`.
///
/// # Errors
/// Only those of a middleware inside it that fails instead of answering; a handler's error is an answer.
pub async fn context<B: MessageBody + 'static>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let (context, refused) = match RequestContext::of(&request) {
        Ok(context) => (Rc::new(context), None),
        Err(problem) => (Rc::new(fallback(&request)), Some(problem)),
    };
    request.extensions_mut().insert(Rc::clone(&context));
    if let Some(problem) = refused {
        let response = problem.response(Some(&context.request_id));
        return Ok(finish(request.into_response(response), &context, &method, started));
    }
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(failed(&error, &context, &method, started)),
    };
    Ok(finish(as_problem(response, &context), &context, &method, started))
}

/// A middleware's failure, with an answer that names the request.
fn failed(error: &Error, context: &RequestContext, method: &Method, started: Instant) -> Error {
    let id = Some(context.request_id.as_str());
    let mut response = match error.as_error::<Problem>() {
        Some(problem) => {
            log_cause(problem, context);
            problem.response(id)
        }
        None => from_framework(error.as_response_error().status_code()).response(id),
    };
    name(response.headers_mut(), context);
    account(context, method, response.status().as_u16(), None, started);
    InternalError::from_response("", response).into()
}

fn fallback(request: &ServiceRequest) -> RequestContext {
    RequestContext {
        request_id: new_uuid().to_string(),
        trace_id: None,
        idempotency_key: None,
        target: format!("{} {}", request.method(), request.path()),
        fingerprint: Cell::new(None),
        actor: RefCell::default(),
        route: RefCell::default(),
    }
}

/// Rewrites an error answer so that it is a problem document naming the request.
fn as_problem(response: ServiceResponse<BoxBody>, context: &RequestContext) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let id = Some(context.request_id.as_str());
    let rewritten = match response.response().error().and_then(|error| error.as_error::<Problem>()) {
        Some(problem) => {
            log_cause(problem, context);
            Some(problem.response(id))
        }
        None => {
            // A page for people says what is wrong in its own words; the framework never makes one.
            let ours = [MEDIA_TYPE.as_bytes(), b"text/html"];
            let kind = response.headers().get(header::CONTENT_TYPE);
            let explained = kind.is_some_and(|kind| ours.iter().any(|known| kind.as_bytes().starts_with(known)));
            (!explained).then(|| from_framework(status).response(id))
        }
    };
    match rewritten {
        None => response,
        Some(mut rewritten) => {
            for (name, value) in
                response.headers().iter().filter(|(name, _)| *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH)
            {
                if !rewritten.headers().contains_key(name) {
                    rewritten.headers_mut().append(name.clone(), value.clone());
                }
            }
            let (request, _) = response.into_parts();
            ServiceResponse::new(request, rewritten)
        }
    }
}

fn log_cause(problem: &Problem, context: &RequestContext) {
    if let Some(cause) = problem.cause() {
        let (request_id, status) = (context.request_id.as_str(), problem.status().as_u16());
        if problem.status().is_server_error() {
            tracing::error!(request_id, status, cause, "request failed");
        } else {
            tracing::debug!(request_id, status, cause, "request refused");
        }
    }
}

/// The framework's own refusals, which carry no problem of ours.
fn from_framework(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("no_such_route", "There is nothing at this path."),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This path does not answer this method; see Allow."),
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The request body is larger than allowed."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_media_type", "The request body has a media type this operation does not read."),
        StatusCode::REQUEST_TIMEOUT => ("request_timeout", "The request took too long to arrive."),
        status if status.is_server_error() => ("internal", "Something went wrong on our side; the request id helps us find it."),
        _ => ("bad_request", "The request cannot be understood."),
    };
    Problem::new(status, code, detail)
}

fn finish(mut response: ServiceResponse<BoxBody>, context: &RequestContext, method: &Method, started: Instant) -> ServiceResponse<BoxBody> {
    name(response.headers_mut(), context);
    // Matching walks all routes again, so it is asked only where the edge has not said it.
    let known = context.route.borrow().is_some();
    let pattern = if known { None } else { response.request().match_pattern() };
    account(context, method, response.status().as_u16(), pattern.as_deref(), started);
    response
}

fn name(headers: &mut HeaderMap, context: &RequestContext) {
    if let Ok(value) = HeaderValue::from_str(&context.request_id) {
        headers.insert(REQUEST_ID, value);
    }
}

/// One access-log line and one count, by the route's pattern and never by its path.
fn account(context: &RequestContext, method: &Method, status: u16, pattern: Option<&str>, started: Instant) {
    let elapsed = started.elapsed();
    let known = context.route.borrow();
    let route = known.as_deref().or(pattern).unwrap_or("unmatched");
    metrics::http(method.as_str(), route, status, elapsed);
    let actor = context.actor.borrow();
    tracing::info!(
        target: "access",
        method = method.as_str(),
        route,
        status,
        micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        request_id = context.request_id.as_str(),
        trace_id = context.trace_id.as_deref(),
        actor = actor.as_deref(),
    );
}
