//! Emergencies through the API.

mod gate;
mod readers;
mod steps;

use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use crate::tests::world::World;

/// Half past three on a Monday morning in Chicago, when nobody works.
pub(crate) const NIGHT: &str = "2026-03-02T09:30:00Z";

impl World {
    /// Opens a ticket that is an emergency; the ids of both.
    pub(crate) async fn emergency(&self, more: Value) -> (Uuid, Uuid) {
        let mut body = json!({"type": "service_emergency", "subject": "Acid spill"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let ticket = self.ticket(body).await;
        (ticket.id(), ticket.text("/emergency_id").parse().unwrap())
    }

    pub(crate) async fn alert(&self, emergency: Uuid) -> Answer {
        self.ada.get(&format!("/v1/emergencies/{emergency}")).await.expect(200)
    }

    /// Takes a step of an emergency on its present version.
    pub(crate) async fn respond(&self, emergency: Uuid, step: &str, body: Value) -> Answer {
        let etag = self.alert(emergency).await.etag();
        self.ada.act(&format!("/v1/emergencies/{emergency}/{step}"), &etag, body).await
    }

    /// Writes to the customer; the message's id.
    pub(crate) async fn said(&self, ticket: Uuid) -> Value {
        self.reply(ticket, None).await.body["message"]["id"].clone()
    }
}
