//! A deployment: embedded in one process, or split over seven with PostgreSQL and a message stream.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use kernel::id::new_uuid;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Answer, Client};

use super::process::{Process, executable, free_port};

/// Every service, in the order in which they start.
pub(crate) const SERVICES: [&str; 6] = ["identity", "accounts", "pricing", "tickets", "orders", "events"];

/// A running deployment and how to reach it.
pub(crate) struct Deployment {
    pub(crate) url: String,
    processes: BTreeMap<String, (Process, String)>,
    environment: BTreeMap<String, String>,
    folder: TempDir,
    postgres: Option<(String, String)>,
    /// The instant that the clocks were set to last: a process that is started again goes on there.
    now: RefCell<Option<String>>,
}

fn common(folder: &TempDir) -> BTreeMap<String, String> {
    [
        ("LIAISON_TEST_MODE", "true".to_owned()),
        ("LIAISON_DATA_DIR", folder.path().join("data").display().to_string()),
        ("LIAISON_METRICS_ADDRESS", String::new()),
        ("LIAISON_LOG", "warn".to_owned()),
        ("LIAISON_WORKERS", "2".to_owned()),
        ("LIAISON_SQLITE_SYNCHRONOUS", "normal".to_owned()),
        ("LIAISON_SECRET", format!("{}{}", new_uuid().simple(), new_uuid().simple())),
        // Tests ask faster than people do.
        ("LIAISON_RATE_LIMITS", "off".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

impl Deployment {
    /// Everything in one process, on SQLite.
    pub(crate) async fn embedded() -> Self {
        Self::embedded_with(&[]).await
    }

    /// The same with settings of its own.
    pub(crate) async fn embedded_with(settings: &[(&str, String)]) -> Self {
        Self::one_process("serve", settings).await
    }

    /// Everything in one process with the demonstration company, as the README starts it.
    pub(crate) async fn demo() -> Self {
        Self::one_process("demo", &[]).await
    }

    async fn one_process(command: &str, settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("http://127.0.0.1:{}", free_port());
        let mut environment = common(&folder);
        environment.insert("LIAISON_ADDRESS".to_owned(), url.trim_start_matches("http://").to_owned());
        environment.insert("LIAISON_PUBLIC_URL".to_owned(), url.clone());
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let mut deployment =
            Self { url: url.clone(), processes: BTreeMap::new(), environment, folder, postgres: None, now: RefCell::default() };
        deployment.start("everything", &[command], &url).await;
        deployment
    }

    /// One process for each service behind the gateway, on PostgreSQL and NATS.
    pub(crate) async fn split() -> Self {
        Self::split_with(&[]).await
    }

    /// The same with settings of its own.
    pub(crate) async fn split_with(settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let urls: BTreeMap<&str, String> =
            SERVICES.iter().chain(&["gateway"]).map(|name| (*name, format!("http://127.0.0.1:{}", free_port()))).collect();
        let postgres = fresh_database().await;
        let nats = free_port();
        let mut environment = common(&folder);
        environment.insert("LIAISON_PUBLIC_URL".to_owned(), urls["gateway"].clone());
        environment.insert("LIAISON_NATS_URL".to_owned(), format!("nats://127.0.0.1:{nats}"));
        environment.insert("LIAISON_DATABASE_URL".to_owned(), with_roles(&postgres).await);
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        for service in SERVICES {
            environment.insert(format!("LIAISON_UPSTREAM_{}", service.to_uppercase()), urls[service].clone());
        }
        let stream = stream(&folder, nats).await;
        let (url, processes) = (urls["gateway"].clone(), BTreeMap::new());
        let mut deployment = Self { url, processes, environment, folder, postgres: Some(postgres), now: RefCell::default() };
        deployment.processes.insert("nats".to_owned(), (stream, String::new()));
        for name in SERVICES.iter().chain(&["gateway"]) {
            deployment.start(name, &["serve", name], &urls[name]).await;
        }
        deployment
    }

    async fn start(&mut self, name: &str, arguments: &[&str], url: &str) {
        let mut environment = self.environment.clone();
        environment.insert("LIAISON_ADDRESS".to_owned(), url.trim_start_matches("http://").to_owned());
        environment.extend(self.now.borrow().iter().map(|now| ("LIAISON_TEST_NOW".to_owned(), now.clone())));
        let mut process = Process::start(&executable(), arguments, &environment, &self.folder.path().join(format!("{name}.log")));
        process.ready(url).await;
        self.processes.insert(name.to_owned(), (process, url.to_owned()));
    }

    /// Kills a process and starts it again on the same port.
    pub(crate) async fn kill_and_restart(&mut self, name: &str) {
        let url = self.kill(name);
        self.revive(name, &url).await;
    }

    /// Starts another replica of a service, on a port that the gateway does not know: its workers share the work.
    pub(crate) async fn replicate(&mut self, service: &str) {
        let url = format!("http://127.0.0.1:{}", free_port());
        self.start(&format!("{service} again"), &["serve", service], &url).await;
    }

    /// Kills a process; returns where it was.
    pub(crate) fn kill(&mut self, name: &str) -> String {
        let (mut process, url) = self.processes.remove(name).unwrap();
        process.kill();
        url
    }

    /// Starts a killed process where it was.
    pub(crate) async fn revive(&mut self, name: &str, url: &str) {
        let arguments: &[&str] = if name == "everything" { &["serve"] } else { &["serve", name] };
        self.start(name, arguments, url).await;
    }

    /// The id of a process.
    pub(crate) fn pid(&self, name: &str) -> u32 {
        self.processes[name].0.id()
    }

    /// The server and the name of the split topology's database.
    pub(crate) fn database(&self) -> Option<&(String, String)> {
        self.postgres.as_ref()
    }

    /// Runs another command of the executable in this deployment's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(executable()).args(arguments).envs(&self.environment).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), text)
    }

    /// A caller who may do everything.
    pub(crate) fn operator(&self) -> Client {
        let (done, token) = self.command(&["token", "--minutes", "600"]);
        assert!(done, "{token}");
        Client::new(&self.url, Some(token.lines().last().unwrap().trim().to_owned()))
    }

    /// A caller without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// A new person with a password, signed in.
    pub(crate) async fn person(&self, operator: &Client, email: &str, mut user: Value) -> Client {
        user["email"] = json!(email);
        user["password"] = json!("correct horse battery staple");
        let _ = operator.post("/v1/users", user).await.expect(201);
        let signed_in =
            self.anonymous().post("/v1/sessions", json!({"email": email, "password": "correct horse battery staple"})).await.expect(201);
        Client::new(&self.url, Some(signed_in.text("/access_token")))
    }

    /// Sets the clock of every process; the gateway may take a moment to see that a killed one is back.
    pub(crate) async fn set_time(&self, operator: &Client, instant: &str) {
        self.now.replace(Some(instant.to_owned()));
        for service in SERVICES {
            let set = async || operator.put(&format!("/v1/clock/{service}"), json!({"now": instant})).await;
            let mut answer = set().await;
            for _ in 0..50 {
                if answer.status.as_u16() != 503 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                answer = set().await;
            }
            let _ = answer.expect(200);
        }
        for (name, (_, url)) in self.processes.iter().filter(|(name, _)| name.ends_with(" again")) {
            let service = name.trim_end_matches(" again");
            let _ = operator.at(url).put(&format!("/v1/clock/{service}"), json!({"now": instant})).await.expect(200);
        }
    }

    /// Reads the feed until `enough` says so, or for ten seconds.
    pub(crate) async fn events(&self, client: &Client, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let (mut events, mut after) = (Vec::new(), "0".to_owned());
        for _ in 0..200 {
            let page: Answer = client.get(&format!("/v1/events?limit=200&after={after}")).await.expect(200);
            events.extend(page.rows().iter().cloned());
            after = page.text("/next_cursor");
            if enough(&events) {
                return events;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        events
    }

    /// Asks every process to stop; each must end by itself with success.
    pub(crate) async fn stop(mut self) {
        let names: Vec<String> = self.processes.keys().cloned().collect();
        for name in names {
            let (mut process, _) = self.processes.remove(&name).unwrap();
            assert!(process.stop() || name == "nats", "{name} did not stop cleanly:\n{}", self.log(&name));
        }
        if let Some((server, name)) = &self.postgres {
            let admin = Database::connect(server).await.unwrap();
            admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await.unwrap();
        }
    }

    /// What a process has logged.
    pub(crate) fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap_or_default()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

#[expect(clippy::disallowed_methods, reason = "the test command says where the server is")]
async fn fresh_database() -> (String, String) {
    let server = std::env::var("LIAISON_TEST_POSTGRES")
        .unwrap_or_else(|_| panic!("LIAISON_TEST_POSTGRES is not set; run tests/run, which starts the servers"));
    let name = format!("test_{}", new_uuid().simple());
    let admin = Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
    (server, name)
}

/// Gives each service a role that may make a schema of its own in the database, and returns the URL under which the roles log in: a
/// service that reads another's tables fails.
async fn with_roles((server, name): &(String, String)) -> String {
    let admin = Database::connect(server).await.unwrap();
    for service in SERVICES {
        // Roles belong to the server, which several deployments share; making one twice at once is refused, which is as good.
        let _ = admin.execute_unprepared(&format!("CREATE ROLE {service} LOGIN")).await;
        admin.execute_unprepared(&format!("GRANT CREATE ON DATABASE \"{name}\" TO {service}")).await.unwrap();
    }
    let (scheme, rest) = server.split_once("://").unwrap();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host).rsplit_once('/').unwrap().0;
    format!("{scheme}://{{service}}@{host}/{name}")
}

/// A message server of this deployment's own, so that deployments do not read each other's events.
async fn stream(folder: &TempDir, port: u16) -> Process {
    let store = folder.path().join("nats");
    let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]
        .map(Path::new)
        .into_iter()
        .find(|path| path.exists());
    let program = program.unwrap_or_else(|| panic!("nats-server is not installed; run tests/run, which installs it"));
    let (port, store) = (port.to_string(), store.display().to_string());
    let arguments = ["--addr", "127.0.0.1", "--port", &port, "--jetstream", "--store_dir", &store];
    let process = Process::start(program, &arguments, &BTreeMap::new(), &folder.path().join("nats.log"));
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.is_ok() {
            return process;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the message server did not start");
}
