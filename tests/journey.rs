//! A coordinator's day, from a customer's e-mail to a ledger that balances.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::{Answer, Client};

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

    let ticket = day.receive().await;

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

    let order = day.order(&quote.text("/id"), &total).await;
    day.bill_and_collect(&order).await;
    day.answer(&ticket).await;
    day.tell().await;
    day.deployment.stop().await;
}

/// What the customer wrote.
fn mail(sender: &str, mailbox: &str) -> String {
    format!(
        "From: Dana Reyes <{sender}>\r\nTo: {mailbox}\r\nSubject: Pickup of plating waste\r\nMessage-ID: <pickup-1@northlake-plating.example>\r\n\
         Date: Mon, 30 Nov 2026 09:58:00 -0600\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Hello,\r\n\r\nwe have twelve drums and three totes ready. Could you quote the pickup?\r\n\r\nDana\r\n"
    )
}

impl Day {
    /// The customer's raw e-mail becomes a ticket whose first response is due on the branch's business calendar; account and
    /// site are found; the second delivery of the same mail makes nothing new.
    async fn receive(&self) -> String {
        self.deployment.set_time(&self.operator, "2026-11-30T16:00:00Z").await;
        let deliver = async || {
            let path = format!("/v1/intake/email?recipient={}&return_path={}", self.known["MAILBOX"], self.known["CUSTOMER_EMAIL"]);
            let request = self.coordinator.request(reqwest::Method::POST, &path).header("content-type", "message/rfc822");
            self.coordinator.send(request.body(mail(&self.known["CUSTOMER_EMAIL"], &self.known["MAILBOX"]))).await
        };
        let first = deliver().await.expect(201);
        let ticket = first.text("/ticket_id");
        let second = deliver().await.expect(200);
        assert_eq!((second.text("/outcome"), second.text("/ticket_id")), ("duplicate".to_owned(), ticket.clone()));
        let found = self.coordinator.get(&format!("/v1/tickets/{ticket}?include=messages,obligations")).await.expect(200);
        assert_eq!(found.text("/account_id"), self.known["ACCOUNT"]);
        assert_eq!(found.body["messages"].as_array().unwrap().iter().filter(|message| message["kind"] == "inbound").count(), 1);
        let promises = found.body["obligations"].as_array().unwrap();
        let response = promises.iter().find(|promise| promise["kind"] == "first_response").unwrap();
        assert_eq!((&response["state"], &response["due_at"]), (&json!("running"), &json!("2026-11-30T18:00:00Z")), "two business hours");
        ticket
    }

    /// The ticket is answered within its two hours and resolved.
    async fn answer(&self, ticket: &str) {
        let path = format!("/v1/tickets/{ticket}");
        self.deployment.set_time(&self.operator, "2026-11-30T17:30:00Z").await;
        let note = json!({"kind": "internal_note", "body": "Quoted, ordered, done and paid within the day."});
        let _ = self.coordinator.post(&format!("{path}/messages"), note).await.expect(201);
        let reply = json!({"kind": "public_reply", "body": "The pickup is done and the invoice is paid. Thank you, Dana."});
        let _ = self.coordinator.post_keyed(&format!("{path}/messages"), "reply-1", reply).await.expect(201);
        let current = self.coordinator.get(&path).await.expect(200);
        let _ = self.coordinator.act(&format!("{path}/resolve"), &current.etag(), json!({"code": "done"})).await.expect(200);
        let promises = self.coordinator.get(&format!("{path}/obligations")).await.expect(200);
        let states: BTreeMap<&str, &str> =
            promises.rows().iter().map(|promise| (promise["kind"].as_str().unwrap(), promise["state"].as_str().unwrap())).collect();
        assert_eq!((states.get("first_response"), states.get("resolution").unwrap_or(&"met")), (Some(&"met"), &"met"), "{states:?}");
        let seen = self.customer.get(&format!("{path}?include=messages")).await.expect(200);
        assert!(!String::from_utf8_lossy(&seen.bytes).contains("within the day"), "a customer never sees an internal note");
        assert!(String::from_utf8_lossy(&seen.bytes).contains("Thank you, Dana"));
    }

