//! One exchange with an upstream: headers out, body out, headers in, body in.
//!
//! Hop-by-hop headers stop here in both directions. A known length is announced as such, so that a body is never framed
//! in two ways at once.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, Instant};

use actix_web::body::{BodyStream, SizedStream};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _};
use awc::error::SendRequestError;
use awc::{Client, Connector};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use platform::problem::Problem;
use platform::serve::DEADLINE;

use crate::edge::{self, MAX_BODY, Sender};

const CONNECT: Duration = Duration::from_secs(2);
/// Shorter than the services' own, so that a kept connection is dropped on this side first.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
const READY: Duration = Duration::from_secs(1);
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
const REQUEST_ID: &str = "x-request-id";

thread_local! {
    // One client per thread: its connections are never handed between threads.
    static CLIENT: Client = Client::builder()
        .connector(Connector::new().timeout(CONNECT).conn_keep_alive(KEEP_ALIVE).conn_lifetime(Duration::from_secs(3_600)).limit(0))
        .disable_timeout()
        .disable_redirects()
        .no_default_headers()
        .finish();
}

/// A request's body on its way out.
pub(super) enum Body {
    None,
    Kept(Bytes),
    /// Passed on as it arrives, with its length when that was announced.
    Passing(Payload, Option<u64>),
}

/// A request as every attempt sends it.
pub(super) struct Outgoing<'r> {
    method: Method,
    path: &'r str,
    headers: HeaderMap,
    deadline: Instant,
}

/// Why there is no answer.
pub(super) enum Failure {
    /// The upstream did not answer properly.
    Upstream(SendRequestError),
    Late,
    /// The caller's body stopped short.
    Caller(Problem),
}

pub(super) fn has_body(request: &HttpRequest) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.is_some_and(|length| length.as_bytes() != b"0") || request.headers().contains_key(header::TRANSFER_ENCODING)
}

impl Body {
    /// Keeps a body that may have to be sent again; passes on any other.
    pub(super) async fn read(request: &HttpRequest, mut payload: Payload, keep: bool) -> Result<Self, Problem> {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        let small = length.filter(|length: &u64| keep && *length <= MAX_BODY).and_then(|length| usize::try_from(length).ok());
        let Some(size) = small else { return Ok(Self::Passing(payload, length)) };
        let mut kept = BytesMut::with_capacity(size);
        while let Some(chunk) = payload.next().await {
            kept.extend_from_slice(&chunk.map_err(|error| interrupted(&error))?);
        }
        Ok(Self::Kept(kept.freeze()))
    }

    pub(super) fn can_be_sent_again(&self) -> bool {
        !matches!(self, Self::Passing(..))
    }

    /// The same body once more; one that passes by cannot be had again.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Kept(bytes) => Self::Kept(bytes.clone()),
            Self::None | Self::Passing(..) => Self::None,
        }
    }
}

impl<'r> Outgoing<'r> {
    pub(super) fn new(request: &'r HttpRequest, request_id: Option<&str>, deadline: Instant) -> Self {
        let mut headers = HeaderMap::with_capacity(request.headers().len());
        let dropped = connection_named(request.headers());
        for (name, value) in request.headers() {
            if !is_hop_by_hop(name, &dropped) && *name != header::HOST && *name != header::CONTENT_LENGTH {
                headers.append(name.clone(), value.clone());
            }
        }
        let mut set = |name: &'static str, text: Cow<'_, str>| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        let connection = request.connection_info();
        set("x-forwarded-host", connection.host().into());
        set("x-forwarded-proto", connection.scheme().into());
        if let Some(Sender(address)) = request.extensions().get().copied() {
            set("x-forwarded-for", address.to_string().into());
        }
        if let Some(id) = request_id {
            set(REQUEST_ID, id.into());
        }
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        Self { method: request.method().clone(), path, headers, deadline }
    }
}

