//! API keys at the edge: `lsn_live_<id>_<secret>` is exchanged for an access token, which is what services read.
//!
//! A token is reused for under a minute, so a revoked key dies within that. Keys are held only as digests. An unknown key
//! costs its sender an attempt of the `auth` class, so guessing is limited like logging in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::problem::Problem;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::rate::Rates;
use crate::routes::Class;

const PREFIX: &str = "lsn_live_";
const API_KEY: &str = "x-api-key";
const REUSE: Duration = Duration::from_secs(50);
const CACHE_SIZE: usize = 10_000;
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ANSWER: usize = 64 * 1024;

/// An access token made from a key.
#[derive(Clone, Debug)]
pub struct Exchanged {
    pub token: String,
    pub expires_in: Duration,
}

/// Turns API keys into access tokens.
#[async_trait(?Send)]
pub trait KeyExchange: Send + Sync {
    /// Exchanges the id and the secret of a key.
    ///
    /// # Errors
    /// 401 when the key is not valid; 503 when it cannot be judged now.
    async fn exchange(&self, id: &str, secret: &str) -> Result<Exchanged, Problem>;
}

/// For whom a request is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client {
    /// The claimed name: a key's id or a token's subject, unverified.
    pub(super) name: Option<String>,
    pub(super) address: Option<IpAddr>,
}

/// Who sends a request, as far as it can be told without judging its credentials.
pub(super) fn client(request: &ServiceRequest, address: Option<IpAddr>) -> Client {
    let name = match key(request.headers()) {
        Some(key) => parts(&key).map(|(id, _)| id.to_owned()),
        None => bearer(request.headers()).and_then(subject),
    };
    Client { name, address }
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

fn subject(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Subject>(&payload).ok().map(|claims| claims.sub)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn key(headers: &HeaderMap) -> Option<String> {
    let from_header = headers.get(API_KEY).map(|value| value.to_str().unwrap_or_default());
    from_header.or_else(|| bearer(headers).filter(|token| token.starts_with(PREFIX))).map(str::to_owned)
}

fn parts(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix(PREFIX)?.split_once('_').filter(|(id, secret)| !id.is_empty() && !secret.is_empty())
}

/// The exchange with its memory.
pub(super) struct Keys {
    exchange: Arc<dyn KeyExchange>,
    held: Mutex<HashMap<[u8; 32], (HeaderValue, Instant)>>,
}

impl Keys {
    pub(super) fn new(exchange: Arc<dyn KeyExchange>) -> Self {
        Self { exchange, held: Mutex::default() }
    }

    /// Puts an access token in the place of an API key; does nothing to a request without one.
    pub(super) async fn replace(&self, request: &mut ServiceRequest, rates: &Rates, client: &Client) -> Result<(), Problem> {
        let Some(key) = key(request.headers()) else { return Ok(()) };
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let token = match self.held(&digest) {
            Some(token) => token,
            None => self.obtain(&key, digest, rates, client).await?,
        };
        request.headers_mut().remove(API_KEY);
        request.headers_mut().insert(header::AUTHORIZATION, token);
        Ok(())
    }

    fn held(&self, digest: &[u8; 32]) -> Option<HeaderValue> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(digest).filter(|(_, until)| *until > Instant::now()).map(|(token, _)| token.clone())
    }

    async fn obtain(&self, key: &str, digest: [u8; 32], rates: &Rates, client: &Client) -> Result<HeaderValue, Problem> {
        let anyone = Client { name: None, address: client.address };
        rates.admit(Class::Auth, &anyone)?;
        let (id, secret) = parts(key).ok_or_else(invalid)?;
        let exchanged = self.exchange.exchange(id, secret).await?;
        let mut token = HeaderValue::from_str(&format!("Bearer {}", exchanged.token)).map_err(Problem::internal)?;
        token.set_sensitive(true);
        let now = Instant::now();
        let until = now + REUSE.min(exchanged.expires_in.saturating_sub(Duration::from_secs(5)));
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= CACHE_SIZE {
            held.retain(|_, (_, until)| *until > now);
        }
        if held.len() < CACHE_SIZE {
            held.insert(digest, (token.clone(), until));
        }
        Ok(token)
    }
}

fn invalid() -> Problem {
    Problem::unauthorized("invalid_api_key", "The API key is not valid, has expired or was revoked.")
}

/// The exchange at the identity service's token endpoint, over HTTP.
#[derive(Default)]
pub struct HttpExchange {
    urls: Vec<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

thread_local! {
    static CLIENT: awc::Client = awc::Client::builder().timeout(TIMEOUT).disable_redirects().finish();
}

impl HttpExchange {
    /// With the base URLs of identity's replicas.
    #[must_use]
    pub const fn new(urls: Vec<String>) -> Self {
        Self { urls }
    }

    async fn ask(&self, url: &str, id: &str, secret: &str) -> Result<Exchanged, Problem> {
        let target: Uri = format!("{url}/oauth/token").parse().map_err(Problem::internal)?;
        let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        let client = CLIENT.with(awc::Client::clone);
        let mut response = client.post(target).send_form(&form).await.map_err(Problem::unavailable)?;
        let body = response.body().limit(MAX_ANSWER).await.map_err(Problem::unavailable)?;
        match response.status() {
            status if status.is_success() => {
                let granted: Granted = serde_json::from_slice(&body)?;
                Ok(Exchanged { token: granted.access_token, expires_in: Duration::from_secs(granted.expires_in) })
            }
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::UNPROCESSABLE_ENTITY => Err(invalid()),
            status => Err(Problem::unavailable(format!("identity answered {status}"))),
        }
    }
}

#[async_trait(?Send)]
impl KeyExchange for HttpExchange {
    async fn exchange(&self, id: &str, secret: &str) -> Result<Exchanged, Problem> {
        let mut last = Problem::unavailable("no address is configured for identity");
        for url in &self.urls {
            match self.ask(url, id, secret).await {
                Err(problem) if problem.status() == StatusCode::SERVICE_UNAVAILABLE => last = problem,
                outcome => return outcome,
            }
        }
        Err(last)
    }
}
