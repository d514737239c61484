//! Acceptance scenario 13 of accounts and pricing: the life of a quote, until it is ordered.

use futures_util::future::join;
use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;

use super::pricing::flat;
use super::stage::{Stage, with};

/// A customer and what they are quoted.
struct Quoting<'a> {
    stage: &'a Stage,
    account: Uuid,
    site: Uuid,
    cleo: Client,
}

pub(super) async fn scenario_13_quote_life(stage: &Stage) {
    stage.at("2026-08-03T15:00:00Z").await;
    stage.item("QUOTED", "each", json!({})).await;
    let book = stage.book("QUOTED-STD", "standard", json!([flat("QUOTED", "160.00")])).await;
    let account = stage.account("Quote life").await;
    let (site, cleo) = (stage.site(account, "Q").await, stage.customer(account, "cleo@quoted.example").await);
    let quoting = Quoting { stage, account, site, cleo };
    quoting.a_later_version_supersedes().await;
    quoting.two_accept_at_once().await;
    quoting.the_parts_bear_the_surcharge().await;
    quoting.the_chosen_prices_become_a_contract().await;
    let (ordered, rejected) = quoting.the_quotes_prices_are_ordered(book).await;
    let last = quoting.it_is_valid_through_its_last_local_day().await;
    stage.at("2026-09-04T15:00:00Z").await;
    for (path, state) in [(ordered, "converted"), (rejected, "rejected"), (last, "accepted")] {
        assert_eq!(stage.ada.get(&path).await.expect(200).text("/state"), state, "time changes no decision");
    }
}

