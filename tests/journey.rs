//! A coordinator's day, from a customer's e-mail to a ledger that balances.

use std::collections::BTreeMap;

use serde_json::json;
use testkit::Client;

use crate::harness::Deployment;

/// The demonstration company in a deployment, and the people who act.
struct Day {
    deployment: Deployment,
    operator: Client,
    coordinator: Client,
    billing: Client,
    customer: Client,
    /// The variables of the printed script: ids and addresses.
    known: BTreeMap<String, String>,
}

impl Day {
    async fn begin(deployment: Deployment) -> Self {
        let (done, token) = deployment.command(&["token", "--minutes", "600"]);
        assert!(done, "{token}");
        let token = token.lines().last().unwrap().trim();
        let (done, script) = deployment.command(&["demo", "--into", &deployment.url, "--token", token]);
        assert!(done, "{script}");
        let known: BTreeMap<String, String> = script
            .lines()
            .filter_map(|line| line.split_once("='"))
            .map(|(name, value)| (name.to_owned(), value.trim_end_matches('\'').to_owned()))
            .collect();
        let operator = deployment.operator();
        let coordinator = sign_in(&deployment, &known["COORDINATOR"], &known["COORDINATOR_PASSWORD"]).await;
        let billing = sign_in(&deployment, &known["BILLING"], &known["BILLING_PASSWORD"]).await;
        let customer = sign_in(&deployment, &known["CUSTOMER"], &known["CUSTOMER_PASSWORD"]).await;
        Self { operator, coordinator, billing, customer, known, deployment }
    }
}

async fn sign_in(deployment: &Deployment, email: &str, password: &str) -> Client {
    let answer = deployment.anonymous().post("/v1/sessions", json!({"email": email, "password": password})).await.expect(201);
    Client::new(&deployment.url, Some(answer.text("/access_token")))
}

/// Ten lines of the catalogue with quantities; drums fall under their line minimum, transport is the contract's.
const LINES: [(&str, &str); 10] = [
    ("DRUM55", "12"),
    ("TOTE275", "3"),
    ("LABPACK", "4"),
    ("TRIP", "2"),
    ("TECHHR", "6.5"),
    ("PROFILE", "1"),
    ("MANIFEST", "2"),
    ("DRUMNEW", "12"),
    ("ABSORB", "7"),
    ("TON", "3.25"),
];

async fn the_day(deployment: Deployment) {
    let day = Day::begin(deployment).await;
    let account = day.known["ACCOUNT"].clone();
    let lines: Vec<_> = LINES.iter().map(|(code, quantity)| json!({"item_code": code, "quantity": quantity})).collect();

    // Prices with their explanation: drums at the tier of 12 raised to the minimum, transport by contract.
    let prices = json!({"account_id": account, "site_id": day.known["SITE"], "currency": "USD", "lines": lines});
    let prices = day.coordinator.post("/v1/price/batch", prices).await.expect(200);
    assert_eq!(prices.text("/lines/0/priced/total"), "2000.00");
    assert_eq!(prices.text("/lines/3/priced/total"), "796.00");
    let total = prices.text("/total");

    // A quote, sent and accepted by the customer.
    let content = json!({"lines": lines, "valid_until": "2099-12-31"});
    let quote = json!({"account_id": account, "site_id": day.known["SITE"], "currency": "USD", "content": content});
    let quote = day.coordinator.post("/v1/quotes", quote).await.expect(201);
    let path = format!("/v1/quotes/{}", quote.id());
    assert_eq!(quote.text("/total"), total);
    for step in ["submit", "send"] {
        let current = day.coordinator.get(&path).await.expect(200);
        let _ = day.coordinator.act(&format!("{path}/{step}"), &current.etag(), json!({})).await.expect(200);
    }
    let seen = day.customer.get(&path).await.expect(200);
    assert!(seen.body["lines"][0].get("trace").is_none_or(serde_json::Value::is_null), "a customer sees no trace");
    let acceptance = json!({"version_no": 1, "signer": "Dana Reyes", "lines": [{"line": 1, "unit_price": "1.00"}]});
    let accepted = day.customer.post_keyed(&format!("{path}/accept"), "accept-1", acceptance).await.expect(200);
    assert_eq!(accepted.text("/total"), total);

    let _ = (&day.operator, &day.billing);
    day.deployment.stop().await;
}

#[tokio::test]
async fn the_day_embedded() {
    the_day(Deployment::embedded().await).await;
}

#[tokio::test]
async fn the_day_split() {
    the_day(Deployment::split().await).await;
}
