//! Forwarding a request to the service that answers it, as a stream in both directions.
//!
//! Only what is safe to repeat is repeated: reads, and requests with an idempotency key, after a failed connection or a
//! 502, 503 or 504, within a budget and the caller's deadline. A body is kept for that only up to 1 MiB. Bodies are never
//! decompressed, and the path goes on byte for byte.

mod breaker;
mod budget;
mod exchange;
mod pool;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::http::{Method, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use platform::health::Health;
use platform::metrics;
use platform::problem::Problem;
use platform::request::RequestContext;
use platform::serve::{BODY, HANDLER};

use crate::edge::Owner;
use exchange::{Body, Failure, Outgoing};
use pool::{Pool, Replica};

const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(25);

/// The way to every service.
pub struct Proxy {
    pools: HashMap<String, Pool>,
    patience: Duration,
}

impl Proxy {
    /// With each service's replicas by base URL.
    #[must_use]
    pub fn new(upstreams: &BTreeMap<String, Vec<String>>) -> Self {
        let pools = upstreams.iter().map(|(service, urls)| (service.clone(), Pool::new(service, urls))).collect();
        Self { pools, patience: HANDLER }
    }

    /// How long to wait for the head of an answer, all attempts together.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Asks every replica's `/readyz` once a second until the process drains; run it beside the server.
    pub async fn watch(&self, health: &Health) {
        let polls = self.pools.values().flat_map(Pool::replicas).map(|replica| replica.watch(health));
        futures_util::future::join_all(polls).await;
    }

    fn pool(&self, service: &str) -> Result<&Pool, Problem> {
        self.pools.get(service).ok_or_else(|| Problem::unavailable(format!("no upstream is configured for {service}")))
    }
}

/// The handler behind every route of the gateway.
pub(crate) async fn forward(request: HttpRequest, payload: Payload, proxy: Data<Proxy>) -> Result<HttpResponse, Problem> {
    let owner = request.extensions().get::<Owner>().copied().ok_or_else(|| Problem::internal("a request without a route was forwarded"))?;
    let context = request.extensions().get::<Rc<RequestContext>>().cloned();
    let pool = proxy.pool(owner.0)?;
    let has_body = exchange::has_body(&request);
    let deadline = Instant::now() + if has_body { proxy.patience + BODY } else { proxy.patience };
    let repeatable = matches!(*request.method(), Method::GET | Method::HEAD) || request.headers().contains_key("idempotency-key");
    let body = if has_body { Body::read(&request, payload, repeatable).await? } else { Body::None };
    let outgoing = Outgoing::new(&request, context.as_ref().map(|context| context.request_id.as_str()), deadline);
    if repeatable && body.can_be_sent_again() {
        send_repeatedly(pool, &outgoing, body).await
    } else {
        let replica = pool.pick(None).ok_or_else(|| nobody(pool))?;
        send(pool, replica, &outgoing, body).await.map_err(Failure::into_problem)
    }
}

async fn send_repeatedly(pool: &Pool, outgoing: &Outgoing<'_>, body: Body) -> Result<HttpResponse, Problem> {
    let mut previous = None;
    for attempt in 1.. {
        let replica = pool.pick(previous).ok_or_else(|| nobody(pool))?;
        let failure = match send(pool, replica, outgoing, body.again()).await {
            Ok(response) if !exchange::is_passing(response.status()) => return Ok(response),
            Ok(response) => {
                if attempt >= ATTEMPTS || !pool.may_retry() {
                    return Ok(response);
                }
                None
            }
            Err(failure) => Some(failure),
        };
        if let Some(failure) = failure
            && (!failure.may_be_repeated() || attempt >= ATTEMPTS || !pool.may_retry())
        {
            return Err(failure.into_problem());
        }
        metrics::forward(pool.service(), "retry", Duration::ZERO);
        previous = Some(replica);
        tokio::time::sleep(PAUSE).await;
    }
    Err(nobody(pool))
}

async fn send(pool: &Pool, replica: &Replica, outgoing: &Outgoing<'_>, body: Body) -> Result<HttpResponse, Failure> {
    pool.count();
    let started = Instant::now();
    let outcome = exchange::send(replica.url(), outgoing, body).await;
    let now = Instant::now();
    let label = match &outcome {
        Ok(response) => {
            replica.heard(exchange::is_broken(response.status()), now);
            exchange::class(response.status())
        }
        Err(failure) => {
            if failure.is_upstreams() {
                replica.heard(true, now);
            } else {
                replica.let_go();
            }
            failure.label()
        }
    };
    metrics::forward(pool.service(), label, started.elapsed());
    outcome
}

fn nobody(pool: &Pool) -> Problem {
    Problem::unavailable(format!("no replica of {} is healthy", pool.service()))
        .with_header(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"))
}
