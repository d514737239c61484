//! Running an HTTP server: limits on every request, a free port when asked for one, and an orderly end.
//!
//! The order of an end is: not ready, stop accepting, finish what runs, return; never longer than [`DRAIN`]. What is
//! routed is the caller's business; this module adds only health, the request context and the limits.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderName;
use actix_web::http::{KeepAlive, StatusCode, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, PayloadConfig, ServiceConfig};
use actix_web::{App, Error, HttpMessage as _, HttpResponse, HttpServer};
use futures_util::{FutureExt as _, Stream as _, stream};
use tokio::task::JoinHandle;

use crate::health::Health;
use crate::metrics;
use crate::problem::Problem;
use crate::request;

/// How long an end may take.
pub const DRAIN: Duration = Duration::from_secs(30);
/// How many milliseconds the caller still waits; the gateway sends it, and a service gives up then.
pub const DEADLINE: HeaderName = HeaderName::from_static("x-request-timeout-ms");
/// How long a handler may take from the end of its body to the head of its answer.
pub const HANDLER: Duration = Duration::from_secs(10);
/// How long a body may take to arrive.
pub const BODY: Duration = Duration::from_secs(15);
const HEAD: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const BACKLOG: u32 = 2_048;
const MAX_BODY: usize = 1024 * 1024;

/// A server that runs in the background until it is stopped.
pub struct Running {
    address: SocketAddr,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    health: Health,
}

/// Starts a server for the routes of `configure`, which runs once in each HTTP thread.
///
/// # Errors
/// When the address cannot be bound.
pub fn start<F>(address: SocketAddr, workers: usize, health: &Health, configure: F) -> io::Result<Running>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let routes = health.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(PayloadConfig::new(MAX_BODY))
            .wrap(from_fn(limits))
            .wrap(from_fn(request::context))
            .configure(|config| routes.configure(config))
            .configure(configure.clone())
            .default_service(web::to(no_such_route))
    });
    let server = server
        .workers(workers.max(1))
        .backlog(BACKLOG)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .client_request_timeout(HEAD)
        .client_disconnect_timeout(Duration::from_secs(1))
        .shutdown_timeout(DRAIN.as_secs().saturating_sub(5))
        .disable_signals()
        .bind(address)?;
    let address = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    let handle = server.handle();
    let task = tokio::spawn(server);
    tracing::info!(%address, "listening");
    Ok(Running { address, handle, task, health: health.clone() })
}

/// Starts the listener where metrics are read; it has one thread and no other route.
///
/// # Errors
/// When the address cannot be bound.
pub fn start_metrics(address: SocketAddr) -> io::Result<Running> {
    let server = HttpServer::new(|| App::new().route("/metrics", web::get().to(exposition)));
    let server = server.workers(1).disable_signals().client_request_timeout(HEAD).shutdown_timeout(1).bind(address)?;
    let address = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    let handle = server.handle();
    Ok(Running { address, handle, task: tokio::spawn(server), health: Health::new(Vec::new()) })
}

async fn exposition() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4")).body(metrics::text())
}

async fn no_such_route() -> Result<HttpResponse, Problem> {
    Err(Problem::new(StatusCode::NOT_FOUND, "no_such_route", "There is nothing at this path."))
}

impl Running {
    /// The bound address, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A local base URL, also when every address was bound.
    #[must_use]
    pub fn url(&self) -> String {
        let host = if self.address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { self.address.ip().to_string() };
        if self.address.is_ipv6() && !self.address.ip().is_unspecified() {
            return format!("http://[{host}]:{}", self.address.port());
        }
        format!("http://{host}:{}", self.address.port())
    }

    /// Like [`Running::stop`], but answers for `grace` more, so that those who poll readiness have turned elsewhere.
    pub async fn stop_after(self, grace: Duration) {
        self.health.drain();
        tokio::time::sleep(grace).await;
        self.stop().await;
    }

    /// Drains and ends: not ready, no new connections, what runs is finished, or cut off after [`DRAIN`].
    pub async fn stop(self) {
        self.health.drain();
        let ended = async {
            self.handle.stop(true).await;
            self.task.await
        };
        match tokio::time::timeout(DRAIN, ended).await {
            Ok(Ok(Ok(()))) => tracing::info!(address = %self.address, "stopped"),
            Ok(outcome) => tracing::error!(address = %self.address, ?outcome, "the server ended badly"),
            Err(_) => tracing::warn!(address = %self.address, "requests were cut off at the end of the drain"),
        }
    }
}

