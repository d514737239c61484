//! Verifying access tokens: key records, revocations and a small per-worker cache of verified tokens.
//!
//! Each service does this itself, so that embedded, split and direct calls behave alike. The algorithm comes from the key
//! record, never from the token, and `kid` is only a look-up. A cached verification lives at most 60 s, which with the
//! polling of revocations bounds how long a revoked token works.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::LocalBoxFuture;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use kernel::Clock;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::caller::{Actor, Claims, Identity};
use crate::problem::Problem;
use crate::request::RequestContext;
use crate::scope::RowScope;

/// How long a verification or an expanded scope may be reused.
const CACHE_FOR: TimeDelta = TimeDelta::seconds(60);
const CACHE_SIZE: usize = 4_096;
/// The audience of every access token.
pub const AUDIENCE: &str = "liaison";
/// The least time between two fetches of the key set, so that forged key ids cannot cause a storm.
const REFETCH_AFTER: TimeDelta = TimeDelta::seconds(5);

/// Where public keys, revocations and account subtrees come from; an HTTP adapter, or a table in tests.
pub trait TrustSource: Send + Sync {
    /// The issuer's current public keys.
    fn keys(&self) -> LocalBoxFuture<'_, Result<JwkSet, Problem>>;
    /// Sessions, API keys and users revoked lately.
    fn revocations(&self) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>>;
    /// The accounts below and including `roots`.
    fn subtree(&self, roots: Vec<Uuid>) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>>;
}

/// A refusal to be audited.
#[derive(Clone, Debug)]
pub struct Denial {
    pub actor: Actor,
    pub permission: &'static str,
    pub target: String,
    pub request_id: Option<String>,
    pub at: DateTime<Utc>,
}

/// Verifies tokens for one process.
pub struct Authority {
    issuer: String,
    clock: Clock,
    /// Tokens are always judged by real time: a test clock set years ahead must not end every session.
    wall: Clock,
    source: Arc<dyn TrustSource>,
    keys: RwLock<Keys>,
    revoked: RwLock<Vec<Uuid>>,
    denials: mpsc::Sender<Denial>,
}

#[derive(Default)]
struct Keys {
    by_id: HashMap<String, DecodingKey>,
    fetched_at: Option<DateTime<Utc>>,
}

/// Token digest to identity, with the end of its use.
type Verified = HashMap<[u8; 32], (Rc<Identity>, DateTime<Utc>)>;

thread_local! {
    static VERIFIED: RefCell<Verified> = RefCell::new(HashMap::new());
}

impl Authority {
    /// An authority and the queue of refusals to audit; the queue is bounded and a full one drops the newest.
    #[must_use]
    pub fn new(issuer: impl Into<String>, clock: Clock, source: Arc<dyn TrustSource>) -> (Self, mpsc::Receiver<Denial>) {
        let (denials, queue) = mpsc::channel(1_024);
        let authority = Self {
            issuer: issuer.into(),
            clock,
            wall: Clock::default(),
            source,
            keys: RwLock::default(),
            revoked: RwLock::default(),
            denials,
        };
        (authority, queue)
    }

    /// The identity behind a bearer token.
    ///
    /// # Errors
    /// 401 `invalid_token`; 503 when the keys or the account tree cannot be reached.
    pub async fn identify(&self, token: &str) -> Result<Rc<Identity>, Problem> {
        let now = self.wall.now();
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let cached =
            VERIFIED.with_borrow(|cache| cache.get(&digest).filter(|(_, until)| *until > now).map(|(identity, _)| Rc::clone(identity)));
        let identity = match cached {
            Some(identity) => identity,
            None => self.verify(token, digest, now).await?,
        };
        self.refuse_revoked(&identity.claims)?;
        Ok(identity)
    }

