//! What the HTTP tests share: a started service with a stand-in for accounts, items, and published books.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use futures_util::future::LocalBoxFuture;
use kernel::id::new_uuid;
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use serde_json::{Value, json};
use testkit::{Answer, App, Client};
use uuid::Uuid;

use super::notice_desk::NoticeDesk;

/// Answers for accounts, by path, from a table; what is asked of tickets goes to its own stand-in.
#[derive(Default)]
pub(crate) struct Accounts {
    contexts: Mutex<HashMap<String, Value>>,
    /// The contracts and prices that were asked for, by their keys.
    pub(crate) asked: Mutex<Vec<(String, Value)>>,
    pub(crate) notices: NoticeDesk,
}

impl Accounts {
    /// Gives an account a contact with this mail address.
    pub(crate) fn contact(&self, account: Uuid, email: &str) {
        let role = json!({"id": new_uuid(), "account_id": account, "site_id": null, "function": "billing", "authorities": ["approve_price"],
            "valid_from": "2020-01-01", "valid_until": null});
        let contact = json!({"id": new_uuid(), "version": 1, "name": "Cleo", "email": email, "phone": null, "mobile": null, "preferred": null,
            "active": true, "roles": [role]});
        self.contexts.lock().unwrap().insert(format!("contacts of {account}"), json!({"data": [contact], "next_cursor": null}));
    }

    pub(crate) fn know(&self, account: Uuid, context: Value) {
        self.contexts.lock().unwrap().insert(format!("/v1/accounts/{account}/pricing-context"), context);
    }
}

impl Accounts {
    /// Remembers what is to be made, once for each key.
    fn keep(&self, request: &PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        let (key, body) = (request.idempotency_key.clone().unwrap(), request.body.as_ref().unwrap());
        let mut asked = self.asked.lock().unwrap();
        if !asked.iter().any(|(other, _)| *other == key) {
            asked.push((key, serde_json::from_slice(body).unwrap()));
        }
        let body = serde_json::to_vec(&json!({"id": Uuid::from_u128(7)})).unwrap().into();
        Box::pin(async move { Ok(PeerResponse { status: StatusCode::CREATED, body }) })
    }
}

impl Peers for Accounts {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        if request.service == "tickets" {
            return self.notices.answer(&request);
        }
        if request.method == actix_web::http::Method::POST {
            return self.keep(&request);
        }
        let mut path = request.path.split('?').next().unwrap_or_default().to_owned();
        if let Some((_, rest)) = request.path.split_once("/v1/contacts?filter%5Baccount_id%5D=") {
            path = format!("contacts of {}", rest.split('&').next().unwrap());
        }
        let found = self.contexts.lock().unwrap().get(&path).cloned();
        let status = if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let body = serde_json::to_vec(&found.unwrap_or_default()).unwrap().into();
        Box::pin(async move { Ok(PeerResponse { status, body }) })
    }
}

/// A started service.
pub(crate) struct Scene {
    pub(crate) app: App,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) ada: Client,
}

/// A version: the path of its book and its number.
pub(crate) struct Draft {
    pub(crate) path: String,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let accounts = Arc::new(Accounts::default());
        let peers: Arc<dyn Peers> = Arc::<Accounts>::clone(&accounts);
        let app = App::with_peers(crate::service(), peers).await;
        let ada = app.administrator();
        Self { app, accounts, ada }
    }

    /// An account of a new branch in Chicago.
    pub(crate) fn account(&self) -> Uuid {
        let account = new_uuid();
        self.accounts.know(
            account,
            json!({"account_id": account, "ancestors": [], "branch_id": new_uuid(), "time_zone": "America/Chicago", "contracts": []}),
        );
        account
    }

    pub(crate) async fn item(&self, code: &str, uom: &str) -> Answer {
        let item = json!({"code": code, "name": code, "service_line": "waste", "charge_group": "service", "base_uom": uom});
        self.ada.post("/v1/items", item).await.expect(201)
    }

    pub(crate) async fn book(&self, code: &str, kind: &str) -> Uuid {
        self.ada.post("/v1/pricebooks", json!({"code": code, "name": code, "currency": "USD", "kind": kind})).await.expect(201).id()
    }

    pub(crate) async fn draft(&self, book: Uuid, from: &str) -> Draft {
        let made = self.ada.post(&format!("/v1/pricebooks/{book}/versions"), json!({"effective_from": from})).await.expect(201);
        Draft { path: made.header("location").to_owned() }
    }

    pub(crate) async fn add(&self, draft: &Draft, entries: Value) -> Answer {
        self.ada.post(&format!("{}/entries", draft.path), json!({"entries": entries})).await
    }

    pub(crate) async fn step(&self, draft: &Draft, step: &str) -> Answer {
        let etag = self.ada.get(&draft.path).await.expect(200).etag();
        self.ada.act(&format!("{}/{step}", draft.path), &etag, Value::Null).await
    }

    /// Submits, approves and publishes.
    pub(crate) async fn publish(&self, draft: &Draft) {
        for step in ["submit", "approve", "publish"] {
            let _ = self.step(draft, step).await.expect(200);
        }
    }

    /// A published book with these entries.
    pub(crate) async fn published(&self, code: &str, kind: &str, entries: Value) -> Uuid {
        let book = self.book(code, kind).await;
        let draft = self.draft(book, "2026-01-01").await;
        let _ = self.add(&draft, entries).await.expect(201);
        self.publish(&draft).await;
        book
    }

    pub(crate) async fn price(&self, code: &str, quantity: &str, more: Value) -> Answer {
        let mut request = json!({"currency": "USD", "line": {"item_code": code, "quantity": quantity}});
        request.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.ada.post("/v1/price", request).await
    }
}
