//! The split topology: one service in this process, PostgreSQL for its data, a message stream for its events.

use std::sync::Arc;
use std::time::Duration;

use clients::http::Addresses;
use events::Feed;
use gateway::document::MergedDocument;
use gateway::edge::{Edge, HttpExchange};
use gateway::mount;
use gateway::proxy::Proxy;
use gateway::routes::RouteTable;
use platform::config::{Role, Settings, environment};
use platform::health::Health;
use platform::relay::{NatsSink, STREAM, Sink};
use platform::serve;
use platform::service::Service;

use super::embedded::metrics;
use super::raise::{Failure, Raising};
use super::{parts, services};
use crate::screen::say;

/// How long to wait before the stream is consumed again after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// How long to go on answering after readiness is withdrawn, so that gateways turn away first.
const LEAVE: Duration = Duration::from_millis(1_500);

/// Serves one service until asked to stop.
///
/// # Errors
/// When the configuration is faulty or a server it needs cannot be had.
pub(crate) async fn serve(service: Service) -> Result<(), Failure> {
    let settings = Settings::read(Role::Service, &environment())?;
    platform::telemetry::start(&settings.log);
    let (address, workers, metrics_address) = (settings.address, settings.workers, settings.metrics_address);
    let nats = settings.nats_url.clone().ok_or_else(|| Failure::Words("LIAISON_NATS_URL is needed to serve one service".to_owned()))?;
    let addresses = addresses(&settings);
    let raising = Raising::start([service], service.name, settings, &addresses).await?;
    let health = Health::new(raising.checks());
    let server = serve::start(address, workers, &health, raising.routes())?;
    let metrics = metrics(metrics_address)?;
    if let Some(token) = raising.bootstrap().await? {
        say(format_args!("First start. POST /v1/bootstrap makes the administrator, once, with this token: {}", token.as_str()));
    }
    let sink = NatsSink::connect(&nats).await?;
    if service.name == "events"
        && let Some(one) = raising.raised.first()
    {
        actix_web::rt::spawn(consume(Feed::new(one.db.clone()), nats));
    }
    let sink: Arc<dyn Sink> = Arc::new(sink);
    let runners = raising.work(&sink, &health);
    serve::asked_to_stop().await?;
    server.stop_after(LEAVE).await;
    for runners in runners {
        runners.ended().await;
    }
    if let Some(metrics) = metrics {
        metrics.stop().await;
    }
    Ok(())
}

/// Serves the gateway until asked to stop.
///
/// # Errors
/// When the configuration is faulty or the address cannot be had.
pub(crate) async fn gateway() -> Result<(), Failure> {
    let settings = Settings::read(Role::Gateway, &environment())?;
    platform::telemetry::start(&settings.log);
    let parts = parts();
    let exchange = Arc::new(HttpExchange::new(settings.upstream("identity").to_vec()));
    let edge = Arc::new(Edge::new(&settings, Arc::new(RouteTable::new(&parts)), exchange));
    let document = Arc::new(MergedDocument::new(parts));
    let proxy = Arc::new(Proxy::new(&settings.upstreams));
    let health = Health::new(Vec::new());
    let forwarding = Arc::clone(&proxy);
    let server =
        serve::start(settings.address, settings.workers, &health, move |config| mount::gateway(config, &edge, &document, &forwarding))?;
    let metrics = metrics(settings.metrics_address)?;
    let watching = health.clone();
    actix_web::rt::spawn(async move { proxy.watch(&watching).await });
    serve::asked_to_stop().await?;
    server.stop().await;
    if let Some(metrics) = metrics {
        metrics.stop().await;
    }
    Ok(())
}

/// Where the peers of this process are.
pub(crate) fn addresses(settings: &Settings) -> Addresses {
    let addresses = Addresses::default();
    for service in services() {
        addresses.set(service.name, settings.upstream(service.name).to_vec());
    }
    addresses
}

async fn consume(feed: Feed, url: String) {
    loop {
        let outcome = match async_nats::connect(&url).await {
            Ok(client) => events::consume(&feed, client, STREAM).await.map_err(|problem| problem.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(cause) = outcome {
            tracing::warn!(cause, "the event stream is not consumed; trying again");
        }
        tokio::time::sleep(RETRY).await;
    }
}