    async fn verify(&self, token: &str, digest: [u8; 32], now: DateTime<Utc>) -> Result<Rc<Identity>, Problem> {
        let claims = self.claims(token, now).await?;
        let scope = self.scope(&claims).await?;
        let actor = Actor { kind: claims.kind, id: claims.sub, name: claims.name.clone() };
        let expires = DateTime::from_timestamp(claims.exp, 0).unwrap_or(now);
        let until = expires.min(now + CACHE_FOR);
        let identity = Rc::new(Identity { claims, actor, scope });
        VERIFIED.with_borrow_mut(|cache| {
            if cache.len() >= CACHE_SIZE {
                cache.retain(|_, (_, until)| *until > now);
            }
            if cache.len() < CACHE_SIZE {
                cache.insert(digest, (Rc::clone(&identity), until));
            }
        });
        Ok(identity)
    }

    async fn claims(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Problem> {
        let header = decode_header(token).map_err(invalid)?;
        let typed = header.typ.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("at+jwt"));
        let kid = header.kid.filter(|_| typed).ok_or_else(|| invalid("not an access token"))?;
        let key = match self.key(&kid) {
            Some(key) => key,
            None => {
                self.refresh_keys(now).await?;
                self.key(&kid).ok_or_else(|| invalid("unknown key id"))?
            }
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "nbf", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 5;
        Ok(decode::<Claims>(token, &key, &validation).map_err(invalid)?.claims)
    }

    fn key(&self, kid: &str) -> Option<DecodingKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).by_id.get(kid).cloned()
    }

    async fn refresh_keys(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        let fresh = |keys: &Keys| keys.fetched_at.is_some_and(|at| now - at < REFETCH_AFTER);
        if fresh(&self.keys.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let set = self.source.keys().await?;
        let mut by_id = HashMap::new();
        for jwk in &set.keys {
            if let (Some(kid), Ok(key)) = (&jwk.common.key_id, DecodingKey::from_jwk(jwk)) {
                by_id.insert(kid.clone(), key);
            }
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Keys { by_id, fetched_at: Some(now) };
        Ok(())
    }

    async fn scope(&self, claims: &Claims) -> Result<RowScope, Problem> {
        match (&claims.accounts, &claims.branches) {
            (Some(roots), _) => {
                let accounts = if roots.is_empty() { Vec::new() } else { self.source.subtree(roots.clone()).await? };
                Ok(RowScope::Accounts { accounts, sites: claims.sites.clone() })
            }
            (None, Some(branches)) => Ok(RowScope::Branches(branches.clone())),
            (None, None) => Ok(RowScope::All),
        }
    }

    fn refuse_revoked(&self, claims: &Claims) -> Result<(), Problem> {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        if revoked.contains(&claims.sid) || revoked.contains(&claims.sub) {
            return Err(invalid("revoked"));
        }
        Ok(())
    }

    /// Reads the revocations again; called every few seconds by [`Authority::poll`].
    ///
    /// # Errors
    /// 503 when the issuer cannot be reached; the last list stays in force.
    pub async fn refresh_revocations(&self) -> Result<(), Problem> {
        let revoked = self.source.revocations().await?;
        *self.revoked.write().unwrap_or_else(PoisonError::into_inner) = revoked;
        Ok(())
    }

    /// Polls revocations and keys for as long as the process lives, so that a withdrawn key is not trusted longer than a
    /// revoked session.
    pub async fn poll(self: Arc<Self>, every: Duration) {
        loop {
            let keys = self.refresh_keys(self.wall.now()).await;
            if let Err(problem) = keys.and(self.refresh_revocations().await) {
                tracing::debug!(%problem, "keys or revocations could not be read");
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Queues a refusal for the audit trail; without an `actor` it says neither who it was nor which request.
    pub(crate) fn denied(&self, actor: Option<&Actor>, context: &RequestContext, permission: &'static str) {
        let denial = Denial {
            actor: actor.cloned().unwrap_or_else(|| Actor::system("unnamed")),
            permission,
            target: context.target.clone(),
            request_id: actor.map(|_| context.request_id.clone()),
            at: self.clock.now(),
        };
        if self.denials.try_send(denial).is_err() {
            tracing::warn!(permission, "a denial could not be queued for audit");
        }
    }
}

fn invalid(cause: impl std::fmt::Display) -> Problem {
    tracing::debug!(%cause, "token refused");
    Problem::unauthorized("invalid_token", "The access token is not valid, has expired or was revoked.")
}
