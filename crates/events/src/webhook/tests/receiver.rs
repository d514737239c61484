//! Somebody who is told: a server that keeps what it is sent and answers as it was told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;

/// What arrived.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: String,
}

impl Received {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    /// What is answered to the next requests; 204 when there is nothing left.
    answers: Mutex<Vec<u16>>,
    waits: Mutex<Duration>,
}

pub(super) struct Receiver {
    pub(super) url: String,
    state: Arc<State>,
    server: ServerHandle,
}

async fn receive(request: HttpRequest, body: String, state: web::Data<State>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (id, timestamp, signature) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let wait = *state.waits.lock().unwrap();
    tokio::time::sleep(wait).await;
    state.received.lock().unwrap().push(Received { id, timestamp, signature, body });
    let next = state.answers.lock().unwrap().pop();
    HttpResponse::build(StatusCode::from_u16(next.unwrap_or(204)).unwrap()).body("heard")
}

impl Receiver {
    pub(super) fn start() -> Self {
        let state = Arc::new(State::default());
        let data = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(receive))).workers(1);
        let server = server.disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/in", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, state, server: handle }
    }

    /// Answers with these, one after the other.
    pub(super) fn answer(&self, statuses: &[u16]) {
        *self.state.answers.lock().unwrap() = statuses.iter().rev().copied().collect();
    }

    pub(super) fn wait(&self, wait: Duration) {
        *self.state.waits.lock().unwrap() = wait;
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// The sequences of what arrived, by the order of its arrival.
    pub(super) fn sequences(&self) -> Vec<i64> {
        self.received().iter().map(|one| one.json()["sequence"].as_i64().unwrap()).collect()
    }

    pub(super) async fn stop(self) {
        self.server.stop(false).await;
    }
}
