//! A started service with stand-ins for accounts and pricing that answer from tables.

use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode};
use futures_util::future::LocalBoxFuture;
use kernel::id::new_uuid;
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use serde_json::{Value, json};
use testkit::{Answer, App, Client};
use uuid::Uuid;

/// What the stand-ins know. Every item costs 12.50 less 10 %; `nothing` has no price.
pub(super) struct Others {
    pub(super) account: Uuid,
    pub(super) site: Uuid,
    pub(super) branch: Uuid,
    pub(super) quote: Uuid,
    pub(super) credit_hold: Mutex<bool>,
    /// The branch's calendar, when it names one: closed on Tuesday, 3 March.
    pub(super) calendar: Mutex<Option<Uuid>>,
    /// The bodies of the questions that reached pricing.
    pub(super) asked: Mutex<Vec<Value>>,
    /// What pricing adds to every document.
    pub(super) surcharges: Mutex<Vec<Value>>,
    conversions: Mutex<Vec<Value>>,
}

impl Others {
    fn account(&self) -> Value {
        let hold = json!({"id": new_uuid(), "kind": "credit", "reason": "Over the limit", "placed_at": "2026-01-01T00:00:00Z"});
        let holds = if *self.credit_hold.lock().unwrap() { json!([hold]) } else { json!([]) };
        json!({
            "id": self.account, "version": 1, "number": "A-1001", "name": "Acme", "legal_name": null, "type": "customer", "status": "active",
            "currency": "USD", "payment_terms": "net_45", "branch_id": self.branch, "parent_id": null, "tax": {"tax_id": null},
            "segment": null, "holds": holds,
        })
    }

    fn site(&self) -> Value {
        json!({
            "id": self.site, "version": 1, "account_id": self.account, "code": "LA", "name": "Los Angeles", "status": "active",
            "address": {"line1": "1 Dock", "line2": null, "city": "Los Angeles", "state": "CA", "postal_code": null, "country": "US"},
            "time_zone": "America/Los_Angeles", "branch_id": self.branch, "calendar_id": null,
        })
    }

    fn branch(&self) -> Value {
        json!({
            "id": self.branch, "version": 1, "code": "CHI", "name": "Chicago", "time_zone": "America/Chicago", "calendar_id": null,
            "business_hours_id": *self.calendar.lock().unwrap(), "cut_off": "17:00",
        })
    }

    fn taken(&self) -> i64 {
        let quantity = |one: &Value| one["lines"][0]["quantity"].as_str().unwrap().parse::<i64>().unwrap();
        self.conversions.lock().unwrap().iter().map(quantity).sum()
    }

    /// Twelve of one item at 10.00, and what is left of them.
    fn quote(&self) -> Value {
        let components = json!([{"kind": "charge", "charge_group": "service", "amount": "120.00"}]);
        json!({
            "id": self.quote, "number": "Q-2026-000001", "account_id": self.account, "site_id": self.site, "branch_id": self.branch,
            "currency": "USD", "state": "accepted", "version_no": 2, "total": "120.00",
            "charges_trace": {"hash": "doc of the quote"}, "agreed": null,
            "lines": [{
                "line": 1, "item_id": new_uuid(), "item_code": "tote", "description": "Tote", "charge_group": "service", "site_id": null,
                "quantity": "12", "remaining": (12 - self.taken()).to_string(), "uom": "each", "unit_price": "10", "discount": "0",
                "components": components, "total": "120.00", "source": {"level": "4"}, "trace": {"hash": "abc"},
            }],
        })
    }

    fn convert(&self, asked: &Value) -> (StatusCode, Value) {
        let first = self.conversions.lock().unwrap().iter().find(|one| one["reference"] == asked["reference"]).cloned();
        if let Some(first) = first {
            return (StatusCode::OK, first);
        }
        let wanted: i64 = asked["lines"][0]["quantity"].as_str().unwrap().parse().unwrap();
        if self.taken() + wanted > 12 {
            return (
                StatusCode::CONFLICT,
                json!({"code": "over_remaining", "detail": "Not so many left.", "status": 409, "title": "Conflict"}),
            );
        }
        let mut made = asked.clone();
        let amount = format!("{}.00", wanted * 10);
        made["lines"][0]["components"] = json!([{"kind": "charge", "charge_group": "service", "amount": amount}]);
        made["lines"][0]["total"] = json!(amount);
        made["top_ups"] = json!([]);
        made["surcharges"] = json!(self.surcharges.lock().unwrap().clone());
        made["quote_id"] = json!(self.quote);
        made["version_no"] = json!(2);
        made["created_at"] = json!("2026-03-02T12:00:00Z");
        self.conversions.lock().unwrap().push(made.clone());
        (StatusCode::CREATED, made)
    }

    fn price(&self, asked: &Value) -> Value {
        self.asked.lock().unwrap().push(asked.clone());
        let lines: Vec<Value> = (1..).zip(asked["lines"].as_array().unwrap()).map(|(place, line)| priced(place, line)).collect();
        json!({"currency": "USD", "price_date": asked["price_date"], "known_at": "2026-03-02T12:00:00Z", "lines": lines, "complete": true, "total": null,
            "top_ups": [], "surcharges": self.surcharges.lock().unwrap().clone(), "trace": {"hash": "doc"}})
    }

