//! Identity under test: real HTTP on a free port, a fresh database, and an authority that trusts the keys made there.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as Application, HttpServer};
use chrono::TimeDelta;
use futures_util::future::LocalBoxFuture;
use jsonwebtoken::jwk::JwkSet;
use kernel::Clock;
use kernel::id::new_uuid;
use platform::authority::{Authority, TrustSource};
use platform::caller::ActorKind;
use platform::config::{self, Role, Settings};
use platform::db::{Db, Durability, Location, Pools};
use platform::page::CursorKey;
use platform::problem::Problem;
use platform::service::{Databases, Process, configure_process};
use platform::{migration, request};
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::directory::{Deployment, Directory};
use crate::entitlement::{Access, Entitlement};
use crate::password::Cost;
use crate::permission::Permissions;
use crate::tokens::Grant;
use crate::{revocations, service, service_clients, signing_keys};

/// A password that passes the rule.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

const ISSUER: &str = "http://identity.test";

/// One identity service.
pub(crate) struct Harness {
    pub(crate) directory: Directory,
    /// Real time as the service sees it; moves only when set.
    pub(crate) wall: Clock,
    pub(crate) authority: Arc<Authority>,
    pub(crate) base: String,
    server: ServerHandle,
    _folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

struct OwnTrust(Directory);

impl TrustSource for OwnTrust {
    fn keys(&self) -> LocalBoxFuture<'_, Result<JwkSet, Problem>> {
        Box::pin(async {
            signing_keys::reload(&self.0).await?;
            Ok(self.0.keyring.published(self.0.wall.now()))
        })
    }

    fn revocations(&self) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async { revocations::store::since(self.0.db.read(), self.0.wall.now() - revocations::store::KEEP).await })
    }

    fn subtree(&self, roots: Vec<Uuid>) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async move { Ok(roots) })
    }
}

pub(crate) fn secret() -> config::Secret {
    config::Secret::new("q3v9XkTz7LmW2bRy5HsN8dPc4FgJ6aUe")
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::trusting(None).await
    }

    /// One that exchanges the tokens of a provider.
    pub(crate) async fn trusting(trusted_issuer: Option<config::TrustedIssuer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (location, postgres) = location(&folder).await;
        // Tokens are verified by real time, so the wall clock begins there.
        let wall = Clock::fixed(Clock::default().now());
        let pools = Pools { readers: 2, postgres: 6, durability: Durability::Normal };
        let db = Db::open("identity", &location, &pools, Clock::default()).await.unwrap();
        migration::run(&db, crate::migrations::all).await.unwrap();
        let deployment = Deployment {
            issuer: ISSUER.to_owned(),
            key: Zeroizing::new(secret().derive("identity")),
            clients: service_clients::Clients::of(&secret()),
            cost: Cost { memory_kib: 64, passes: 1 },
            hashing_slots: 2,
            trusted_issuer,
        };
        let directory = Directory::open(db, Clock::default(), deployment).await.unwrap().by_wall_clock(wall.clone());
        let (authority, _) = Authority::new(ISSUER, Clock::default(), Arc::new(OwnTrust(directory.clone())));
        let authority = Arc::new(authority);
        let (base, server) = serve(&directory, Arc::clone(&authority), &folder);
        Self { directory, wall, authority, base, server, _folder: folder, postgres }
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.wall.set(Some(self.wall.now() + by));
    }

    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(&self.base, Some(token.to_owned()))
    }

    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// A caller with these permissions who is no stored user.
    pub(crate) async fn holder(&self, permissions: &str, access: Access) -> Client {
        let grant = Grant {
            kind: ActorKind::User,
            subject: new_uuid(),
            chain: new_uuid(),
            name: "Holder".to_owned(),
            entitlement: Entitlement { permissions: Permissions::stored(permissions.split(' ')), access },
        };
        // Verified by real time, which the harness may have left.
        let issued = self.directory.clone().by_wall_clock(Clock::default()).issue(&grant).await.unwrap();
        self.client(&issued.text)
    }

    pub(crate) async fn administrator(&self) -> Client {
        self.holder("*:*", Access::default()).await
    }

    /// Makes a user by the API.
    pub(crate) async fn user(&self, email: &str, roles: &[&str]) -> Answer {
        let body = json!({"email": email, "name": "Test Person", "roles": roles, "password": PASSWORD});
        self.administrator().await.post("/v1/users", body).await.expect(201)
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.anonymous().post("/v1/sessions", json!({"email": email, "password": password})).await
    }

    pub(crate) async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let client = self.anonymous();
        let request = client.request(Method::POST, path).header("Content-Type", "application/x-www-form-urlencoded");
        client.send(request.body(body.join("&"))).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.form("/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Everything the outbox, the audit trail and the stored answers hold, as one text.
    pub(crate) async fn records(&self) -> String {
        use sea_orm::EntityTrait as _;
        let db = self.directory.db.read();
        let events = platform::outbox::entity::Entity::find().all(db).await.unwrap();
        let entries = platform::audit::entity::Entity::find().all(db).await.unwrap();
        let answers = platform::idempotency::entity::Entity::find().all(db).await.unwrap();
        let answers: Vec<String> = answers.iter().map(|answer| String::from_utf8_lossy(&answer.body).into_owned()).collect();
        format!("{events:?}{entries:?}{answers:?}")
    }

    pub(crate) async fn events(&self) -> Vec<String> {
        use sea_orm::EntityTrait as _;
        let events = platform::outbox::entity::Entity::find().all(self.directory.db.read()).await.unwrap();
        let kind = |payload: &str| serde_json::from_str::<Value>(payload).unwrap()["type"].as_str().unwrap().to_owned();
        events.iter().map(|event| kind(&event.payload)).collect()
    }

    /// As the poll does every few seconds.
    pub(crate) async fn poll(&self) {
        self.authority.refresh_revocations().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    pub(crate) async fn stop(self) {
        self.server.stop(false).await;
        if let Some((server, name)) = self.postgres {
            let admin = Database::connect(server).await.unwrap();
            admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await.unwrap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the test command chooses the database by environment")]
async fn location(folder: &tempfile::TempDir) -> (Location, Option<(String, String)>) {
    let Ok(server) = std::env::var("LIAISON_TEST_POSTGRES") else { return (Location::Folder(folder.path().to_owned()), None) };
    let name = format!("test_{}", new_uuid().simple());
    let admin = Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
    let (head, _) = server.rsplit_once('/').unwrap();
    (Location::Postgres(format!("{head}/{name}")), Some((server, name)))
}

fn serve(directory: &Directory, authority: Arc<Authority>, folder: &tempfile::TempDir) -> (String, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let environment = [("LIAISON_DATA_DIR".to_owned(), folder.path().display().to_string())].into();
    let settings = Arc::new(Settings::read(Role::Embedded, &environment).unwrap());
    let mut databases = Databases::default();
    databases.add(directory.db.clone());
    let process = Process { authority, clock: Clock::default(), settings, databases };
    let data = Data::new(directory.clone());
    let operations = service().all_operations();
    let server = HttpServer::new(move || {
        Application::new()
            .configure(|config| configure_process(config, &process))
            .app_data(Data::clone(&data))
            .app_data(Data::new(CursorKey::new(b"test")))
            .configure(|config| operations.configure(config))
            .wrap(from_fn(request::context))
    });
    let server = server.workers(2).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (base, handle)
}
