//! From variables to settings: each look-up notes its fault and goes on, so that all faults are found in one reading.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use actix_web::http::Uri;
use chrono::{DateTime, Utc};

use super::{
    ConfigFaults, Environment, LogFormat, LogSettings, Network, PREFIX, Rates, Role, Secret, Settings, SmtpSettings, TrustedIssuer,
    WebhookSettings,
};
use crate::db::{Durability, Location, Pools};

const UPSTREAM: &str = "LIAISON_UPSTREAM_";

struct Reader<'e> {
    environment: &'e Environment,
    faults: RefCell<ConfigFaults>,
    seen: RefCell<BTreeSet<&'static str>>,
}

pub(super) fn read(role: Role, environment: &Environment) -> Result<Settings, ConfigFaults> {
    let reader = Reader { environment, faults: RefCell::default(), seen: RefCell::default() };
    let settings = reader.settings(role);
    let faults = reader.faults.into_inner();
    match settings {
        Some(settings) if faults.0.is_empty() => Ok(settings),
        _ => Err(faults),
    }
}

impl Reader<'_> {
    fn settings(&self, role: Role) -> Option<Settings> {
        let data_dir = PathBuf::from(self.text("LIAISON_DATA_DIR").unwrap_or("./data"));
        let database = self.database(role, &data_dir);
        let address = self.parsed("LIAISON_ADDRESS", "must be an address and port such as 127.0.0.1:8080", "127.0.0.1:8080");
        let test_mode = self.flag("LIAISON_TEST_MODE");
        let settings = Settings {
            role,
            metrics_address: self.metrics_address(),
            pools: self.pools(),
            nats_url: self.url("LIAISON_NATS_URL", &["nats", "tls"]),
            public_url: self.public_url(role),
            upstreams: self.upstreams(),
            test_mode,
            test_now: self.test_now(test_mode),
            log: self.log(role),
            cors_origins: self.origins(),
            trusted_issuer: self.trusted_issuer(),
            smtp: self.smtp(),
            webhooks: self.webhooks(),
            workers: self.count("LIAISON_WORKERS", std::thread::available_parallelism().map_or(2, usize::from), 1..=256),
            rates: self.rates(),
            trusted_proxies: self.trusted_proxies(),
            secret: self.secret(role, &database, &data_dir).unwrap_or_else(|| Secret::new("")),
            unknown: self.unknown(),
            address: address?,
            data_dir,
            database,
        };
        Some(settings)
    }

    fn fault(&self, variable: &str, rule: &'static str) {
        self.faults.borrow_mut().add(variable, rule);
    }

    /// A variable's text; an empty one counts as absent.
    fn text(&self, variable: &'static str) -> Option<&str> {
        self.seen.borrow_mut().insert(variable);
        self.environment.get(variable).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    fn parsed<T: FromStr>(&self, variable: &'static str, rule: &'static str, default: &str) -> Option<T> {
        let parsed = self.text(variable).unwrap_or(default).parse().ok();
        if parsed.is_none() {
            self.fault(variable, rule);
        }
        parsed
    }

    fn count<T: FromStr + PartialOrd>(&self, variable: &'static str, default: T, range: std::ops::RangeInclusive<T>) -> T {
        match self.text(variable).map(str::parse) {
            None => default,
            Some(Ok(number)) if range.contains(&number) => number,
            Some(_) => {
                self.fault(variable, "must be a whole number in its range");
                default
            }
        }
    }

    fn flag(&self, variable: &'static str) -> bool {
        match self.text(variable) {
            None | Some("0" | "false" | "off" | "no") => false,
            Some("1" | "true" | "on" | "yes") => true,
            Some(_) => {
                self.fault(variable, "must be on or off");
                false
            }
        }
    }

    fn test_now(&self, test_mode: bool) -> Option<DateTime<Utc>> {
        let instant = self.text("LIAISON_TEST_NOW")?.parse().ok().filter(|_| test_mode);
        if instant.is_none() {
            self.fault("LIAISON_TEST_NOW", "must be an instant such as 2026-07-01T12:00:00Z, and LIAISON_TEST_MODE must be on");
        }
        instant
    }

    fn url(&self, variable: &'static str, schemes: &[&str]) -> Option<String> {
        let text = self.text(variable)?;
        let sound = is_url(text, schemes);
        if !sound {
            self.fault(variable, "must be a URL of the right scheme with a host");
        }
        sound.then(|| text.trim_end_matches('/').to_owned())
    }

    /// The issuer of tokens, so processes of a split deployment must agree on it.
    fn public_url(&self, role: Role) -> Option<String> {
        const NAME: &str = "LIAISON_PUBLIC_URL";
        if role != Role::Embedded && self.text(NAME).is_none() {
            self.fault(NAME, "is needed when services run apart");
        }
        self.url(NAME, &["http", "https"])
    }

    fn metrics_address(&self) -> Option<std::net::SocketAddr> {
        const NAME: &str = "LIAISON_METRICS_ADDRESS";
        let switched_off = self.environment.get(NAME).is_some_and(|text| text.trim().is_empty());
        let address = self.parsed(NAME, "must be an address and port, or empty to switch metrics off", "127.0.0.1:9100");
        if switched_off { None } else { address }
    }

    fn database(&self, role: Role, data_dir: &std::path::Path) -> Location {
        const NAME: &str = "LIAISON_DATABASE_URL";
        let url = self.text(NAME);
        if url.is_none() && role == Role::Service {
            self.fault(NAME, "is required for a service of its own: a postgres:// URL");
        }
        match url {
            None => Location::Folder(data_dir.to_owned()),
            Some(url) => {
                if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
                    self.fault(NAME, "must be a postgres:// URL");
                }
                Location::Postgres(url.to_owned())
            }
        }
    }

    fn pools(&self) -> Pools {
        let default = Pools::default();
        let durability = match self.text("LIAISON_SQLITE_SYNCHRONOUS") {
            None | Some("full") => Durability::Full,
            Some("normal") => Durability::Normal,
            Some(_) => {
                self.fault("LIAISON_SQLITE_SYNCHRONOUS", "must be full or normal");
                Durability::Full
            }
        };
        Pools {
            readers: self.count("LIAISON_SQLITE_READERS", default.readers, 1..=64),
            postgres: self.count("LIAISON_POSTGRES_CONNECTIONS", default.postgres, 2..=500),
            durability,
        }
    }

    fn secret(&self, role: Role, database: &Location, data_dir: &std::path::Path) -> Option<Secret> {
        const NAME: &str = "LIAISON_SECRET";
        let Some(text) = self.text(NAME) else {
            if role == Role::Embedded && matches!(database, Location::Folder(_)) {
                let kept = Secret::kept_in(data_dir);
                if kept.is_err() {
                    self.fault("LIAISON_DATA_DIR", "must be a folder where the secret can be kept and holds a usable one");
                }
                return kept.ok();
            }
            self.fault(NAME, "is required: at least 32 characters; make one with: openssl rand -base64 33");
            return None;
        };
        let secret = Secret::new(text);
        if let Some(rule) = secret.weakness() {
            self.fault(NAME, rule);
        }
        Some(secret)
    }

    fn upstreams(&self) -> BTreeMap<String, Vec<String>> {
        let mut upstreams = BTreeMap::new();
        for (variable, text) in self.environment {
            let Some(service) = variable.strip_prefix(UPSTREAM) else { continue };
            let replicas: Vec<String> =
                text.split(',').map(|url| url.trim().trim_end_matches('/').to_owned()).filter(|url| !url.is_empty()).collect();
            if !replicas.iter().all(|url| is_url(url, &["http"])) {
                self.fault(variable, "must be http:// URLs separated by commas");
            }
            if !replicas.is_empty() {
                upstreams.insert(service.to_lowercase(), replicas);
            }
        }
        upstreams
    }

    fn log(&self, role: Role) -> LogSettings {
        let format = match self.text("LIAISON_LOG_FORMAT") {
            None if role == Role::Embedded => LogFormat::Pretty,
            None | Some("json") => LogFormat::Json,
            Some("pretty") => LogFormat::Pretty,
            Some(_) => {
                self.fault("LIAISON_LOG_FORMAT", "must be json or pretty");
                LogFormat::Json
            }
        };
        let filter = self.text("LIAISON_LOG");
        if filter.is_some_and(|filter| tracing_subscriber::EnvFilter::try_new(filter).is_err()) {
            self.fault("LIAISON_LOG", "must be a filter such as info,sqlx=warn");
        }
        LogSettings { filter: filter.map(str::to_owned), format }
    }

    fn origins(&self) -> Vec<String> {
        const NAME: &str = "LIAISON_CORS_ORIGINS";
        let origins: Vec<String> =
            self.text(NAME).unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect();
        if !origins.iter().all(|origin| is_url(origin, &["http", "https"]) && !origin.ends_with('/')) {
            self.fault(NAME, "must be origins such as https://app.example.com, separated by commas; a wildcard is not accepted");
        }
        origins
    }

    /// An address whose answers are believed: over TLS, unless it is on this very host.
    fn outside_url(&self, variable: &'static str) -> Option<String> {
        let url = self.url(variable, &["http", "https"])?;
        let is_safe = url.starts_with("https:") || is_loopback(&url);
        if !is_safe {
            self.fault(variable, "must be an https:// URL, or http:// on this host");
        }
        is_safe.then_some(url)
    }

    fn trusted_issuer(&self) -> Option<TrustedIssuer> {
        let jwks_url = self.outside_url("LIAISON_TRUSTED_JWKS_URL");
        let audience = self.text("LIAISON_TRUSTED_AUDIENCE").map(str::to_owned);
        // The issuer is compared literally with the token's, so it keeps its trailing slash.
        let issuer = self.outside_url("LIAISON_TRUSTED_ISSUER").and(self.text("LIAISON_TRUSTED_ISSUER")).map(str::to_owned);
        match (issuer, jwks_url, audience) {
            (Some(issuer), Some(jwks_url), Some(audience)) => Some(TrustedIssuer { issuer, jwks_url, audience }),
            (None, None, None) => None,
            _ => {
                self.fault("LIAISON_TRUSTED_ISSUER", "needs LIAISON_TRUSTED_JWKS_URL and LIAISON_TRUSTED_AUDIENCE, all three or none");
                None
            }
        }
    }

    fn smtp(&self) -> Option<SmtpSettings> {
        const URL: &str = "LIAISON_SMTP_URL";
        const USER: &str = "LIAISON_SMTP_USER";
        let (user, password) = (self.text(USER), self.text("LIAISON_SMTP_PASSWORD"));
        if user.is_some() != password.is_some() {
            self.fault(USER, "and LIAISON_SMTP_PASSWORD belong together");
        }
        let timeout_s = self.count("LIAISON_SMTP_TIMEOUT_S", 30, 1..=300);
        let hello = self.text("LIAISON_SMTP_HELLO").map(str::to_owned);
        let Some(mut settings) = self.text(URL).and_then(SmtpSettings::at) else {
            if self.text(URL).is_some() {
                self.fault(URL, "must be smtp://host:port or smtps://host:port, with no credentials in it");
            }
            return None;
        };
        settings.credentials = user.zip(password).map(|(user, password)| (user.to_owned(), Secret::new(password)));
        settings.timeout = std::time::Duration::from_secs(timeout_s);
        settings.hello = hello;
        Some(settings)
    }

    fn webhooks(&self) -> WebhookSettings {
        const RETRIES: &str = "LIAISON_WEBHOOK_RETRIES_S";
        let this_host = self.flag("LIAISON_WEBHOOKS_ON_THIS_HOST");
        let default = WebhookSettings::default().retries;
        let Some(text) = self.text(RETRIES) else { return WebhookSettings { this_host, retries: default } };
        let seconds: Option<Vec<u64>> = text.split(',').map(|part| part.trim().parse().ok().filter(|wait| *wait <= 604_800)).collect();
        let retries = seconds.map(|seconds| seconds.into_iter().map(Duration::from_secs).collect());
        let retries = retries.unwrap_or_else(|| {
            self.fault(RETRIES, "must be seconds separated by commas, such as 5,30,120");
            default
        });
        WebhookSettings { this_host, retries }
    }

    /// `read=600,write=off`: requests per minute and client.
    fn rates(&self) -> Rates {
        const NAME: &str = "LIAISON_RATE_LIMITS";
        let mut rates = Rates::default();
        let text = self.text(NAME).unwrap_or_default();
        if text == "off" {
            return Rates { read: None, write: None, auth: None, export: None };
        }
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (class, rate) = part.trim().split_once('=').unwrap_or((part, ""));
            let rate = if rate == "off" { Some(None) } else { rate.parse::<u32>().ok().filter(|rate| *rate > 0).map(Some) };
            match (class, rate) {
                ("read", Some(rate)) => rates.read = rate,
                ("write", Some(rate)) => rates.write = rate,
                ("auth", Some(rate)) => rates.auth = rate,
                ("export", Some(rate)) => rates.export = rate,
                _ => self.fault(NAME, "must be off, or limits such as read=3000,write=1200,auth=60,export=off"),
            }
        }
        rates
    }

    fn trusted_proxies(&self) -> Vec<Network> {
        const NAME: &str = "LIAISON_TRUSTED_PROXIES";
        let parts = self.text(NAME).unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks: Option<Vec<Network>> = parts.map(|part| part.parse().ok()).collect();
        networks.unwrap_or_else(|| {
            self.fault(NAME, "must be addresses or networks such as 10.0.0.0/8, separated by commas");
            Vec::new()
        })
    }

    /// Runs last: whatever nothing has asked for.
    fn unknown(&self) -> Vec<String> {
        let seen = self.seen.borrow();
        let known = |name: &str| seen.contains(name) || name.starts_with(UPSTREAM);
        self.environment.keys().filter(|name| name.starts_with(PREFIX) && !known(name.as_str())).cloned().collect()
    }
}

fn is_url(text: &str, schemes: &[&str]) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme)) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn is_loopback(url: &str) -> bool {
    let uri = url.parse::<Uri>().unwrap_or_default();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
