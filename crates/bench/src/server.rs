//! The server under measurement: the release executable, on SQLite or PostgreSQL.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kernel::id::new_uuid;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::Arguments;
use crate::cpu::{self, Usage};

/// A running server.
pub(crate) struct Server {
    pub(crate) url: String,
    token: String,
    pub(crate) http: Client,
    /// What the server's own document says it can do.
    document: Value,
    child: Child,
    postgres: Option<(String, String)>,
    postmaster: Option<u32>,
    /// From the start of the process to its first answer.
    pub(crate) ready_after: Duration,
    pub(crate) idle_kib: u64,
    folder: TempDir,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub(crate) async fn start(arguments: &Arguments) -> Self {
        let executable = std::env::current_exe().unwrap().with_file_name("liaison");
        assert!(executable.exists(), "build it first: cargo build --release -p liaison");
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
        if let Some((server, name)) = &postgres {
            environment.push(("LIAISON_DATABASE_URL", format!("{}/{name}", server.rsplit_once('/').unwrap().0)));
        }
        let command = |argument: &[&str]| {
            let mut command = Command::new(&executable);
            command.args(argument).envs(environment.iter().map(|(name, value)| (name, value)));
            command
        };
        let began = Instant::now();
        let child = command(&["serve"]).stdout(Stdio::null()).spawn().unwrap();
        let (url, http) = (format!("http://{address}"), Client::new());
        while !http.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(began.elapsed() < Duration::from_secs(30), "the server does not answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let ready_after = began.elapsed();
        let token = command(&["token", "--minutes", "1440"]).output().unwrap();
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let idle_kib = cpu::of(child.id()).resident_kib;
        let document = http.get(format!("{url}/openapi.json")).send().await.unwrap().json().await.unwrap();
        let postmaster = match &postgres {
            Some((server, _)) => Some(postmaster(server).await),
            None => None,
        };
        Self { url, token, http, document, child, postgres, postmaster, ready_after, idle_kib, folder }
    }

    /// Whether the API has an operation; `path` as the document writes it.
    pub(crate) fn offers(&self, method: &str, path: &str) -> bool {
        self.document["paths"][path].get(method).is_some()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// A call that must succeed.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let request = self.request(method, path).header("If-Match", "*").header("Idempotency-Key", new_uuid().to_string());
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.call(Method::POST, path, Some(body)).await
    }

    /// What server and database have used so far.
    pub(crate) fn usage(&self) -> Usage {
        let server = cpu::of(self.child.id());
        let database = self.postmaster.map(cpu::of_family).unwrap_or_default();
        Usage { cpu_ms: server.cpu_ms + database.cpu_ms, resident_kib: server.resident_kib }
    }

    pub(crate) async fn stop(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.folder);
        if let Some((server, name)) = self.postgres {
            let mut admin = PgConnection::connect(&server).await.unwrap();
            admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE \"{name}\" WITH (FORCE)"))).await.unwrap();
        }
    }
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
