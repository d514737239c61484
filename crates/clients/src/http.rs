//! The HTTP adapter: one client per thread with kept connections, the service's own token, deadlines, replicas in turn.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use awc::error::SendRequestError;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::LocalBoxFuture;
use kernel::Clock;
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use serde::Deserialize;

const DEADLINE: Duration = Duration::from_secs(5);
const MAX_ANSWER: usize = 8 << 20;
/// A token is renewed this long before it expires.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);

/// Where each service listens; set when it is known, which in the embedded topology is after binding.
#[derive(Clone, Default)]
pub struct Addresses {
    inner: Arc<RwLock<HashMap<&'static str, Vec<String>>>>,
}

impl Addresses {
    /// Sets the base URLs (`http://host:port`) of a service's replicas.
    pub fn set(&self, service: &'static str, urls: Vec<String>) {
        self.inner.write().unwrap_or_else(PoisonError::into_inner).insert(service, urls);
    }

    fn pick(&self, service: &str, turn: usize) -> Result<String, Problem> {
        let addresses = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let urls = addresses.get(service).filter(|urls| !urls.is_empty());
        let url = urls.and_then(|urls| urls.get(turn % urls.len()));
        url.cloned().ok_or_else(|| Problem::unavailable(format!("no address is configured for {service}")))
    }
}

/// Calls to peers under the token of `service:<name>`.
pub struct HttpPeers {
    addresses: Addresses,
    client_id: String,
    client_secret: String,
    token: RwLock<Option<(String, DateTime<Utc>)>>,
    turn: AtomicUsize,
    wall: Clock,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

thread_local! {
    static CLIENT: awc::Client = awc::Client::builder().timeout(DEADLINE).disable_redirects().finish();
}

impl HttpPeers {
    #[must_use]
    pub fn new(addresses: Addresses, service: &str, client_secret: String) -> Self {
        Self {
            addresses,
            client_id: format!("service:{service}"),
            client_secret,
            token: RwLock::default(),
            turn: AtomicUsize::default(),
            wall: Clock::default(),
        }
    }

    async fn token(&self) -> Result<String, Problem> {
        let now = self.wall.now();
        let held = self.token.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((token, until)) = held
            && until > now
        {
            return Ok(token);
        }
        let form = [("grant_type", "client_credentials"), ("client_id", &self.client_id), ("client_secret", &self.client_secret)];
        let url = format!("{}/oauth/token", self.addresses.pick("identity", 0)?);
        let client = CLIENT.with(awc::Client::clone);
        let mut response = client.post(url).send_form(&form).await.map_err(|error| unreachable("identity", &error))?;
        let body = response.body().limit(MAX_ANSWER).await.map_err(Problem::unavailable)?;
        if !response.status().is_success() {
            return Err(Problem::unavailable(format!("identity refused this service's credentials: {}", response.status())));
        }
        let granted: Granted = serde_json::from_slice(&body)?;
        let until = now + TimeDelta::seconds(granted.expires_in) - RENEW_BEFORE;
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = Some((granted.access_token.clone(), until));
        Ok(granted.access_token)
    }

    async fn send(&self, request: &PeerRequest, public: bool) -> Result<PeerResponse, Problem> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let url = format!("{}{}", self.addresses.pick(request.service, turn)?, request.path);
        let client = CLIENT.with(awc::Client::clone);
        let mut outgoing = client.request(request.method.clone(), url);
        if !public {
            outgoing = outgoing.bearer_auth(self.token().await?);
        }
        if let Some(key) = &request.idempotency_key {
            outgoing = outgoing.insert_header(("Idempotency-Key", key.as_str()));
        }
        let sent = match &request.body {
            Some(body) => outgoing.content_type("application/json").send_body(body.clone()).await,
            None => outgoing.send().await,
        };
        let mut response = sent.map_err(|error| unreachable(request.service, &error))?;
        let body = response.body().limit(MAX_ANSWER).await.map_err(Problem::unavailable)?;
        Ok(PeerResponse { status: response.status(), body })
    }

    /// A call without a token, for what is public such as the key set.
    ///
    /// # Errors
    /// 503 when the peer cannot be reached.
    pub(crate) async fn call_public(&self, request: PeerRequest) -> Result<PeerResponse, Problem> {
        self.send(&request, true).await
    }
}

fn unreachable(service: &str, error: &SendRequestError) -> Problem {
    Problem::unavailable(format!("{service} cannot be reached: {error}"))
}

impl Peers for HttpPeers {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        Box::pin(async move {
            let safe = request.body.is_none() || request.idempotency_key.is_some();
            match self.send(&request, false).await {
                Err(_) if safe => self.send(&request, false).await,
                outcome => outcome,
            }
        })
    }
}
