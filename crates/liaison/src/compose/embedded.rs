//! The embedded topology: every service in one process, one SQLite file each, events delivered by a call.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::web::ServiceConfig;
use async_trait::async_trait;
use clients::http::Addresses;
use events::Feed;
use gateway::document::MergedDocument;
use gateway::edge::{Edge, HttpExchange};
use gateway::mount;
use gateway::routes::RouteTable;
use platform::config::{Role, Settings, environment};
use platform::health::Health;
use platform::lease;
use platform::problem::Problem;
use platform::relay::{Envelope, Sink};
use platform::serve::{self, Running};
use platform::service::configure_process;
use platform::worker::Runners;
use zeroize::Zeroizing;

use super::raise::{Failure, Raising};
use super::{parts, services};

/// Where the process listens for its own services.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A running embedded Liaison.
pub(crate) struct Embedded {
    pub(crate) url: String,
    /// At the first start, what makes the first administrator.
    pub(crate) bootstrap: Option<Zeroizing<String>>,
    server: Running,
    inner: Running,
    metrics: Option<Running>,
    runners: Vec<Runners>,
}

/// Delivers into the feed of the same process.
struct Direct(Feed);

#[async_trait(?Send)]
impl Sink for Direct {
    async fn deliver(&self, batch: &[Envelope]) -> Result<(), Problem> {
        let payloads: Vec<String> = batch.iter().map(|envelope| envelope.payload.clone()).collect();
        self.0.add(&payloads).await
    }
}

/// The settings of an embedded process.
///
/// # Errors
/// Every fault of the configuration.
pub(crate) fn settings() -> Result<Settings, Failure> {
    Ok(Settings::read(Role::Embedded, &environment())?)
}

impl Embedded {
    /// Starts everything; returns when it answers.
    ///
    /// # Errors
    /// When a database or the address cannot be had.
    pub(crate) async fn start(settings: Settings) -> Result<Self, Failure> {
        std::fs::create_dir_all(&settings.data_dir)?;
        let (address, workers, metrics_address) = (settings.address, settings.workers, settings.metrics_address);
        let addresses = Addresses::default();
        let raising = Raising::start(services(), "gateway", settings, &addresses).await?;
        let health = Health::new(raising.checks());
        // Services call each other past the edge, which would count their calls against somebody's limits.
        let inner = serve::start(LOOPBACK, 1, &health, raising.routes())?;
        for service in services() {
            addresses.set(service.name, vec![inner.url()]);
        }
        let server = serve::start(address, workers, &health, edge(&raising, &inner.url()))?;
        let url = server.url();
        let metrics = metrics(metrics_address)?;
        let bootstrap = raising.bootstrap().await?;
        let sink: Arc<dyn Sink> = Arc::new(Direct(feed(&raising)?));
        // The address is ours, so no other process works on these databases: what a killed one had leased need not be waited for.
        for raised in &raising.raised {
            lease::end_all(&raised.db).await?;
        }
        let runners = raising.work(&sink, &health);
        Ok(Self { url, bootstrap, server, inner, metrics, runners })
    }

    /// Drains and stops.
    pub(crate) async fn stop(self) {
        self.server.stop().await;
        for runners in self.runners {
            runners.ended().await;
        }
        self.inner.stop().await;
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
        }
    }
}

/// The routes of all services behind the edge.
fn edge(raising: &Raising, inner: &str) -> impl Fn(&mut ServiceConfig) + Clone + Send + use<> {
    let parts = parts();
    let exchange = Arc::new(HttpExchange::new(vec![inner.to_owned()]));
    let edge = Arc::new(Edge::new(&raising.process.settings, Arc::new(RouteTable::new(&parts)), exchange));
    let document = Arc::new(MergedDocument::new(parts));
    let (process, services) = (raising.process.clone(), raising.behind_edge());
    move |config| {
        configure_process(config, &process);
        mount::embedded(config, &edge, &document, &services);
    }
}

fn feed(raising: &Raising) -> Result<Feed, Failure> {
    let events = raising.raised.iter().find(|one| one.service.name == "events");
    events.map(|one| Feed::new(one.db.clone())).ok_or_else(|| Failure::Words("the events service is missing".to_owned()))
}

/// The metrics listener, if one is wanted.
pub(super) fn metrics(address: Option<SocketAddr>) -> Result<Option<Running>, Failure> {
    Ok(address.map(serve::start_metrics).transpose()?)
}
