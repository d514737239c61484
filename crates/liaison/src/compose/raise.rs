//! Raising services on their databases.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use clients::http::{Addresses, HttpPeers};
use clients::trust::HttpTrust;
use futures_util::future::try_join_all;
use gateway::mount::Behind;
use kernel::Clock;
use platform::audit::{self, seal::Sealing};
use platform::authority::{Authority, Denial};
use platform::config::{ConfigFaults, Settings};
use platform::db::Db;
use platform::health::{Check, DatabaseCheck, Health};
use platform::idempotency::Forgetting;
use platform::migration;
use platform::problem::Problem;
use platform::relay::{self, Relay, Sink};
use platform::routing::Routing;
use platform::service::{Databases, Foundation, Mounted, Process, Service, configure_process};
use platform::worker::{self, Runners, Worker};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// How often revocations are read: with the token cache it bounds how long a revoked token works.
const REVOCATIONS: Duration = Duration::from_secs(10);

/// Why a process could not start.
#[derive(Debug)]
pub(crate) enum Failure {
    Settings(ConfigFaults),
    Problem(Problem),
    Io(std::io::Error),
    Words(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(faults) => faults.fmt(formatter),
            Self::Problem(problem) => problem.fmt(formatter),
            Self::Io(error) => error.fmt(formatter),
            Self::Words(words) => words.fmt(formatter),
        }
    }
}

impl From<ConfigFaults> for Failure {
    fn from(faults: ConfigFaults) -> Self {
        Self::Settings(faults)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// One service with its database.
pub(super) struct Raised {
    pub(super) service: Service,
    pub(super) db: Db,
    routing: Routing,
    mounted: Mounted,
}

/// Opens a service's database and brings it up to date.
///
/// # Errors
/// 503 when the database refuses.
pub(crate) async fn open(service: &Service, settings: &Settings, clock: &Clock) -> Result<Db, Problem> {
    let db = Db::open(service.name, &settings.database, &settings.pools, clock.clone()).await?;
    migration::run(&db, service.migrations).await?;
    Ok(db)
}

/// Calls to peers under a service's own name.
pub(super) fn peers(settings: &Settings, addresses: &Addresses, name: &str) -> Arc<HttpPeers> {
    Arc::new(HttpPeers::new(addresses.clone(), name, identity::client_secret(&settings.secret, name)))
}

/// Starts one service.
pub(super) async fn raise(service: Service, settings: &Arc<Settings>, clock: &Clock, addresses: &Addresses) -> Result<Raised, Problem> {
    let db = open(&service, settings, clock).await?;
    let foundation = Foundation {
        db: db.clone(),
        clock: clock.clone(),
        settings: Arc::clone(settings),
        peers: peers(settings, addresses, service.name),
    };
    Ok(Raised { service, db, routing: service.all_operations().routing(), mounted: (service.start)(foundation).await? })
}

/// The services of one process and what they share.
pub(super) struct Raising {
    pub(super) raised: Vec<Raised>,
    pub(super) process: Process,
    denials: mpsc::Receiver<Denial>,
}

impl Raising {
    /// Starts the services; `name` is the process's own name towards its peers.
    pub(super) async fn start(
        services: impl IntoIterator<Item = Service>,
        name: &str,
        settings: Settings,
        addresses: &Addresses,
    ) -> Result<Self, Problem> {
        let settings = Arc::new(settings);
        let clock = settings.test_now.map_or_else(Clock::default, Clock::fixed);
        // All at once: they wait for a database each, and for nothing of one another.
        let raised = try_join_all(services.into_iter().map(|service| raise(service, &settings, &clock, addresses))).await?;
        let mut databases = Databases::default();
        for one in &raised {
            databases.add(one.db.clone());
        }
        let trust = HttpTrust::new(peers(&settings, addresses, name));
        let (authority, denials) = Authority::new(identity::issuer(&settings), clock.clone(), Arc::new(trust));
        let process = Process { authority: Arc::new(authority), clock, settings, databases };
        Ok(Self { raised, process, denials })
    }

    /// The routes and app data of all services, to be given to the HTTP server.
    pub(super) fn routes(&self) -> impl Fn(&mut ServiceConfig) + Clone + Send + use<> {
        let process = self.process.clone();
        let mounted = self.behind_edge();
        move |config| {
            configure_process(config, &process);
            for one in &mounted {
                (one.data)(config);
                one.routing.configure(config);
            }
        }
    }

    /// The services with what adds their app data, for the edge to mount.
    pub(super) fn behind_edge(&self) -> Vec<Behind> {
        let behind = |one: &Raised| Behind { name: one.service.name, routing: one.routing.clone(), data: Arc::clone(&one.mounted.data) };
        self.raised.iter().map(behind).collect()
    }

    /// At the first start of a deployment, the token that makes its first administrator.
    pub(super) async fn bootstrap(&self) -> Result<Option<Zeroizing<String>>, Problem> {
        match self.raised.iter().find(|one| one.service.name == "identity") {
            Some(one) => identity::bootstrap::token(&one.db, false).await,
            None => Ok(None),
        }
    }

    /// What must answer before the process is ready.
    pub(super) fn checks(&self) -> Vec<Arc<dyn Check>> {
        self.raised.iter().map(|one| -> Arc<dyn Check> { Arc::new(DatabaseCheck::new(one.db.clone())) }).collect()
    }

    /// Starts all background work; `sink` is where the events go.
    pub(super) fn work(self, sink: &Arc<dyn Sink>, health: &Health) -> Vec<Runners> {
        if let Some(first) = self.raised.first() {
            actix_web::rt::spawn(record_denials(first.db.clone(), self.denials));
        }
        actix_web::rt::spawn(Arc::clone(&self.process.authority).poll(REVOCATIONS));
        let mut runners = Vec::new();
        for one in self.raised {
            let mut workers: Vec<Arc<dyn Worker>> = vec![
                Arc::new(Relay::new(one.db.clone(), Arc::clone(sink))),
                Arc::new(relay::Prune::new(one.db.clone())),
                Arc::new(Sealing::new(one.db.clone())),
                Arc::new(Forgetting(one.db.clone())),
            ];
            workers.extend(one.mounted.workers);
            runners.push(worker::start(&one.db, workers, health));
        }
        runners
    }
}

/// Writes refused attempts into the audit trail, one at a time so that a flood cannot crowd out real work.
async fn record_denials(db: Db, mut denials: mpsc::Receiver<Denial>) {
    while let Some(denial) = denials.recv().await {
        let written = db.write("audit.deny", async |tx| audit::deny(tx, &denial).await).await;
        if let Err(problem) = written {
            tracing::warn!(%problem, "a denial could not be recorded");
        }
    }
}
