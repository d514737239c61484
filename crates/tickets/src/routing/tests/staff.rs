//! People and groups to test with.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use crate::tests::world::World;

impl World {
    /// An agent with more or other members; its id.
    pub(crate) async fn agent(&self, name: &str, more: Value) -> Uuid {
        let mut body = json!({"user_id": new_uuid(), "name": name, "time_zone": "America/Chicago", "capacity_points": 10});
        for (member, value) in more.as_object().unwrap() {
            body[member] = value.clone();
        }
        self.ada.post("/v1/agents", body).await.expect(201).id()
    }

    /// A group of agents; its id.
    pub(crate) async fn group(&self, name: &str, members: &[Uuid], more: Value) -> Uuid {
        let mut body = json!({"name": name, "members": members});
        for (member, value) in more.as_object().unwrap() {
            body[member] = value.clone();
        }
        self.ada.post("/v1/groups", body).await.expect(201).id()
    }

    /// Has an agent be away, busy or back.
    pub(crate) async fn availability(&self, agent: Uuid, terms: Value) -> Answer {
        let path = format!("/v1/agents/{agent}");
        let etag = self.ada.get(&path).await.expect(200).etag();
        self.ada.write(reqwest::Method::PUT, &format!("{path}/availability"), &etag, terms).await
    }
}
