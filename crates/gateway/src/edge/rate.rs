//! Rate limits by GCRA, per client and class of operation.
//!
//! A client is who it says it is, at its network address: a claimed name alone would let one client use up another's
//! quota, an address alone would make one client of a whole office. All clients of one address together get ten times a
//! client's quota, so that inventing names does not help.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, QuantaClock, QuantaInstant};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, RateLimiter};
use platform::metrics;
use platform::problem::Problem;

use super::keys::Client;
use crate::routes::Class;

type Limiter = RateLimiter<u64, DashMapStateStore<u64>, QuantaClock, StateInformationMiddleware>;

const WINDOW: Duration = Duration::from_secs(60);
const PER_ADDRESS: u32 = 10;
const SWEEP_EVERY: u32 = 20_000;
static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static LIMIT: HeaderName = HeaderName::from_static("ratelimit");

struct Gate {
    clients: Limiter,
    addresses: Limiter,
    policy: HeaderValue,
    per_minute: u32,
}

/// The limits of all classes.
pub(super) struct Rates {
    read: Option<Gate>,
    write: Option<Gate>,
    auth: Option<Gate>,
    export: Option<Gate>,
    hasher: RandomState,
    clock: QuantaClock,
    until_sweep: AtomicU32,
}

/// What is left of a client's quota, for the answer's headers.
pub(super) struct Quota {
    policy: HeaderValue,
    class: Class,
    remaining: u32,
    reset: u64,
}

impl Rates {
    pub(super) fn new(rates: &platform::config::Rates) -> Self {
        let gate = |class, rate: Option<u32>| rate.and_then(|rate| Gate::new(class, rate));
        Self {
            read: gate(Class::Read, rates.read),
            write: gate(Class::Write, rates.write),
            auth: gate(Class::Auth, rates.auth),
            export: gate(Class::Export, rates.export),
            hasher: RandomState::new(),
            clock: QuantaClock::default(),
            until_sweep: AtomicU32::new(SWEEP_EVERY),
        }
    }

    /// Counts a request; nothing when its class is not limited.
    ///
    /// # Errors
    /// 429 `rate_limited` with `Retry-After`.
    pub(super) fn admit(&self, class: Class, client: &Client) -> Result<Option<Quota>, Problem> {
        let Some(gate) = self.gate(class) else { return Ok(None) };
        self.sweep(gate);
        let address = self.hasher.hash_one(client.address);
        gate.addresses.check_key(&address).map_err(|refused| self.refuse(class, gate, &refused))?;
        let key = self.hasher.hash_one(client);
        let state = gate.clients.check_key(&key).map_err(|refused| self.refuse(class, gate, &refused))?;
        let remaining = state.remaining_burst_capacity();
        let used = u64::from(gate.per_minute.saturating_sub(remaining));
        let reset = used.saturating_mul(WINDOW.as_secs()).div_ceil(u64::from(gate.per_minute.max(1)));
        Ok(Some(Quota { policy: gate.policy.clone(), class, remaining, reset }))
    }

    fn gate(&self, class: Class) -> Option<&Gate> {
        match class {
            Class::Read => self.read.as_ref(),
            Class::Write => self.write.as_ref(),
            Class::Auth => self.auth.as_ref(),
            Class::Export => self.export.as_ref(),
        }
    }

    fn refuse(&self, class: Class, gate: &Gate, refused: &NotUntil<QuantaInstant>) -> Problem {
        metrics::limited(class.as_str());
        let wait = refused.wait_time_from(self.clock.now());
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let detail = format!("Too many {} requests: {} a minute are allowed; try again in {seconds} s.", class.as_str(), gate.per_minute);
        let quota = Quota { policy: gate.policy.clone(), class, remaining: 0, reset: u64::from(seconds) };
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).with_retry_after(seconds);
        problem.with_header(POLICY.clone(), quota.policy.clone()).with_header(LIMIT.clone(), quota.value())
    }

    /// Now and then forgets the clients that have their whole quota back.
    fn sweep(&self, gate: &Gate) {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.until_sweep.store(SWEEP_EVERY, Ordering::Relaxed);
            gate.clients.retain_recent();
            gate.addresses.retain_recent();
        }
    }
}

impl Gate {
    fn new(class: Class, per_minute: u32) -> Option<Self> {
        let quota = |rate: u32| NonZeroU32::new(rate).map(governor::Quota::per_minute);
        let policy = format!("\"{}\";q={per_minute};w={}", class.as_str(), WINDOW.as_secs());
        Some(Self {
            clients: RateLimiter::dashmap(quota(per_minute)?).with_middleware(),
            addresses: RateLimiter::dashmap(quota(per_minute.saturating_mul(PER_ADDRESS))?).with_middleware(),
            policy: HeaderValue::from_str(&policy).ok()?,
            per_minute,
        })
    }
}

impl Quota {
    fn value(&self) -> HeaderValue {
        let text = format!("\"{}\";r={};t={}", self.class.as_str(), self.remaining, self.reset);
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(POLICY.clone(), self.policy.clone());
        headers.insert(LIMIT.clone(), self.value());
    }
}
