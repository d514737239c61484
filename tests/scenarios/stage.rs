//! The desk every scenario plays on: the Chicago branch with its office hours, and accounts as they are needed.

use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;

use crate::harness::Deployment;

/// A deployment with a branch, and a caller who may do everything.
pub(super) struct Stage {
    pub(super) deployment: Deployment,
    pub(super) ada: Client,
    pub(super) branch: Uuid,
}

impl Stage {
    /// The branch CHI: America/Chicago, Monday to Friday 08:00 to 17:00, no holidays.
    pub(super) async fn open(deployment: Deployment) -> Self {
        let ada = deployment.operator();
        let branch = json!({"code": "CHI", "name": "Chicago", "time_zone": "America/Chicago", "cut_off": "17:00"});
        let branch = ada.post("/v1/branches", branch).await.expect(201);
        let weekly = ["mon", "tue", "wed", "thu", "fri"].map(|day| json!({"day": day, "start_min": 480, "end_min": 1_020}));
        let hours = json!({"time_zone": "America/Chicago", "weekly": weekly});
        let calendar = json!({"name": "CHI", "branch_id": branch.id(), "hours": hours});
        let calendar = ada.post("/v1/calendars", calendar).await.expect(201).id();
        let path = format!("/v1/branches/{}", branch.id());
        let _ = ada.patch(&path, &branch.etag(), json!({"business_hours_id": calendar})).await.expect(200);
        Self { ada, branch: branch.id(), deployment }
    }

    pub(super) async fn close(self) {
        self.deployment.stop().await;
    }

    /// Moves the clock of every process.
    pub(super) async fn at(&self, instant: &str) {
        self.deployment.set_time(&self.ada, instant).await;
    }

    /// An active customer of the branch.
    pub(super) async fn account(&self, name: &str) -> Uuid {
        let account = json!({"name": name, "type": "customer", "currency": "USD", "payment_terms": "net30", "branch_id": self.branch});
        let id = self.ada.post("/v1/accounts", account).await.expect(201).id();
        for step in ["onboard", "activate"] {
            let _ = self.step(&format!("/v1/accounts/{id}"), step, json!({})).await.expect(200);
        }
        id
    }

    pub(super) async fn site(&self, account: Uuid, code: &str) -> Uuid {
        let address = json!({"line1": "2400 Lake Street", "city": "Melrose Park", "state": "IL", "postal_code": "60160", "country": "US"});
        let site = json!({
            "account_id": account, "code": code, "name": code, "time_zone": "America/Chicago", "branch_id": self.branch, "address": address,
        });
        self.ada.post("/v1/sites", site).await.expect(201).id()
    }

    /// Someone at the customer's who uses the portal.
    pub(super) async fn customer(&self, account: Uuid, email: &str) -> Client {
        let user = json!({"name": "Cleo Customer", "roles": ["customer"], "accounts": [account]});
        self.deployment.person(&self.ada, email, user).await
    }

    /// Takes a step on a resource at its present version.
    pub(super) async fn step(&self, path: &str, step: &str, body: Value) -> Answer {
        let etag = self.ada.get(path).await.expect(200).etag();
        self.ada.act(&format!("{path}/{step}"), &etag, body).await
    }

    /// How many such events the feed tells of a ticket's promise of a kind, once there are enough of them.
    pub(super) async fn told(&self, event: &str, (ticket, kind): (Uuid, &str), enough: usize) -> usize {
        let (ticket, mut count, mut after) = (ticket.to_string(), 0, "0".to_owned());
        for _ in 0..200 {
            let page = self.ada.get(&format!("/v1/events?limit=200&types={event}&after={after}")).await.expect(200);
            count += page.rows().iter().filter(|one| one["data"]["ticket_id"] == *ticket && one["data"]["kind"] == kind).count();
            after = page.text("/next_cursor");
            if page.rows().is_empty() {
                if count >= enough {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        count
    }

    /// Demands that every invariant of the books holds.
    pub(super) async fn sound(&self) {
        let answer = self.ada.get("/v1/integrity").await.expect(200);
        assert_eq!(answer.body["sound"], true, "{}", answer.body);
    }
}

/// `body` with more or other members.
pub(super) fn with(mut body: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (body.as_object_mut(), more) {
        members.extend(more);
    }
    body
}