/// Sends a request to the upstream at `base`; returns when the head of its answer is there.
pub(super) async fn send(base: &str, outgoing: &Outgoing<'_>, body: Body) -> Result<HttpResponse, Failure> {
    let left = outgoing.deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Failure::Late);
    }
    let client = CLIENT.with(Client::clone);
    let mut request = client.request(outgoing.method.clone(), format!("{base}{}", outgoing.path)).no_decompress();
    *request.headers_mut() = outgoing.headers.clone();
    let millis = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    request.headers_mut().insert(DEADLINE, HeaderValue::from(millis));
    let sending = match body {
        Body::None => request.send(),
        Body::Kept(bytes) => request.send_body(bytes),
        Body::Passing(payload, Some(length)) => request.send_body(SizedStream::new(length, payload)),
        Body::Passing(payload, None) => request.send_body(BodyStream::new(payload)),
    };
    match tokio::time::timeout(left, sending).await {
        Err(_) => Err(Failure::Late),
        Ok(Err(error)) => Err(failure(error)),
        Ok(Ok(response)) => Ok(answer(&outgoing.method, response)),
    }
}

fn answer<S>(method: &Method, response: awc::ClientResponse<S>) -> HttpResponse
where
    S: futures_util::Stream<Item = Result<Bytes, PayloadError>> + Unpin + 'static,
{
    let status = response.status();
    let mut builder = HttpResponse::build(status);
    let dropped = connection_named(response.headers());
    let mut length = None;
    for (name, value) in response.headers() {
        if *name == header::CONTENT_LENGTH {
            length = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
        } else if *name != header::DATE && name.as_str() != REQUEST_ID && !is_hop_by_hop(name, &dropped) {
            builder.append_header((name.clone(), value.clone()));
        }
    }
    let bodiless = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED || status.is_informational();
    match length {
        _ if bodiless => builder.finish(),
        Some(length) => builder.body(SizedStream::new(length, response)),
        None if method == Method::HEAD => builder.finish(),
        None => builder.body(BodyStream::new(response)),
    }
}

/// Headers that `Connection` declares to be for this hop only.
fn connection_named(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONNECTION).filter_map(|value| value.to_str().ok());
    values.flat_map(|text| text.split(',')).map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect()
}

fn is_hop_by_hop(name: &HeaderName, named: &[String]) -> bool {
    HOP_BY_HOP.contains(&name.as_str()) || named.iter().any(|dropped| dropped == name.as_str())
}

/// True when another attempt may well succeed.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

/// True when the status says that the upstream is broken. 503 does not: a service says so itself when it lacks a peer.
pub(super) fn is_broken(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT)
}

pub(super) fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// Whether the upstream at `base` wants requests.
pub(super) async fn is_ready(base: &str) -> bool {
    let request = CLIENT.with(Client::clone).get(format!("{base}/readyz")).send();
    matches!(tokio::time::timeout(READY, request).await, Ok(Ok(response)) if response.status().is_success())
}

fn failure(error: SendRequestError) -> Failure {
    match error {
        SendRequestError::Body(cause) => match cause.downcast_ref::<PayloadError>() {
            Some(payload) => Failure::Caller(interrupted(payload)),
            None => Failure::Upstream(SendRequestError::Body(cause)),
        },
        error => Failure::Upstream(error),
    }
}

fn interrupted(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => edge::too_large(),
        PayloadError::Io(cause) if cause.kind() == io::ErrorKind::TimedOut => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "The request took too long to arrive.")
        }
        error => Problem::new(error.status_code(), "incomplete_body", "The request body did not arrive completely."),
    }
}

impl Failure {
    /// True when a safe request may be sent again: an answer that never came may still come from another replica.
    pub(super) fn may_be_repeated(&self) -> bool {
        matches!(self, Self::Upstream(_))
    }

    pub(super) fn is_upstreams(&self) -> bool {
        matches!(self, Self::Upstream(_) | Self::Late)
    }

    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Upstream(SendRequestError::Connect(_)) => "unreachable",
            Self::Upstream(_) => "broken",
            Self::Late => "late",
            Self::Caller(_) => "caller",
        }
    }

    pub(super) fn into_problem(self) -> Problem {
        match self {
            Self::Upstream(error) => Problem::unavailable(format!("upstream: {error}")),
            Self::Late => Problem::unavailable("the upstream took too long"),
            Self::Caller(problem) => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hop_by_hop_headers_stop_here_also_those_that_connection_names() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close, X-Hop"));
        let named = connection_named(&headers);
        let stops = |name: &'static str| is_hop_by_hop(&HeaderName::from_static(name), &named);
        assert!(["connection", "close", "x-hop", "te", "transfer-encoding", "upgrade"].into_iter().all(stops));
        assert!(!["content-type", "authorization", "x-hopper"].into_iter().any(stops));
    }
}
