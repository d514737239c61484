//! What every handler of identity works with: the database, the clocks, the signing keys and the password hasher.

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::Clock;
use platform::config::{Settings, TrustedIssuer};
use platform::db::Db;
use platform::problem::Problem;
use platform::request::RequestContext;
use zeroize::Zeroizing;

use crate::password::{Cost, Hasher, HashingFailed};
use crate::permission::Permissions;
use crate::provider::Provider;
use crate::roles;
use crate::seal::Seal;
use crate::secret::{self, Secret};
use crate::service_clients;
use crate::signing_keys::{self, Keyring};
use crate::tokens::{Grant, LIFETIME};

/// What identity needs to know about the deployment.
#[derive(Clone)]
pub struct Deployment {
    /// The `iss` of every token.
    pub issuer: String,
    /// A key derived from the deployment secret, from which identity derives its own.
    pub key: Zeroizing<[u8; 32]>,
    /// The secrets of the services' own clients.
    pub clients: service_clients::Clients,
    pub cost: Cost,
    /// How many passwords are hashed at once.
    pub hashing_slots: usize,
    /// The OpenID provider whose tokens are exchanged, if there is one.
    pub trusted_issuer: Option<TrustedIssuer>,
}

impl Deployment {
    /// Reads what concerns identity out of the process's settings.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            issuer: issuer(settings),
            key: Zeroizing::new(settings.secret.derive("identity")),
            clients: service_clients::Clients::of(&settings.secret),
            cost: Cost::default(),
            hashing_slots: settings.workers,
            trusted_issuer: settings.trusted_issuer.clone(),
        }
    }
}

/// The issuer that tokens name: how clients reach the API.
#[must_use]
pub fn issuer(settings: &Settings) -> String {
    settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.address))
}

/// A signed access token.
#[derive(Clone)]
pub struct AccessToken {
    pub text: Zeroizing<String>,
    pub expires_in: TimeDelta,
    pub scope: String,
}

/// The state of the identity service; clones share it.
#[derive(Clone)]
pub struct Directory {
    pub(crate) db: Db,
    /// Business time, which a test may set.
    pub(crate) clock: Clock,
    /// Real time, by which tokens, sessions and throttles are judged.
    pub(crate) wall: Clock,
    pub(crate) issuer: Arc<str>,
    pub(crate) keyring: Keyring,
    pub(crate) hasher: Hasher,
    pub(crate) clients: service_clients::Clients,
    pub(crate) provider: Option<Provider>,
    derivation: Arc<Zeroizing<[u8; 32]>>,
}

impl Directory {
    /// Opens the directory on a migrated database: brings the built-in roles up to date and makes the first signing key.
    ///
    /// # Errors
    /// 503 when the database cannot be used; `internal` when stored keys do not open with this deployment's secret.
    pub async fn open(db: Db, clock: Clock, deployment: Deployment) -> Result<Self, Problem> {
        let seal = Seal::new(deployment.key.as_slice()).map_err(Problem::internal)?;
        let (cost, slots) = (deployment.cost, deployment.hashing_slots);
        let hasher = actix_web::web::block(move || Hasher::new(cost, slots)).await.map_err(Problem::internal)?.map_err(hashing)?;
        let directory = Self {
            db,
            clock,
            wall: Clock::default(),
            issuer: deployment.issuer.into(),
            keyring: Keyring::new(seal),
            hasher,
            clients: deployment.clients,
            provider: deployment.trusted_issuer.map(Provider::new),
            derivation: Arc::new(deployment.key),
        };
        directory.db.write("roles.sync", async |tx| roles::store::sync_built_in(tx, tx.now()).await).await?;
        signing_keys::ensure_first(&directory).await?;
        Ok(directory)
    }

    /// The same directory by another wall clock, for tests of expiry.
    #[must_use]
    pub fn by_wall_clock(mut self, wall: Clock) -> Self {
        self.wall = wall;
        self
    }

    /// Signs an access token of the usual lifetime.
    ///
    /// # Errors
    /// 503 when the keys cannot be read.
    pub async fn issue(&self, grant: &Grant) -> Result<AccessToken, Problem> {
        self.mint(grant, LIFETIME).await
    }

    /// Signs an access token valid for `lifetime`: for the command line and for tests.
    ///
    /// # Errors
    /// 503 when the keys cannot be read.
    pub async fn mint(&self, grant: &Grant, lifetime: TimeDelta) -> Result<AccessToken, Problem> {
        signing_keys::refresh(self).await?;
        let now = self.wall.now();
        let claims = grant.claims(&self.issuer, now, lifetime);
        let text = Zeroizing::new(self.keyring.sign(&claims, now)?);
        Ok(AccessToken { text, expires_in: lifetime, scope: claims.scope })
    }

    /// A secret that can be computed again from the same `purpose`, and from nothing without the deployment secret.
    pub(crate) fn derived(&self, purpose: &str) -> Result<Secret, Problem> {
        secret::derive(self.derivation.as_slice(), purpose.as_bytes()).map_err(Problem::internal)
    }

    /// Puts the fingerprint of a body that holds a password under a key: stored as it is, with the idempotency record, it
    /// would let a thief of the database try passwords at the speed of SHA-256.
    pub(crate) fn conceal(&self, context: &RequestContext) -> Result<(), Problem> {
        if let Some(plain) = context.fingerprint.get() {
            let key = self.derived("fingerprint")?;
            let keyed = secret::derive(key.bytes(), &plain).map_err(Problem::internal)?;
            context.fingerprint.set(Some(*keyed.bytes()));
        }
        Ok(())
    }
}

impl Grant {
    /// This grant for some of its permissions only.
    ///
    /// # Errors
    /// The permissions asked for, when they go beyond the grant.
    pub fn narrowed(mut self, wanted: Permissions) -> Result<Self, Permissions> {
        if !self.entitlement.permissions.covers(&wanted) {
            return Err(wanted);
        }
        self.entitlement.permissions = wanted;
        Ok(self)
    }
}

/// Password hashing that could not be done, as an answer.
pub(crate) fn hashing(failed: HashingFailed) -> Problem {
    match failed {
        HashingFailed::Busy => Problem::unavailable("every password hashing slot is taken"),
        HashingFailed::Broken => Problem::internal("password hashing failed"),
    }
}
