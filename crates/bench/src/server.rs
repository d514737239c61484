//! The server under measurement: the release executable, on SQLite or PostgreSQL.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kernel::id::new_uuid;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::Arguments;
use crate::cpu::{self, Usage};

/// How long after it is ready the server is taken to be idle.
const SETTLED: Duration = Duration::from_secs(3);

/// A running server.
pub(crate) struct Server {
    pub(crate) url: String,
    token: String,
    pub(crate) http: Client,
    environment: Vec<(&'static str, String)>,
    process: Process,
    postgres: Option<(String, String)>,
    postmaster: Option<u32>,
    /// From the last start of the process to its first answer.
    pub(crate) ready_after: Duration,
    /// Some seconds after the last start.
    pub(crate) idle_kib: u64,
    folder: TempDir,
}

/// Where a service's tables are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    File(PathBuf),
    Database(String),
}

pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The release executable, which stands beside this one.
pub(crate) fn executable() -> PathBuf {
    let executable = std::env::current_exe().unwrap().with_file_name("liaison");
    assert!(executable.exists(), "build it first: cargo build --release -p liaison");
    executable
}

/// A process that is ended when the run is, also when a measurement fails.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to end, so that it may end its own, and waits for it.
    fn end(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = Command::new("kill").arg(self.id().to_string()).status();
            let _ = self.0.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn command(argument: &[&str], environment: &[(&str, String)]) -> Command {
    let mut command = Command::new(executable());
    command.args(argument).envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

impl Server {
    /// A server on a fresh folder or database.
    pub(crate) async fn start(arguments: &Arguments) -> Self {
        Self::start_with(arguments, &[]).await
    }

    /// As [`Server::start`], with more settings.
    pub(crate) async fn start_with(arguments: &Arguments, more: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = database(arguments).await;
        let address = format!("127.0.0.1:{}", free_port());
        let mut environment = vec![
            ("LIAISON_ADDRESS", address.clone()),
            ("LIAISON_METRICS_ADDRESS", String::new()),
            ("LIAISON_DATA_DIR", folder.path().join("data").display().to_string()),
            ("LIAISON_SECRET", format!("{}{}", new_uuid().simple(), new_uuid().simple())),
            ("LIAISON_RATE_LIMITS", "off".to_owned()),
            ("LIAISON_LOG", "warn".to_owned()),
        ];
        environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        if let Some((server, name)) = &postgres {
            environment.push(("LIAISON_DATABASE_URL", on(server, name)));
        }
        let postmaster = match &postgres {
            Some((server, _)) => Some(postmaster(server).await),
            None => None,
        };
        let (url, http) = (format!("http://{address}"), Client::new());
        let (process, ready_after) = spawn(&environment, &url, &http).await;
        let token = command(&["token", "--minutes", "1440"], &environment).output().unwrap();
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        tokio::time::sleep(SETTLED).await;
        let idle_kib = cpu::of(process.id()).resident_kib;
        Self { url, token, http, environment, process, postgres, postmaster, ready_after, idle_kib, folder }
    }

    /// Ends the process in good order.
    pub(crate) fn pause(&mut self) {
        self.process.end();
    }

    /// Starts it again on the data it had.
    pub(crate) async fn resume(&mut self) {
        (self.process, self.ready_after) = spawn(&self.environment, &self.url, &self.http).await;
        tokio::time::sleep(SETTLED).await;
        self.idle_kib = cpu::of(self.process.id()).resident_kib;
    }

    /// Where the tables of a service are.
    pub(crate) fn place(&self, service: &str) -> Place {
        match &self.postgres {
            Some((server, name)) => Place::Database(on(server, name)),
            None => Place::File(self.folder.path().join("data").join(format!("{service}.db"))),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// Asks for a token for an API key.
    pub(crate) fn exchange(&self, key: &str) -> RequestBuilder {
        let form = format!("grant_type=client_credentials&client_secret={key}");
        let request = self.http.post(format!("{}/oauth/token", self.url));
        request.header("Content-Type", "application/x-www-form-urlencoded").body(form)
    }

    /// A call that must succeed.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let request = self.request(method, path).header("If-Match", "*").header("Idempotency-Key", new_uuid().to_string());
        self.answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// The answer to a request that must succeed.
    pub(crate) async fn answer(&self, request: RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let (status, url, text) = (answer.status(), answer.url().clone(), answer.text().await.unwrap());
        assert!(status.is_success(), "{url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.call(Method::POST, path, Some(body)).await
    }

    /// What server and database have used so far.
    pub(crate) fn usage(&self) -> Usage {
        let server = cpu::of(self.process.id());
        let database = self.postmaster.map(cpu::of_family).unwrap_or_default();
        Usage { cpu_ms: server.cpu_ms + database.cpu_ms, resident_kib: server.resident_kib }
    }

    pub(crate) async fn stop(mut self) {
        self.pause();
        if let Some((server, name)) = self.postgres {
            let mut admin = PgConnection::connect(&server).await.unwrap();
            admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE \"{name}\" WITH (FORCE)"))).await.unwrap();
        }
    }
}

/// Starts the process and waits for its first answer.
async fn spawn(environment: &[(&str, String)], url: &str, http: &Client) -> (Process, Duration) {
    let began = Instant::now();
    let process = Process::start(command(&["serve"], environment));
    while !http.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(began.elapsed() < Duration::from_secs(30), "the server does not answer");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    (process, began.elapsed())
}

/// The URL of a database of a server.
fn on(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// A fresh database, when a server is given.
async fn database(arguments: &Arguments) -> Option<(String, String)> {
    let server = arguments.postgres.clone()?;
    let name = format!("bench_{}", new_uuid().simple());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE \"{name}\""))).await.unwrap();
    Some((server, name))
}

/// The process that all processes of a PostgreSQL server on this machine descend from.
pub(crate) async fn postmaster(server: &str) -> u32 {
    let mut session = PgConnection::connect(server).await.unwrap();
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut session).await.unwrap();
    cpu::parent(u32::try_from(backend).unwrap())
}
