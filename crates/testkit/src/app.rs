//! Starting one service for a test.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as Application, HttpServer};
use futures_util::future::LocalBoxFuture;
use kernel::Clock;
use kernel::id::new_uuid;
use platform::authority::Authority;
use platform::config::{Role, Settings};
use platform::db::{Db, Durability, Location, Pools};
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use platform::service::{Databases, Foundation, Mounted, Process, Service};
use platform::worker::{Outcome, Worker};
use platform::{migration, request};
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

use crate::client::{Client, Persona};
use crate::keys::{ISSUER, TestTrust};

/// The instant at which tests begin: Monday 2026-03-02 09:00 in Chicago.
const BEGIN: &str = "2026-03-02T15:00:00Z";

/// One service on a free port with a fresh database.
pub struct App {
    pub clock: Clock,
    pub db: Db,
    base: String,
    workers: Vec<Arc<dyn Worker>>,
    server: ServerHandle,
    folder: TempDir,
    postgres: Option<(String, String)>,
}

/// For services that ask nobody: every call is refused.
pub struct NoPeers;

impl Peers for NoPeers {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        Box::pin(async move { Err(Problem::unavailable(format!("no peer stands in for {} {}", request.service, request.path))) })
    }
}

impl App {
    pub async fn start(service: Service) -> Self {
        Self::with_peers(service, Arc::new(NoPeers)).await
    }

    /// Starts with stand-ins for the services it asks.
    pub async fn with_peers(service: Service, peers: Arc<dyn Peers>) -> Self {
        Self::configured(service, peers, &[]).await
    }

    /// As [`App::with_peers`], with further settings by variable.
    pub async fn configured(service: Service, peers: Arc<dyn Peers>, more: &[(&str, &str)]) -> Self {
        let clock = Clock::fixed(BEGIN.parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let (location, postgres) = location(&folder).await;
        let pools = Pools { readers: 2, postgres: 5, durability: Durability::Normal };
        let db = Db::open(service.name, &location, &pools, clock.clone()).await.unwrap();
        migration::run(&db, service.migrations).await.unwrap();
        let settings = Arc::new(settings(&folder, more));
        let foundation = Foundation { db: db.clone(), clock: clock.clone(), settings: Arc::clone(&settings), peers };
        let mounted = (service.start)(foundation).await.unwrap();
        let (authority, _) = Authority::new(ISSUER, clock.clone(), Arc::new(TestTrust));
        let mut databases = Databases::default();
        databases.add(db.clone());
        let process = Process { authority: Arc::new(authority), clock: clock.clone(), settings, databases };
        let (base, server) = serve(service, &mounted, process);
        Self { clock, db, base, workers: mounted.workers, server, folder, postgres }
    }

    /// A caller with a persona's token.
    #[must_use]
    pub fn client(&self, persona: &Persona) -> Client {
        Client::new(&self.base, Some(persona.token()))
    }

    #[must_use]
    pub fn administrator(&self) -> Client {
        self.client(&Persona::administrator())
    }

    /// A caller without a token.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Sets the clock; the text is RFC 3339.
    pub fn set_time(&self, instant: &str) {
        self.clock.set(Some(instant.parse().unwrap()));
    }

    /// Steps every worker until all are idle.
    pub async fn work(&self) {
        for worker in &self.workers {
            while let Outcome::Worked(_) = worker.step().await.unwrap() {}
        }
    }

    /// Demands that every change has been told, stops the server and drops a PostgreSQL database.
    pub async fn stop(self) {
        self.demand_whole_history().await;
        self.server.stop(false).await;
        let Self { db, postgres, .. } = self;
        drop(db);
        if let Some((server, name)) = postgres {
            let admin = Database::connect(server).await.unwrap();
            admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await.unwrap();
        }
    }
}

fn settings(folder: &TempDir, more: &[(&str, &str)]) -> Settings {
    let environment = [
        ("LIAISON_DATA_DIR", folder.path().display().to_string()),
        ("LIAISON_SECRET", format!("{}{}", new_uuid().simple(), new_uuid().simple())),
        ("LIAISON_TEST_MODE", "true".to_owned()),
    ];
    let further = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(further).collect();
    Settings::read(Role::Embedded, &environment).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the test command chooses the database by environment")]
async fn location(folder: &TempDir) -> (Location, Option<(String, String)>) {
    let Ok(server) = std::env::var("LIAISON_TEST_POSTGRES") else { return (Location::Folder(folder.path().to_owned()), None) };
    let name = format!("test_{}", new_uuid().simple());
    let admin = Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
    let (head, _) = server.rsplit_once('/').unwrap();
    (Location::Postgres(format!("{head}/{name}")), Some((server, name)))
}

fn serve(service: Service, mounted: &Mounted, process: Process) -> (String, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let data = Arc::clone(&mounted.data);
    let operations = service.all_operations();
    let server = HttpServer::new(move || {
        Application::new()
            .configure(|config| platform::service::configure_process(config, &process))
            .configure(|config| data(config))
            .configure(|config| operations.configure(config))
            .wrap(from_fn(request::context))
    })
    .workers(2)
    .disable_signals()
    .listen(listener)
    .unwrap()
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (base, handle)
}