/// Returns when the process is asked to end (SIGTERM or SIGINT).
///
/// # Errors
/// When the signals cannot be listened to.
pub async fn asked_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Times the body and the handler, and answers 500 instead of dropping the connection when a handler panics.
async fn limits<B: MessageBody + 'static>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let asked = request.headers().get(DEADLINE).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let mut limit = asked.map_or(HANDLER, |millis: u64| HANDLER.min(Duration::from_millis(millis)));
    if time_body(&mut request) {
        limit = limit.saturating_add(BODY);
    }
    match within(limit, next.call(request)).await {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => Err(Problem::internal("a handler panicked").into()),
        None => Err(Problem::unavailable("the handler took too long").into()),
    }
}

async fn within<F: Future>(limit: Duration, work: F) -> Option<std::thread::Result<F::Output>> {
    tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await.ok()
}

/// Puts a deadline on the body; false when there is none.
fn time_body(request: &mut ServiceRequest) -> bool {
    let mut payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return false;
    }
    let mut deadline = Box::pin(tokio::time::sleep(BODY));
    let timed = stream::poll_fn(move |context| {
        if let Poll::Ready(chunk) = Pin::new(&mut payload).poll_next(context) {
            return Poll::Ready(chunk);
        }
        deadline.poll_unpin(context).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    });
    request.set_payload(Payload::Stream { payload: Box::pin(timed) });
    true
}

#[cfg(test)]
mod tests {
    use actix_web::web::Data;

    use super::*;

    async fn status(url: &str) -> u16 {
        awc::Client::default().get(url).send().await.unwrap().status().as_u16()
    }

    #[actix_web::test]
    async fn a_server_takes_a_free_port_answers_and_finishes_what_runs_before_it_ends() {
        let health = Health::new(Vec::new());
        let (entered, mut enters) = tokio::sync::mpsc::unbounded_channel::<()>();
        let running = start("127.0.0.1:0".parse().unwrap(), 1, &health, move |config| {
            config.app_data(Data::new(entered.clone()));
            config.route(
                "/slow",
                web::get().to(async |entered: Data<tokio::sync::mpsc::UnboundedSender<()>>| {
                    entered.send(()).unwrap();
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    "done"
                }),
            );
            config.route("/panic", web::get().to(async || if true { panic!("on purpose") } else { "never" }));
        })
        .unwrap();
        let url = running.url();
        assert_ne!(running.address().port(), 0);
        assert_eq!(status(&format!("{url}/livez")).await, 200);
        assert_eq!(status(&format!("{url}/readyz")).await, 200);
        assert_eq!(status(&format!("{url}/nowhere")).await, 404);
        assert_eq!(status(&format!("{url}/panic")).await, 500);
        let slow = actix_web::rt::spawn(async move { status(&format!("{url}/slow")).await });
        enters.recv().await.unwrap();
        running.stop().await;
        assert!(health.is_draining());
        assert_eq!(slow.await.unwrap(), 200);
    }

    #[actix_web::test]
    async fn a_handler_gives_up_at_the_callers_deadline() {
        let running = start("127.0.0.1:0".parse().unwrap(), 1, &Health::new(Vec::new()), |config| {
            config.route("/never", web::get().to(std::future::pending::<HttpResponse>));
        })
        .unwrap();
        let mut response =
            awc::Client::default().get(format!("{}/never", running.url())).insert_header((DEADLINE, "50")).send().await.unwrap();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        let body = response.body().await.unwrap();
        assert!(std::str::from_utf8(&body).unwrap().contains("\"unavailable\""));
        running.stop().await;
    }

    #[actix_web::test]
    async fn metrics_have_a_listener_of_their_own() {
        let running = start_metrics("127.0.0.1:0".parse().unwrap()).unwrap();
        assert_eq!(status(&format!("{}/metrics", running.url())).await, 200);
        assert_eq!(status(&format!("{}/livez", running.url())).await, 404);
        running.stop().await;
    }
}
