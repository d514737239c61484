//! A gateway before upstreams that echo, all on free loopback ports.

mod document;
mod edge;
mod embedded;
mod forward;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use async_trait::async_trait;
use platform::config::{Environment, Role, Settings};
use platform::health::Health;
use platform::problem::Problem;
use platform::serve::{self, Running};
use serde_json::{Value, json};

use crate::document::MergedDocument;
use crate::edge::{Edge, Exchanged, KeyExchange};
use crate::mount;
use crate::proxy::Proxy;
use crate::routes::{Part, RouteTable};

/// Answers with what it was asked, or with the next planned status.
#[derive(Default)]
struct Echo {
    hits: AtomicUsize,
    planned: Mutex<VecDeque<u16>>,
    name: String,
}

struct Upstream {
    echo: Arc<Echo>,
    running: Running,
}

fn free() -> std::net::SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn upstream(name: &str) -> Upstream {
    let echo = Arc::new(Echo { name: name.to_owned(), ..Echo::default() });
    let data = Data::from(Arc::clone(&echo));
    let running = serve::start(free(), 1, &Health::new(Vec::new()), move |config| {
        config.app_data(data.clone()).app_data(web::PayloadConfig::new(32 << 20));
        config.route("/v1/stream", web::get().to(stream));
        config.route("/v1/never", web::get().to(std::future::pending::<HttpResponse>));
        config.route("/v1/{tail:.*}", web::route().to(answer));
    })
    .unwrap();
    Upstream { echo, running }
}

async fn answer(request: HttpRequest, body: Bytes, echo: Data<Echo>) -> HttpResponse {
    echo.hits.fetch_add(1, Ordering::Relaxed);
    if let Some(status) = echo.planned.lock().unwrap().pop_front() {
        return HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish();
    }
    let headers: BTreeMap<&str, &str> = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let path = request.uri().to_string();
    HttpResponse::Ok()
        .insert_header(("etag", "\"1\""))
        .json(json!({"replica": echo.name, "method": request.method().as_str(), "path": path, "headers": headers, "size": body.len()}))
}

async fn stream() -> HttpResponse {
    let chunks = futures_util::stream::unfold(0, |count| async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        (count < 3).then(|| (Ok::<_, actix_web::Error>(Bytes::from(format!("chunk {count}\n"))), count + 1))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(chunks)
}

#[derive(Default)]
struct FakeExchange {
    asked: AtomicUsize,
}

#[async_trait(?Send)]
impl KeyExchange for FakeExchange {
    async fn exchange(&self, id: &str, secret: &str) -> Result<Exchanged, Problem> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if secret != "right" {
            return Err(Problem::unauthorized("invalid_api_key", "The API key is not valid."));
        }
        Ok(Exchanged { token: format!("token-of-{id}"), expires_in: Duration::from_secs(900) })
    }
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let mut environment: Environment = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    environment.insert("LIAISON_SECRET".to_owned(), "q3v9XkTz7LmW2bRy5HsN8dPc4FgJ6aUe".to_owned());
    environment.entry("LIAISON_PUBLIC_URL".to_owned()).or_insert_with(|| "http://gateway.test".to_owned());
    Settings::read(Role::Gateway, &environment).unwrap()
}

fn parts() -> Vec<Part> {
    let plain = json!({"responses": {}});
    let file = json!({"responses": {}, "requestBody": {"content": {"text/csv": {}}}});
    let document = json!({"openapi": "3.1.0", "info": {"title": "things", "version": "1"}, "paths": {
        "/v1/things": {"get": plain, "post": plain},
        "/v1/things/{id}": {"get": plain, "patch": plain},
        "/v1/things/imports": {"post": file},
        "/v1/stream": {"get": plain},
        "/v1/never": {"get": plain},
    }});
    vec![Part::documented("things", 1, &document)]
}

struct Deployment {
    url: String,
    exchange: Arc<FakeExchange>,
    proxy: Arc<Proxy>,
    health: Health,
    running: Running,
}

fn deployment(upstreams: &[&Upstream], pairs: &[(&str, &str)]) -> Deployment {
    let urls = upstreams.iter().map(|upstream| upstream.running.url()).collect();
    deployment_of(urls, pairs)
}

fn deployment_of(urls: Vec<String>, pairs: &[(&str, &str)]) -> Deployment {
    let parts = parts();
    let exchange = Arc::new(FakeExchange::default());
    let routes = Arc::new(RouteTable::new(&parts));
    let edge = Arc::new(Edge::new(&settings(pairs), routes, Arc::<FakeExchange>::clone(&exchange)));
    let document = Arc::new(MergedDocument::new(parts));
    let proxy = Arc::new(Proxy::new(&BTreeMap::from([("things".to_owned(), urls)])).with_patience(Duration::from_millis(800)));
    let health = Health::new(Vec::new());
    let behind = Arc::clone(&proxy);
    let running = serve::start(free(), 1, &health, move |config| mount::gateway(config, &edge, &document, &behind)).unwrap();
    Deployment { url: running.url(), exchange, proxy, health, running }
}

/// A plain client that shows what it gets: no decompression, no redirects.
fn client() -> awc::Client {
    awc::Client::builder().disable_redirects().timeout(Duration::from_secs(20)).finish()
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

async fn read(sent: awc::SendClientRequest) -> Answer {
    let mut response = sent.await.unwrap();
    let body = response.body().limit(64 << 20).await.unwrap();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Answer { status: response.status().as_u16(), headers, text: String::from_utf8_lossy(&body).into_owned() }
}

async fn get(url: String) -> Answer {
    read(client().get(url).send()).await
}
