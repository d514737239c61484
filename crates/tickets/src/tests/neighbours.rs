//! A stand-in for the accounts service: accounts of no branch, unless a test says more.

use std::collections::HashMap;
use std::sync::Mutex;

use actix_web::http::StatusCode;
use futures_util::future::LocalBoxFuture;
use kernel::id::new_uuid;
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use serde_json::{Value, json};
use uuid::Uuid;

/// What accounts answers, by path; every account that no test named exists and has no branch.
#[derive(Default)]
pub(crate) struct Neighbours {
    answers: Mutex<HashMap<String, Option<Value>>>,
    /// The paths that were asked for.
    pub(crate) asked: Mutex<Vec<String>>,
    /// True while accounts cannot be reached.
    pub(crate) down: Mutex<bool>,
}

impl Neighbours {
    fn know(&self, path: String, answer: Option<Value>) {
        self.answers.lock().unwrap().insert(path, answer);
    }

    /// An account with a home branch.
    pub(crate) fn account(&self, branch: Option<Uuid>) -> Uuid {
        let id = new_uuid();
        self.know(format!("/v1/accounts/{id}"), Some(account(&id.to_string(), branch)));
        id
    }

    /// A branch with a local clock.
    pub(crate) fn branch(&self, time_zone: &str) -> Uuid {
        let id = new_uuid();
        let branch = json!({"id": id, "version": 1, "code": "B1", "name": "Branch", "time_zone": time_zone, "calendar_id": null,
            "business_hours_id": null, "cut_off": "17:00"});
        self.know(format!("/v1/branches/{id}"), Some(branch));
        id
    }

    /// The id of an account that does not exist.
    pub(crate) fn nobody(&self) -> Uuid {
        let id = new_uuid();
        self.know(format!("/v1/accounts/{id}"), None);
        id
    }

    /// A site of an account.
    pub(crate) fn site(&self, account: Uuid, branch: Option<Uuid>) -> Uuid {
        let id = new_uuid();
        let address =
            json!({"line1": "1 Dock St", "line2": null, "city": "Chicago", "state": "IL", "postal_code": "60601", "country": "US"});
        let site = json!({"id": id, "version": 1, "account_id": account, "code": "S1", "name": "Dock", "address": address,
            "time_zone": "America/Chicago", "branch_id": branch, "calendar_id": null, "status": "active"});
        self.know(format!("/v1/sites/{id}"), Some(site));
        id
    }

    /// Who answers for an account.
    pub(crate) fn owner(&self, account: Uuid, user: Uuid) {
        let assignment =
            json!({"role": "csr", "site_id": null, "user_id": user, "team_id": null, "valid_from": "2020-01-01", "valid_until": null});
        let path = format!("/v1/assignments?filter%5Baccount_id%5D={account}&filter%5Bprimary%5D=true&sort=-id&limit=200");
        self.know(path, Some(json!({"data": [assignment], "next_cursor": null})));
    }

    /// A contact by whose address mail from `account` is known.
    pub(crate) fn contact(&self, email: &str, account: Uuid) {
        let role = json!({"id": new_uuid(), "account_id": account, "site_id": null, "function": "buyer", "authorities": [],
            "valid_from": "2020-01-01", "valid_until": null});
        let contact = json!({"id": new_uuid(), "version": 1, "name": "Jane", "email": email, "phone": null, "mobile": null,
            "preferred": null, "active": true, "roles": [role]});
        let path = format!("/v1/contacts?filter%5Bemail%5D={email}&filter%5Bactive%5D=true&sort=id");
        self.know(path, Some(json!({"data": [contact], "next_cursor": null})));
    }

    fn answer(&self, path: &str) -> Option<Value> {
        if let Some(known) = self.answers.lock().unwrap().get(path) {
            return known.clone();
        }
        path.strip_prefix("/v1/accounts/").map(|id| account(id, None))
    }
}

fn account(id: &str, branch: Option<Uuid>) -> Value {
    json!({"id": id, "version": 1, "number": "A-1", "name": "Acme", "legal_name": null, "type": "customer", "status": "active",
        "currency": "USD", "payment_terms": "net_30", "branch_id": branch, "parent_id": null,
        "tax": {"tax_id": null, "exemptions": []}, "segment": null, "holds": []})
}

impl Peers for Neighbours {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        Box::pin(async move {
            if *self.down.lock().unwrap() {
                return Err(Problem::unavailable("accounts is down"));
            }
            self.asked.lock().unwrap().push(request.path.clone());
            let (status, body) = match self.answer(&request.path) {
                Some(answer) => (StatusCode::OK, answer.to_string()),
                None => (StatusCode::NOT_FOUND, "{}".to_owned()),
            };
            Ok(PeerResponse { status, body: body.into() })
        })
    }
}
