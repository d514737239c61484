//! Change sets over HTTP, with stand-ins for accounts and tickets.

mod arithmetic;
mod life;
mod notices;
mod plans;
mod previews;

use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;

use crate::tests::scene::Scene;

/// A scene with a second person who agrees to what the first asks for.
pub(super) struct Bench {
    pub(super) scene: Scene,
    pub(super) grace: Client,
}

pub(super) fn flat(code: &str, price: &str) -> Value {
    json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}})
}

/// A rise or fall of everything from New Year.
pub(super) fn pct(percent: &str) -> Value {
    json!({"operation": {"kind": "pct", "percent": percent}, "effective_on": "2027-01-01"})
}

impl Bench {
    /// Items at 100.00 each on the standard list.
    pub(super) async fn with(codes: &[&str]) -> Self {
        let scene = Scene::start().await;
        for code in codes {
            let _ = scene.item(code, "each").await;
        }
        let _ = scene.published("STD", "standard", codes.iter().map(|code| flat(code, "100.00")).collect()).await;
        scene.app.set_time("2026-11-20T16:00:00Z");
        let grace = scene.app.administrator();
        Self { scene, grace }
    }

    pub(super) async fn draft(&self, terms: Value) -> String {
        let made = self.scene.ada.post("/v1/change-sets", json!({"name": "New Year", "terms": terms})).await.expect(201);
        made.header("location").to_owned()
    }

    pub(super) async fn read(&self, path: &str) -> Answer {
        self.scene.ada.get(path).await.expect(200)
    }

    /// A step by one of the two, on what is read now.
    pub(super) async fn step(&self, who: &Client, path: &str, step: &str) -> Answer {
        let now = self.read(path).await;
        let body = match step {
            "approve" | "publish" => json!({"preview_hash": now.body["preview"]["hash"]}),
            _ => json!({}),
        };
        who.act(&format!("{path}/{step}"), &now.etag(), body).await
    }

    pub(super) async fn previewed(&self, terms: Value) -> String {
        let path = self.draft(terms).await;
        let _ = self.step(&self.scene.ada, &path, "preview").await.expect(200);
        path
    }

    /// Drafted, previewed, approved, and all of its background work done.
    pub(super) async fn published(&self, terms: Value) -> String {
        let path = self.previewed(terms).await;
        self.publish(&path).await;
        path
    }

    pub(super) async fn publish(&self, path: &str) {
        let _ = self.step(&self.grace, path, "approve").await.expect(200);
        let _ = self.step(&self.grace, path, "publish").await.expect(200);
        self.scene.app.work().await;
    }

    pub(super) async fn rows(&self, path: &str) -> Vec<Value> {
        self.read(&format!("{path}/rows?limit=200")).await.rows().to_vec()
    }

    /// What an account pays for one on a day.
    pub(super) async fn pays(&self, account: Uuid, code: &str, day: &str) -> String {
        let more = json!({"account_id": account, "price_date": day});
        self.scene.price(code, "1", more).await.expect(200).text("/total")
    }

    /// Notes that an account bought something this year.
    pub(super) async fn bought(&self, account: Uuid, code: &str, quantity: &str) {
        let item = self.read(&format!("/v1/items?filter[code]={code}")).await.text("/data/0/id");
        let usage = json!({"account_id": account, "item_id": item, "month": "2026-06-15", "quantity": quantity});
        let report = self.scene.ada.post("/v1/item-usages/bulk", json!({"atomic": true, "items": [usage]})).await.expect(200);
        assert_eq!(report.text("/succeeded"), "1");
    }
}
