//! The settings of one process: read once from the `LIAISON_` variables, checked together, then never read again.
//!
//! Every fault is reported at once and names its variable only; a value never appears in an error, a log or a `Debug`
//! text, because it may be a secret. What a setting means to a service is decided there, not here.

mod fault;
mod network;
mod reader;
mod secret;
mod smtp;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::db::{Location, Pools};

pub use fault::{ConfigFault, ConfigFaults};
pub use network::Network;
pub use secret::Secret;
pub use smtp::SmtpSettings;

/// The prefix of every variable.
pub const PREFIX: &str = "LIAISON_";

/// The variables that settings are read from: name (with prefix) to text.
pub type Environment = BTreeMap<String, String>;

/// What this process runs, which decides what it cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Every service in one process. Without a database URL it keeps its data and its generated secret in the data folder.
    Embedded,
    /// The edge alone: needs a secret and upstreams, no database.
    Gateway,
    /// One service of a split deployment: needs a secret and a PostgreSQL database.
    Service,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Pretty,
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// A filter such as `info,sqlx=warn`; none leaves it to the command.
    pub filter: Option<String>,
    pub format: LogFormat,
}

/// A trusted OpenID provider beside Liaison's own identity service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    pub issuer: String,
    pub jwks_url: String,
    pub audience: String,
}

/// How others are told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// For development only: endpoints on this host, and without TLS.
    pub this_host: bool,
    /// How long to wait after each failed attempt.
    pub retries: Vec<Duration>,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let first = [Duration::from_secs(5), Duration::from_secs(30)];
        Self { this_host: false, retries: first.into_iter().chain([2, 10, 30, 60, 120, 240, 480, 480].map(minutes)).collect() }
    }
}

/// Requests per minute and client, per class of operation; none means unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    pub read: Option<u32>,
    pub write: Option<u32>,
    pub auth: Option<u32>,
    pub export: Option<u32>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { read: Some(3_000), write: Some(1_200), auth: Some(60), export: Some(30) }
    }
}

/// The settings of one process.
pub struct Settings {
    pub role: Role,
    /// Where the API listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where metrics are read; none when switched off.
    pub metrics_address: Option<SocketAddr>,
    pub data_dir: PathBuf,
    pub database: Location,
    pub pools: Pools,
    pub nats_url: Option<String>,
    pub secret: Secret,
    /// How clients reach the API from outside, without a trailing slash; also the issuer of tokens.
    pub public_url: Option<String>,
    /// Base URLs of each service's replicas, by service name in lower case.
    pub upstreams: BTreeMap<String, Vec<String>>,
    /// Allows what only tests may do, such as setting the clock.
    pub test_mode: bool,
    /// Where the clock stands at the start, in test mode: what a test lived through before a restart is not the past afterwards.
    pub test_now: Option<DateTime<Utc>>,
    pub log: LogSettings,
    pub cors_origins: Vec<String>,
    pub trusted_issuer: Option<TrustedIssuer>,
    /// The mail server that takes what goes out; without one, mail stays queued.
    pub smtp: Option<SmtpSettings>,
    pub webhooks: WebhookSettings,
    /// HTTP threads.
    pub workers: usize,
    pub rates: Rates,
    /// Load balancers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Variables with the prefix that nothing reads: probably misspelt.
    pub unknown: Vec<String>,
}

impl Settings {
    /// Reads and checks all settings of a process with the given role. In the embedded role on SQLite a missing secret is
    /// made and kept in the data folder.
    ///
    /// # Errors
    /// All faults together, each naming its variable.
    pub fn read(role: Role, environment: &Environment) -> Result<Self, ConfigFaults> {
        reader::read(role, environment)
    }

    /// True when everything runs in one process on SQLite files.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.role == Role::Embedded && matches!(self.database, Location::Folder(_))
    }

    /// How clients reach the API: the configured URL, or the bound address.
    #[must_use]
    pub fn public_url(&self, bound: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{bound}"))
    }

    /// The replicas of a service; empty when none is configured.
    #[must_use]
    pub fn upstream(&self, service: &str) -> &[String] {
        self.upstreams.get(service).map_or(&[], Vec::as_slice)
    }
}

/// Without the values that may hold credentials.
impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("role", &self.role)
            .field("address", &self.address)
            .field("metrics_address", &self.metrics_address)
            .field("data_dir", &self.data_dir)
            .field("embedded", &self.is_embedded())
            .field("pools", &self.pools)
            .field("test_mode", &self.test_mode)
            .field("log", &self.log)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// The process's own variables that carry the prefix.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module is the one that reads the environment")]
pub fn environment() -> Environment {
    std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect()
}
