//! Starting the upstream, the gateway and nginx.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kernel::id::new_uuid;
use tempfile::TempDir;

use crate::server::{Process, executable, free_port};

/// A process that answers at a URL.
pub(super) struct Running {
    pub(super) name: &'static str,
    pub(super) url: String,
    process: Process,
    /// Removed with it.
    _folder: Option<TempDir>,
}

impl Running {
    pub(super) fn process(&self) -> u32 {
        self.process.id()
    }
}

async fn started(name: &'static str, port: u16, command: Command, folder: Option<TempDir>) -> Running {
    let process = Process::start(command);
    let (url, began) = (format!("http://127.0.0.1:{port}"), Instant::now());
    while !reqwest::get(format!("{url}/readyz")).await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(began.elapsed() < Duration::from_secs(30), "{name} does not answer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Running { name, url, process, _folder: folder }
}

/// The upstream itself: this executable once more.
pub(super) async fn straight() -> Running {
    let port = free_port();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--upstream", &port.to_string()]);
    started("no proxy", port, command, None).await
}

/// The gateway of the split deployment, with the upstream as every service.
pub(super) async fn gateway(upstream: &str) -> Running {
    let port = free_port();
    let mut command = Command::new(executable());
    command.args(["serve", "gateway"]);
    command.env("LIAISON_ADDRESS", format!("127.0.0.1:{port}")).env("LIAISON_METRICS_ADDRESS", "");
    command.env("LIAISON_SECRET", format!("{}{}", new_uuid().simple(), new_uuid().simple()));
    command.env("LIAISON_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
    command.env("LIAISON_RATE_LIMITS", "off").env("LIAISON_LOG", "warn");
    for service in ["IDENTITY", "ACCOUNTS", "PRICING", "TICKETS", "ORDERS", "EVENTS"] {
        command.env(format!("LIAISON_UPSTREAM_{service}"), upstream);
    }
    started("gateway", port, command, None).await
}

/// nginx with connections kept open on both sides and no log of accesses; nothing where it is not installed.
pub(super) async fn nginx(upstream: &str) -> Option<Running> {
    Command::new("nginx").arg("-v").stderr(Stdio::null()).status().ok()?;
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let place = folder.path().display();
    let server = upstream.trim_start_matches("http://");
    let settings = format!(
        "worker_processes auto; pid {place}/pid; error_log {place}/errors; daemon off;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; keepalive_requests 100000000;
             client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
             uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
             upstream service {{ server {server}; keepalive 64; keepalive_requests 100000000; }}
             server {{
                 listen 127.0.0.1:{port};
                 location / {{ proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
             }}
         }}"
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, settings).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&file).arg("-p").arg(folder.path());
    Some(started("nginx", port, command, Some(folder)).await)
}