    fn answer(&self, request: &PeerRequest) -> (StatusCode, Value) {
        let body: Value = request.body.as_ref().map(|body| serde_json::from_slice(body).unwrap()).unwrap_or_default();
        let path = request.path.as_str();
        let known = [
            (format!("/v1/accounts/{}", self.account), Method::GET),
            (format!("/v1/sites/{}", self.site), Method::GET),
            (format!("/v1/branches/{}", self.branch), Method::GET),
            (format!("/v1/quotes/{}", self.quote), Method::GET),
            ("/v1/price/batch".to_owned(), Method::POST),
            (format!("/v1/quotes/{}/conversions", self.quote), Method::POST),
        ];
        match known.iter().position(|(known, method)| known == path && *method == request.method) {
            Some(0) => (StatusCode::OK, self.account()),
            Some(1) => (StatusCode::OK, self.site()),
            Some(2) => (StatusCode::OK, self.branch()),
            Some(3) => (StatusCode::OK, self.quote()),
            Some(4) => (StatusCode::OK, self.price(&body)),
            Some(_) => self.convert(&body),
            None if path.starts_with("/v1/calendars/") => (StatusCode::OK, calendar()),
            None => (StatusCode::NOT_FOUND, Value::Null),
        }
    }
}

fn calendar() -> Value {
    let week: Vec<Value> = ["mon", "tue", "wed"].iter().map(|day| json!({"day": day, "start_min": 480, "end_min": 1020})).collect();
    let closed = json!({"date": "2026-03-03", "kind": "closed", "windows": []});
    let hours = json!({"time_zone": "America/New_York", "weekly": week, "exceptions": [closed]});
    let later = json!({"time_zone": "UTC", "weekly": [], "exceptions": []});
    json!({"data": [{"effective_from": "2026-01-01T00:00:00Z", "hours": hours}, {"effective_from": "2027-01-01T00:00:00Z", "hours": later}]})
}

fn priced(place: usize, line: &Value) -> Value {
    if line["item_code"] == "nothing" {
        return json!({"line": place, "refused": {"code": "no_price", "detail": "No price was found."}});
    }
    let quantity: i64 = line["quantity"].as_str().unwrap().parse().unwrap();
    let cents = 1125 * quantity;
    let total = format!("{}.{:02}", cents / 100, cents % 100);
    json!({"line": place, "priced": {
        "item_id": new_uuid(), "item_code": line["item_code"], "item_name": "Pick-up", "charge_group": "service", "quantity": line["quantity"],
        "uom": "each", "currency": "USD", "unit_price": "12.50", "discount": "0.1",
        "components": [{"kind": "charge", "charge_group": "service", "amount": total}], "total": total,
        "source": {"level": "4"}, "trace": {"b": 1, "a": [ 2 ]},
    }})
}

impl Peers for Others {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        let (status, body) = self.answer(&request);
        let body = serde_json::to_vec(&body).unwrap().into();
        Box::pin(async move { Ok(PeerResponse { status, body }) })
    }
}

pub(super) struct Scene {
    pub(super) app: App,
    pub(super) others: Arc<Others>,
    pub(super) ada: Client,
}

impl Scene {
    /// Monday, 2 March 2026, 12:00 UTC: six in the morning in Chicago.
    pub(super) async fn start() -> Self {
        let others = Arc::new(Others {
            account: new_uuid(),
            site: new_uuid(),
            branch: new_uuid(),
            quote: new_uuid(),
            credit_hold: Mutex::default(),
            calendar: Mutex::default(),
            asked: Mutex::default(),
            surcharges: Mutex::default(),
            conversions: Mutex::default(),
        });
        let peers: Arc<dyn Peers> = others.clone();
        let app = App::with_peers(crate::service(), peers).await;
        app.set_time("2026-03-02T12:00:00Z");
        let ada = app.administrator();
        Self { app, others, ada }
    }

    /// An order of two of a priced item, with more or other members.
    pub(super) fn body(&self, more: Value) -> Value {
        let mut body = json!({
            "account_id": self.others.account, "site_id": self.others.site, "kind": "service", "service_date": "2026-03-06",
            "lines": [{"item_code": "tote", "quantity": "2"}],
        });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        body
    }

    pub(super) fn of_quote(&self, quote: Value) -> Value {
        let mut body = self.body(json!({"quote": quote}));
        body.as_object_mut().unwrap().remove("lines");
        body
    }

    pub(super) async fn create(&self, more: Value) -> Answer {
        self.ada.post_keyed("/v1/orders", &new_uuid().to_string(), self.body(more)).await
    }

    pub(super) async fn act(&self, order: &Answer, step: &str, body: Value) -> Answer {
        let path = format!("/v1/orders/{}", order.id());
        let etag = self.ada.get(&path).await.expect(200).etag();
        self.ada.act(&format!("{path}/{step}"), &etag, body).await
    }

    /// Takes an order through several steps.
    pub(super) async fn walk(&self, order: &Answer, steps: &[&str]) -> Answer {
        let mut last = order.clone();
        for step in steps {
            last = self.act(order, step, json!({})).await.expect(200);
        }
        last
    }

    pub(super) async fn billables(&self, order: &Answer) -> Vec<Value> {
        self.ada.get(&format!("/v1/billables?filter[order_id]={}&sort=id", order.id())).await.expect(200).rows().to_vec()
    }
}

/// From a new order to work that has begun.
pub(super) const TO_WORK: [&str; 5] = ["prepare", "confirm", "schedule", "dispatch", "start"];
