//! Rows of other accounts and branches: for whoever may not see them they are not there.

use reqwest::Method;
use serde_json::json;
use testkit::Client;

use super::Bench;
use super::access::request;
use super::document::Operation;
use super::findings::Findings;
use super::fixtures::Fixtures;

/// Collections whose rows belong to the company and not to an account or a branch, each with its reason.
const SHARED: [(&str, &str); 28] = [
    ("/v1/exchange-rates", "a rate is the same for every customer of the company"),
    ("/v1/item-costs", "what an item costs does not depend on who buys it"),
    ("/v1/data-imports", "sheets bring the company's items, costs and index values"),
    ("/v1/change-sets", "a change of prices is the company's, like the books it changes"),
    ("/v1/item-usages", "what was bought is told of the whole company's prices"),
    ("/v1/index-values", "a published index is the same for every customer of the company"),
    ("/v1/quote-approval-rules", "one set of rules decides who approves, whatever the account"),
    ("/v1/charge-rules", "rules charge every document of the company and name whom they exempt"),
    ("/v1/price-assignments", "which book prices whom is price data, the company's like the books themselves"),
    ("/v1/bill-runs", "a run bills the whole company; its invoices are scoped"),
    ("/v1/items", "one catalogue for the company"),
    ("/v1/pricebooks", "price books are the company's; assignments say for whom"),
    ("/v1/sla-policies", "a policy names whom it matches"),
    ("/v1/roles", "roles are the company's"),
    ("/v1/agents", "people are listed for giving work to them, and work for several branches"),
    ("/v1/users", "people are listed for assigning work to them"),
    ("/v1/api-keys", "for administrators, of whatever branch"),
    ("/v1/branches", "a branch is named on every document of the company"),
    ("/v1/escalation-policies", "steps are the company's, like the promises they watch over; runs are scoped by their tickets"),
    ("/v1/automations", "rules act for the whole company and name whom they are for; runs are scoped by their tickets"),
    ("/v1/routing-rules", "one order of rules sends work to every branch"),
    ("/v1/notice-templates", "customers of every branch are told in the same words"),
    ("/v1/calendars", "hours are public within the company"),
    ("/v1/mailboxes", "addresses are public"),
    ("/v1/survey-templates", "customers of every branch are asked in the same words"),
    ("/v1/signing-keys", "public keys"),
    ("/v1/ledger/accounts", "the chart of accounts is the company's"),
    ("/v1/sessions", "each caller's own"),
];

pub(super) async fn check(bench: &Bench) {
    let ours = Fixtures::make(bench, "ours").await;
    let theirs = Fixtures::make(bench, "theirs").await;
    let mut findings = Findings::default();
    ours.settle(&mut findings);
    let role = json!({"name": "all_rights", "permissions": ["*:*"]});
    let _ = bench.operator.post("/v1/roles", role).await.expect(201);
    let branch = json!({"name": "Bo Branch", "roles": ["all_rights"], "branches": [theirs.id_in("/v1/branches")]});
    let branch = bench.deployment.person(&bench.operator, "bo@liaison.example", branch).await;
    let customer = json!({"name": "Cleo Customer", "roles": ["customer"], "accounts": [theirs.id_in("/v1/accounts")]});
    let customer = bench.deployment.person(&bench.operator, "cleo@customer.example", customer).await;
    for (who, client) in [("staff of another branch", &branch), ("a customer of another account", &customer)] {
        for operation in bench.api.operations.iter().filter(|operation| !shared(operation)) {
            foreign(bench, &ours, operation, (who, client), &mut findings).await;
        }
    }
    let own = customer.get(&format!("/v1/accounts/{}", theirs.id_in("/v1/accounts").unwrap())).await;
    findings.status("a customer's own account", &own, &[200]);
    let own = branch.get(&format!("/v1/accounts/{}", theirs.id_in("/v1/accounts").unwrap())).await;
    findings.status("an account of the own branch", &own, &[200]);
    findings.settle("rows");
}

fn shared(operation: &Operation) -> bool {
    let collection = operation.path.split("/{").next().unwrap();
    operation.permission.is_none() || SHARED.iter().any(|(path, _)| *path == collection)
}

async fn foreign(bench: &Bench, ours: &Fixtures, operation: &Operation, (who, client): (&str, &Client), findings: &mut Findings) {
    let about = format!("{} for {who}", operation.name());
    if operation.path.contains('{') {
        let Some(path) = ours.path(operation) else { return };
        let mut request = request(&bench.api, operation, client).build().unwrap();
        *request.url_mut() = format!("{}{path}", bench.deployment.url).parse().unwrap();
        let answer = client.send(reqwest::RequestBuilder::from_parts(reqwest::Client::new(), request)).await;
        let wanted: &[u16] = if operation.method == Method::GET { &[403, 404] } else { &[403, 404, 422] };
        findings.status(&about, &answer, wanted);
    } else if operation.paged() {
        let Some(path) = ours.path(operation) else { return };
        let join = if path.contains('?') { '&' } else { '?' };
        let answer = client.get(&format!("{path}{join}limit=200")).await;
        if answer.status.as_u16() == 403 {
            return;
        }
        let text = String::from_utf8_lossy(&answer.bytes);
        if findings.status(&about, &answer, &[200]) {
            for collection in ["/v1/accounts", "/v1/branches", operation.path.as_str()] {
                let seen = ours.id_in(collection).is_some_and(|id| text.contains(id.as_str()));
                findings.demand(!seen, &about, &format!("shows our row of {collection}"));
            }
        }
    }
}
