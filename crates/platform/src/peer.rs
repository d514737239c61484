//! The port through which one service asks another: a JSON call under the service's own token.
//!
//! The adapter over HTTP lives in `clients`, as do the typed questions; tests put a table in its place. Nothing is asked
//! of a peer inside a transaction.

use actix_web::http::{Method, StatusCode};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A call to a peer.
#[derive(Clone, Debug)]
pub struct PeerRequest {
    /// The service asked, by name.
    pub service: &'static str,
    pub method: Method,
    /// Path and query.
    pub path: String,
    pub body: Option<Bytes>,
    pub idempotency_key: Option<String>,
}

/// A peer's answer.
#[derive(Clone, Debug)]
pub struct PeerResponse {
    pub status: StatusCode,
    pub body: Bytes,
}

/// Asks other services.
pub trait Peers: Send + Sync {
    /// Carries out one call; an answer of any status is a response.
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>>;
}

/// Reads a resource of a peer; absent when it answers 404.
///
/// # Errors
/// 503 when the peer cannot be reached or fails; its own problem when it refuses.
pub async fn get<T: DeserializeOwned>(peers: &dyn Peers, service: &'static str, path: String) -> Result<Option<T>, Problem> {
    let request = PeerRequest { service, method: Method::GET, path, body: None, idempotency_key: None };
    let response = peers.call(request).await?;
    if response.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    read(service, &response).map(Some)
}

/// Posts to a peer; `key` makes it safe to repeat.
///
/// # Errors
/// 503 when the peer cannot be reached or fails; its own problem when it refuses.
pub async fn post<B: Serialize, T: DeserializeOwned>(
    peers: &dyn Peers,
    service: &'static str,
    path: String,
    body: &B,
    key: Option<String>,
) -> Result<T, Problem> {
    let body = serde_json::to_vec(body)?.into();
    let request = PeerRequest { service, method: Method::POST, path, body: Some(body), idempotency_key: key };
    read(service, &peers.call(request).await?)
}

fn read<T: DeserializeOwned>(service: &str, response: &PeerResponse) -> Result<T, Problem> {
    if response.status.is_success() {
        return serde_json::from_slice(&response.body)
            .map_err(|error| Problem::internal(format!("{service} answered what is not understood: {error}")));
    }
    if response.status.is_server_error() || response.status == StatusCode::UNAUTHORIZED || response.status == StatusCode::TOO_MANY_REQUESTS
    {
        return Err(Problem::unavailable(format!("{service} answered {}", response.status)));
    }
    Err(Problem::relayed(response.status, &response.body))
}
