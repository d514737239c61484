//! A desk to test with: one service, Chicago office hours, and the promises of the acceptance scenarios.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{Answer, App, Client};
use uuid::Uuid;

use super::invariants;
use super::neighbours::Neighbours;

/// A started service and an administrator.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) ada: Client,
    pub(crate) neighbours: Arc<Neighbours>,
}

impl World {
    /// At an instant, with the rules every organisation starts with.
    pub(crate) async fn at(instant: &str) -> Self {
        let neighbours = Arc::new(Neighbours::default());
        let peers: Arc<dyn platform::peer::Peers> = Arc::<Neighbours>::clone(&neighbours);
        let app = App::with_peers(crate::service(), peers).await;
        app.set_time(instant);
        let ada = app.administrator();
        Self { app, ada, neighbours }
    }

    /// Demands what always holds, whatever the test has done.
    pub(crate) async fn stop(self) {
        invariants::hold(&self.app).await;
        self.app.stop().await;
    }

    /// A policy that is tried before the built-in ones.
    pub(crate) async fn policy(&self, targets: Value) -> Answer {
        let body = json!({"name": "Scenario", "position": 1, "terms": {"targets": targets, "escalate_at_percent": [50, 75]}});
        self.ada.post("/v1/sla-policies", body).await.expect(201)
    }

    /// Opens a customer's ticket.
    pub(crate) async fn ticket(&self, more: Value) -> Answer {
        self.ada.post("/v1/tickets", ticket(more)).await.expect(201)
    }

    /// The promise of a kind, explained.
    pub(crate) async fn promise(&self, ticket: Uuid, kind: &str) -> Value {
        let answer = self.ada.get(&format!("/v1/tickets/{ticket}/obligations?explain=true")).await.expect(200);
        let found = answer.rows().iter().rev().find(|row| row["kind"] == kind).cloned();
        found.unwrap_or_else(|| panic!("no {kind} in {}", answer.body))
    }

    /// Writes to the customer, optionally moving the ticket in the same request.
    pub(crate) async fn reply(&self, ticket: Uuid, transition: Option<Value>) -> Answer {
        let mut body = json!({"body": "We are on it."});
        if let Some(transition) = transition {
            body["transition"] = transition;
        }
        self.ada.post(&format!("/v1/tickets/{ticket}/messages"), body).await.expect(201)
    }

    pub(crate) async fn current(&self, ticket: Uuid) -> Answer {
        self.ada.get(&format!("/v1/tickets/{ticket}")).await.expect(200)
    }

    /// Changes a ticket on its present version.
    pub(crate) async fn patch(&self, ticket: Uuid, changes: Value) -> Answer {
        let etag = self.current(ticket).await.etag();
        self.ada.patch(&format!("/v1/tickets/{ticket}"), &etag, changes).await.expect(200)
    }

    /// Moves a ticket on its present version.
    pub(crate) async fn act(&self, ticket: Uuid, action: &str, body: Value) -> Answer {
        let etag = self.current(ticket).await.etag();
        self.ada.act(&format!("/v1/tickets/{ticket}/{action}"), &etag, body).await
    }
}

/// A customer's ticket with more or other members.
pub(crate) fn ticket(more: Value) -> Value {
    let mut body = json!({
        "subject": "Missed pickup",
        "description": "The drums are still here.",
        "requester": {"kind": "customer", "name": "Cleo", "email": "cleo@example.com"},
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