impl Quoting<'_> {
    fn content(&self) -> Value {
        json!({"valid_until": "2026-08-31", "lines": [{"item_code": "QUOTED", "quantity": "12"}]})
    }

    /// A quote that the customer has.
    async fn sent(&self) -> String {
        let quote = json!({"account_id": self.account, "site_id": self.site, "currency": "USD", "content": self.content()});
        let made = self.stage.ada.post("/v1/quotes", quote).await.expect(201);
        let path = made.header("location").to_owned();
        self.send(&path).await;
        path
    }

    async fn send(&self, path: &str) {
        for step in ["submit", "send"] {
            let _ = self.stage.step(path, step, Value::Null).await.expect(200);
        }
    }

    async fn accept(&self, path: &str, version: i32) -> Answer {
        // What the payload says of prices is never read.
        let echo = json!([{"line": 1, "quantity": "12", "unit_price": "1.00"}]);
        let body = json!({"version_no": version, "signer": "Cleo Customer", "lines": echo});
        self.cleo.post_keyed(&format!("{path}/accept"), &format!("accept-{path}-{version}"), body).await
    }

    async fn order(&self, path: &str, key: &str, quantity: &str) -> Answer {
        let quote = path.rsplit('/').next().unwrap();
        let body = json!({
            "account_id": self.account, "site_id": self.site, "kind": "service", "service_date": "2026-08-24",
            "quote": {"id": quote, "lines": [{"line": 1, "quantity": quantity}]},
        });
        self.stage.ada.post_keyed("/v1/orders", &format!("{key}-{path}"), body).await
    }

    async fn a_later_version_supersedes(&self) {
        let path = self.sent().await;
        let _ = self.stage.step(&path, "versions", self.content()).await.expect(201);
        self.send(&path).await;
        self.accept(&path, 1).await.expect_problem(409, "superseded");
        let _ = self.accept(&path, 2).await.expect(200);
    }

    async fn two_accept_at_once(&self) {
        let path = self.sent().await;
        let (one, two) = join(self.accept(&path, 1), self.accept(&path, 1)).await;
        let made: Vec<&Answer> = [&one, &two].into_iter().filter(|answer| answer.status.as_u16() == 200).collect();
        assert!(made.iter().all(|answer| answer.bytes == made[0].bytes), "both see the one acceptance");
        let replay = self.accept(&path, 1).await.expect(200);
        assert_eq!((replay.header("idempotent-replayed"), &replay.bytes), ("true", &made[0].bytes));
        assert_eq!((replay.text("/total"), replay.text("/lines/0/unit_price")), ("1920.00".into(), "160.00".into()));
        let told = |events: &[Value]| {
            events.iter().filter(|event| event["type"] == "quote.accepted" && event["subject"]["id"] == replay.body["id"]).count()
        };
        let events = self.stage.deployment.events(&self.stage.ada, |events| told(events) >= 1).await;
        assert_eq!(told(&events), 1, "accepted once");
    }

    /// A quote for a later day, on which fuel is charged.
    async fn sent_with_fuel(&self, more: Value) -> String {
        let content =
            json!({"valid_until": "2026-08-31", "price_date": "2027-01-01", "lines": [{"item_code": "QUOTED", "quantity": "12"}]});
        let content = with(content, more);
        let quote = json!({"account_id": self.account, "site_id": self.site, "currency": "USD", "content": content});
        let path = self.stage.ada.post("/v1/quotes", quote).await.expect(201).header("location").to_owned();
        self.send(&path).await;
        path
    }

    async fn the_parts_bear_the_surcharge(&self) {
        let fuel = json!({"code": "QFUEL", "name": "Fuel", "currency": "USD", "charge": {"kind": "percent", "percent": "0.0333"},
            "effective_on": "2027-01-01"});
        let _ = self.stage.ada.post("/v1/charge-rules", fuel).await.expect(201);
        let path = self.sent_with_fuel(json!({})).await;
        assert_eq!(self.accept(&path, 1).await.expect(200).text("/agreed/document_total"), "1983.94");
        let parts = [self.order(&path, "five", "5").await.expect(201), self.order(&path, "seven", "7").await.expect(201)];
        assert_eq!(parts.each_ref().map(|order| order.text("/lines/1/amount")), ["26.64", "37.30"], "together 63.94");
        assert_eq!(parts.each_ref().map(|order| order.text("/total")), ["826.64", "1157.30"], "together 1983.94");
        assert_eq!(parts[0].text("/lines/1/charge/shares/0/amount"), "26.64");
    }

    async fn the_chosen_prices_become_a_contract(&self) {
        let lines = json!([
            {"item_code": "QUOTED", "quantity": "12", "option_group": "size"},
            {"item_code": "QUOTED", "quantity": "20", "option_group": "size", "override": {"unit_price": "150.00", "reason": "volume"}},
        ]);
        let path =
            self.sent_with_fuel(json!({"term_months": 24, "lines": lines, "option_groups": [{"name": "size", "choose": "one"}]})).await;
        let choice = json!({"version_no": 1, "signer": "Cleo Customer", "options": [2]});
        let accepted = self.cleo.post(&format!("{path}/accept"), choice).await.expect(200);
        assert_eq!((accepted.text("/agreed/total"), accepted.text("/agreed/document_total")), ("3000.00".into(), "3099.90".into()));
        let contract = json!({"starts_on": "2027-01-01"});
        let converted = self.stage.ada.post(&format!("{path}/contract"), contract.clone()).await.expect(200);
        let again = self.stage.ada.post(&format!("{path}/contract"), contract).await.expect(200);
        assert_eq!((converted.text("/state"), &again.bytes), ("converted".into(), &converted.bytes));
        let contract = format!("/v1/contracts/{}", converted.text("/contract_id"));
        assert_eq!(self.stage.ada.get(&contract).await.expect(200).text("/status"), "draft");
        let prices = self.stage.ada.get(&format!("{contract}/prices")).await.expect(200);
        assert_eq!((prices.rows().len(), prices.text("/data/0/price/unit_price")), (1, "150.00".into()));
        assert_eq!((prices.text("/data/0/valid_from"), prices.text("/data/0/valid_until")), ("2027-01-01".into(), "2029-01-01".into()));
    }

    /// The list is raised after sending: the order has the quote's prices, in parts that never exceed the quote.
    async fn the_quotes_prices_are_ordered(&self, book: Uuid) -> (String, String) {
        let (path, rejected) = (self.sent().await, self.sent().await);
        let refusal = json!({"version_no": 1, "reason": "Too dear"});
        let _ = self.cleo.post(&format!("{rejected}/reject"), refusal).await.expect(200);
        self.stage.at("2026-08-10T15:00:00Z").await;
        self.stage.correct(book, json!({"effective_from": "2026-08-10"}), flat("QUOTED", "200.00")).await;
        assert_eq!(self.stage.price("QUOTED", "12", json!({})).await.expect(200).text("/total"), "2400.00");
        let _ = self.accept(&path, 1).await.expect(200);
        let first = self.order(&path, "five", "5").await.expect(201);
        assert_eq!((first.text("/total"), first.text("/lines/0/unit_price")), ("800.00".into(), "160.00".into()));
        assert_eq!(self.order(&path, "seven", "7").await.expect(201).text("/total"), "1120.00");
        self.order(&path, "one", "1").await.expect_problem(409, "over_remaining");
        (path, rejected)
    }

    async fn it_is_valid_through_its_last_local_day(&self) -> String {
        let (first, second) = (self.sent().await, self.sent().await);
        self.stage.at("2026-09-01T04:59:59Z").await;
        let _ = self.accept(&first, 1).await.expect(200);
        self.stage.at("2026-09-01T05:00:00Z").await;
        self.accept(&second, 1).await.expect_problem(409, "quote_expired");
        assert_eq!(self.stage.ada.get(&second).await.expect(200).text("/state"), "expired");
        first
    }
}