    /// The quote becomes an order, which is prepared, scheduled and completed.
    async fn order(&self, quote: &str, total: &str) -> Answer {
        let body = json!({
            "account_id": self.known["ACCOUNT"], "site_id": self.known["SITE"], "kind": "service", "service_date": "2026-12-01",
            "quote": {"id": quote},
        });
        let order = self.coordinator.post_keyed("/v1/orders", "order-1", body.clone()).await.expect(201);
        let replay = self.coordinator.post_keyed("/v1/orders", "order-1", body.clone()).await.expect(201);
        assert_eq!((&replay.bytes, replay.header("idempotent-replayed")), (&order.bytes, "true"));
        assert_eq!(order.text("/total"), total, "the order's prices are the quote's");
        self.coordinator.post_keyed("/v1/orders", "order-2", body).await.expect_problem(409, "over_remaining");
        let path = format!("/v1/orders/{}", order.id());
        self.coordinator.act(&format!("{path}/complete"), "*", json!({})).await.expect_problem(409, "illegal_transition");
        for step in ["prepare", "confirm", "schedule", "dispatch", "start", "complete"] {
            let current = self.coordinator.get(&path).await.expect(200);
            let _ = self.coordinator.act(&format!("{path}/{step}"), &current.etag(), json!({})).await.expect(200);
        }
        let done = self.coordinator.get(&path).await.expect(200);
        assert_eq!(done.text("/fulfilment"), "completed");
        assert_eq!(self.customer.get(&path).await.expect(200).text("/fulfilment"), "completed", "the customer follows the order");
        done
    }

    /// The order's billables are invoiced and the invoice is paid; receivables and the ledger's difference are zero.
    async fn bill_and_collect(&self, order: &Answer) {
        let body = json!({
            "bill_to_id": self.known["ACCOUNT"], "currency": "USD", "order_id": order.id(), "post": true, "terms": "net30",
            "tax": {"mode": "computed", "jurisdictions": [{"name": "IL", "rate": "0.0625"}, {"name": "Cook", "rate": "0.0175"}, {"name": "Melrose Park", "rate": "0.02"}]},
        });
        let invoice = self.billing.post_keyed("/v1/invoices", "invoice-1", body).await.expect(201);
        assert!(invoice.text("/number").starts_with("INV-") && invoice.text("/number").ends_with("-000001"), "{}", invoice.text("/number"));
        assert_eq!(invoice.text("/net"), order.text("/total"));
        let owed = invoice.text("/total");
        let aging = self.billing.get("/v1/reports/aging?currency=USD").await.expect(200);
        assert_eq!(aging.text("/totals/total"), owed);
        let payment = json!({
            "account_id": self.known["ACCOUNT"], "currency": "USD", "method": "ach", "reference": "TRACE-1", "received_on": "2026-11-30",
            "amount": owed, "application": {"mode": "auto"},
        });
        let _ = self.billing.post_keyed("/v1/payments", "payment-1", payment).await.expect(201);
        let paid = self.billing.get(&format!("/v1/invoices/{}", invoice.id())).await.expect(200);
        assert_eq!((paid.text("/state"), paid.text("/balance")), ("paid".to_owned(), "0.00".to_owned()));
        let integrity = self.billing.get("/v1/integrity").await.expect(200);
        assert_eq!(integrity.body["sound"], true, "{}", integrity.body);
        let aging = self.billing.get("/v1/reports/aging?currency=USD").await.expect(200);
        assert_eq!(aging.text("/totals/total"), "0.00");
    }

    /// The feed tells the whole story in order.
    async fn tell(&self) {
        let story = [
            "account.created",
            "quote.created",
            "quote.sent",
            "quote.accepted",
            "order.created",
            "order.completed",
            "invoice.posted",
            "payment.recorded",
        ];
        let told = |events: &[Value]| {
            let mut left = story.iter().peekable();
            for event in events {
                left.next_if(|next| event["type"] == **next);
            }
            left.next().is_none()
        };
        let events = self.deployment.events(&self.operator, told).await;
        let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert!(told(&events), "{types:?}");
        let ids: BTreeSet<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), events.len(), "each event is told once");
    }
}

#[tokio::test]
async fn the_day_embedded() {
    the_day(Deployment::embedded().await).await;
}

#[tokio::test]
async fn the_day_split() {
    the_day(Deployment::split().await).await;
}

/// What the README promises: `demo` prints the day as commands, and they work as printed.
#[tokio::test]
async fn the_printed_day_works_as_printed() {
    let deployment = Deployment::demo().await;
    let script = deployment.folder().join("data/day.sh");
    for _ in 0..600 {
        if deployment.log("everything").contains("day.sh") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for _ in 0..2 {
        let run = std::process::Command::new("sh").arg(&script).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success(), "{text}");
        for sign in ["\"total\":\"0.00\"", "\"sound\":true", "first_response", "invoice.posted", "ticket.resolved"] {
            assert!(text.contains(sign), "no {sign} in {text}");
        }
        assert!(!text.contains("\"sound\":false"), "{text}");
    }
    deployment.stop().await;
}
