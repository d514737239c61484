//! Acceptance scenarios of accounts and pricing: 1, 3, 5, 7, 9 and 15, with the quotes 13 and with the changes 11.
//!
//! Of 1 the volume and graduated amounts, the minimum and the trace; the fuel surcharge comes with surcharges. Of 15 the dates; the
//! renewal itself comes with renewals.

use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use super::changes;
use super::quotes;
use super::stage::{Stage, with};
use crate::harness::Deployment;

#[tokio::test]
async fn pricing_embedded() {
    pricing(Deployment::embedded().await).await;
}

#[tokio::test]
async fn pricing_split() {
    pricing(Deployment::split().await).await;
}

async fn pricing(deployment: Deployment) {
    let stage = Stage::open(deployment).await;
    stage.at("2026-03-02T15:00:00Z").await;
    scenario_1_twelve_drums(&stage).await;
    scenario_3_precedence(&stage).await;
    scenario_7_units_of_measure(&stage).await;
    scenario_9_minor_units(&stage).await;
    scenario_9_currency(&stage).await;
    scenario_15_renewal_windows(&stage).await;
    scenario_5_bitemporal_correction(&stage).await;
    quotes::scenario_13_quote_life(&stage).await;
    changes::scenario_11_notice_gate(&stage).await;
    stage.close().await;
}

/// A price by the unit.
pub(super) fn flat(code: &str, price: &str) -> Value {
    json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}})
}

fn tiers() -> Value {
    json!([
        {"from": "0", "to": "5", "unit_price": "185.00"}, {"from": "5", "to": "10", "unit_price": "172.50"}, {"from": "10", "unit_price": "160.00"},
    ])
}

impl Stage {
    pub(super) async fn item(&self, code: &str, uom: &str, more: Value) {
        let item = json!({"code": code, "name": code, "service_line": "waste", "charge_group": "service", "base_uom": uom});
        let _ = self.ada.post("/v1/items", with(item, more)).await.expect(201);
    }

    /// A published book with these entries, in force since the year began.
    pub(super) async fn book(&self, code: &str, kind: &str, entries: Value) -> Uuid {
        self.book_with(code, json!({ "kind": kind }), entries).await
    }

    async fn book_with(&self, code: &str, more: Value, entries: Value) -> Uuid {
        let book = with(json!({"code": code, "name": code, "currency": "USD", "kind": "standard"}), more);
        let book = self.ada.post("/v1/pricebooks", book).await.expect(201).id();
        self.publish(book, json!({"effective_from": "2026-01-01"}), &[], entries).await;
        book
    }

    /// Publishes a version that ends entries and adds others.
    pub(super) async fn publish(&self, book: Uuid, version: Value, ended: &[(&str, &str)], entries: Value) {
        let made = self.ada.post(&format!("/v1/pricebooks/{book}/versions"), version).await.expect(201);
        let path = made.header("location").to_owned();
        for (entry, end) in ended {
            let _ = self.ada.post(&format!("{path}/entries/{entry}/end"), json!({ "end": end })).await.expect(200);
        }
        let _ = self.ada.post(&format!("{path}/entries"), json!({ "entries": entries })).await.expect(201);
        for step in ["submit", "approve", "publish"] {
            let _ = self.step(&path, step, Value::Null).await.expect(200);
        }
    }

    /// Makes one item's price known as corrected: the old entry ends where the version begins.
    pub(super) async fn correct(&self, book: Uuid, version: Value, entry: Value) {
        let from = version["effective_from"].as_str().unwrap().to_owned();
        let last = self.ada.get(&format!("/v1/pricebooks/{book}/versions/1/entries")).await.expect(200).text("/data/0/id");
        self.publish(book, version, &[(&last, &from)], json!([entry])).await;
    }

    async fn assign(&self, book: Uuid, kind: &str, id: Uuid) {
        let assignment = json!({"book_id": book, "subject": {"kind": kind, "id": id}, "start": "2026-01-01"});
        let _ = self.ada.post("/v1/price-assignments", assignment).await.expect(201);
    }

    pub(super) async fn price(&self, code: &str, quantity: &str, more: Value) -> Answer {
        let mut line = json!({"item_code": code, "quantity": quantity});
        let mut more = more;
        if let Some(uom) = more.as_object_mut().and_then(|members| members.remove("uom")) {
            line["uom"] = uom;
        }
        self.ada.post("/v1/price", with(json!({"currency": "USD", "line": line}), more)).await
    }

    async fn total(&self, code: &str, quantity: &str, more: Value) -> String {
        self.price(code, quantity, more).await.expect(200).text("/total")
    }

    /// A contract, not signed yet.
    async fn contract(&self, account: Uuid, terms: Value, lines: Value) -> Uuid {
        let contract = json!({"account_id": account, "kind": "service", "title": "Services", "terms": terms, "service_lines": ["waste"]});
        let id = self.ada.post("/v1/contracts", contract).await.expect(201).id();
        if lines.as_array().is_some_and(|lines| !lines.is_empty()) {
            let _ = self.ada.post(&format!("/v1/contracts/{id}/prices"), json!({ "lines": lines })).await.expect(201);
        }
        id
    }

    /// Brings a contract to its signature.
    async fn sign(&self, contract: Uuid, signed_on: &str) {
        let path = format!("/v1/contracts/{contract}");
        for step in ["negotiate", "submit", "approve", "send"] {
            let _ = self.step(&path, step, json!({})).await.expect(200);
        }
        let signature = json!({"signed_on": signed_on, "signers": [{"name": "Dana Reyes"}]});
        let _ = self.step(&path, "sign", signature).await.expect(200);
    }
}

/// The outputs of a trace's steps of one kind.
fn outputs<'a>(priced: &'a Answer, kind: &str) -> Vec<&'a str> {
    let steps = priced.body["trace"]["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["kind"] == kind).filter_map(|step| step["output"].as_str()).collect()
}

async fn scenario_1_twelve_drums(stage: &Stage) {
    stage.item("DRUM55", "each", json!({})).await;
    stage.item("DRUM55G", "each", json!({})).await;
    stage.item("TRIP", "trip", json!({"charge_group": "transport"})).await;
    let volume = json!({"item_code": "DRUM55", "terms": {"model": "volume", "tiers": tiers()}, "min_charge": "2000.00"});
    let graduated = json!({"item_code": "DRUM55G", "terms": {"model": "graduated", "tiers": tiers()}, "min_charge": "2000.00"});
    let _ = stage.book("STD", "standard", json!([volume, graduated, flat("TRIP", "431.00")])).await;
    let on = json!({"price_date": "2026-03-16"});
    let drums = stage.price("DRUM55", "12", on.clone()).await.expect(200);
    let components = drums.body["components"].as_array().unwrap();
    let amounts: Vec<&Value> = components.iter().map(|component| &component["amount"]).collect();
    assert_eq!(amounts, ["1920.00", "80.00"]);
    assert_eq!((&components[1]["kind"], drums.text("/total")), (&json!("minimum_adjustment"), "2000.00".into()));
    let batch = |code: &str| {
        let lines = json!([{"item_code": code, "quantity": "12"}, {"item_code": "TRIP", "quantity": "1"}]);
        json!({"currency": "USD", "price_date": "2026-03-16", "lines": lines})
    };
    assert_eq!(stage.ada.post("/v1/price/batch", batch("DRUM55")).await.expect(200).text("/total"), "2431.00");
    let slices = stage.price("DRUM55G", "12", on).await.expect(200);
    assert_eq!((slices.text("/total"), slices.body["components"].as_array().unwrap().len()), ("2107.50".into(), 1));
    assert_eq!(outputs(&slices, "tier"), ["925.00", "862.50", "320.00"]);
    assert_eq!(stage.ada.post("/v1/price/batch", batch("DRUM55G")).await.expect(200).text("/total"), "2538.50");
}

async fn scenario_3_precedence(stage: &Stage) {
    stage.item("PREC", "each", json!({})).await;
    stage.item("OTHER", "each", json!({})).await;
    let account = stage.account("Precedence").await;
    let site = stage.site(account, "P").await;
    let _ = stage.book("PREC-STD", "standard", json!([flat("PREC", "160.00"), flat("OTHER", "1.00")])).await;
    let branch = stage.book("PREC-BR", "branch", json!([flat("PREC", "171.00")])).await;
    stage.assign(branch, "branch", stage.branch).await;
    let own = stage.book("PREC-ACCT", "account", json!([flat("PREC", "149.00")])).await;
    stage.assign(own, "account", account).await;
    let line = |price: &str| json!({"key": {"kind": "item", "code": "PREC"}, "uom": "each", "price": {"model": "flat", "unit_price": price}, "valid_from": "2026-01-01"});
    let lines = json!([line("162.00"), with(line("158.00"), json!({ "site_id": site }))]);
    let contract = stage.contract(account, six_months("override"), lines).await;
    stage.sign(contract, "2026-01-01").await;
    let asked = |date: &str| json!({"account_id": account, "site_id": site, "price_date": date});
    let priced = stage.price("PREC", "1", asked("2026-03-16")).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/source/level")), ("158.00".into(), "1a".into()), "though the account is cheaper");
    let steps = priced.body["trace"]["steps"].as_array().unwrap();
    let codes: Vec<&str> = steps.iter().filter(|step| step["kind"] == "reject").filter_map(|step| step["code"].as_str()).collect();
    assert_eq!(steps.iter().filter(|step| step["kind"] == "select").count(), 1);
    assert!(codes.len() == 4 && codes.iter().all(|code| ["lower_level", "less_specific"].contains(code)), "{codes:?}");
    assert_eq!(stage.total("PREC", "1", asked("2026-07-01")).await, "149.00", "the contract has ended");
    let canadian = stage.account("Precedence in CAD").await;
    let cad = stage.book_with("PREC-CAD", json!({"kind": "account", "currency": "CAD"}), json!([flat("PREC", "149.00")])).await;
    stage.assign(cad, "account", canadian).await;
    let priced = stage.price("PREC", "1", json!({"account_id": canadian})).await.expect(200);
    assert_eq!(priced.text("/total"), "171.00");
    assert!(priced.body["trace"]["steps"].to_string().contains("wrong_currency"));
    let closed = stage.account("Closed contract").await;
    let contract = stage.contract(closed, six_months("closed"), json!([line("162.00")])).await;
    stage.sign(contract, "2026-01-01").await;
    stage.price("OTHER", "1", json!({"account_id": closed})).await.expect_problem(422, "not_in_contract");
}

/// A contract's terms from the first of January until the end of June.
fn six_months(mode: &str) -> Value {
    json!({
        "currency": "USD", "term": {"starts_on": "fixed", "fixed_start": "2026-01-01", "initial_months": 6},
        "prices": {"mode": mode, "price_date_basis": "service_date"},
    })
}

async fn scenario_5_bitemporal_correction(stage: &Stage) {
    stage.item("B", "each", json!({})).await;
    stage.at("2026-06-20T15:00:00Z").await;
    let book = stage.book("B-STD", "standard", json!([flat("B", "106.50")])).await;
    stage.at("2026-07-05T15:00:00Z").await;
    let account = stage.account("Correction").await;
    let content = json!({"valid_until": "2026-08-31", "price_date": "2026-07-03", "lines": [{"item_code": "B", "quantity": "1"}]});
    let quote = json!({"account_id": account, "currency": "USD", "content": content});
    let quote = stage.ada.post("/v1/quotes", quote).await.expect(201).header("location").to_owned();
    stage.at("2026-07-10T15:00:00Z").await;
    stage.correct(book, json!({"effective_from": "2026-07-01", "reason": "error"}), flat("B", "105.00")).await;
    stage.at("2026-07-12T15:00:00Z").await;
    let known = |at: &str| json!({"price_date": "2026-07-03", "known_at": at});
    assert_eq!(stage.total("B", "1", known("2026-07-05T15:00:00Z")).await, "106.50");
    assert_eq!(stage.total("B", "1", known("2026-07-11T15:00:00Z")).await, "105.00");
    assert_eq!(stage.ada.get(&quote).await.expect(200).text("/total"), "106.50", "a quote keeps the price it was made with");
    let published = |events: &[Value]| {
        let of_book = |event: &&Value| event["type"] == "pricebook_version.published" && event["data"]["book_id"] == *book.to_string();
        events.iter().rfind(of_book).filter(|event| event["data"]["no"] == 2).cloned()
    };
    let events = stage.deployment.events(&stage.ada, |events| published(events).is_some()).await;
    let event = published(&events).unwrap_or_else(|| panic!("the correction was not told"));
    assert_eq!((&event["data"]["reason"], &event["data"]["effective_from"]), (&json!("error"), &json!("2026-07-01")), "{event}");
    assert!(event["data"]["published_at"].as_str().unwrap().starts_with("2026-07-10"), "the affected period is 1 to 10 July: {event}");
}

async fn scenario_7_units_of_measure(stage: &Stage) {
    let totes = json!({"conversions": [{"uom": "tote", "numerator": 275, "denominator": 1}]});
    stage.item("OIL", "gal", totes).await;
    stage.item("BOLT", "each", json!({"conversions": [{"uom": "M", "numerator": 1_000, "denominator": 1}]})).await;
    let per_thousand = with(flat("BOLT", "3500.00"), json!({"uom": "M"}));
    let _ = stage.book("BOLT-STD", "standard", json!([per_thousand])).await;
    assert_eq!(stage.total("BOLT", "37", json!({})).await, "129.50");
    let list = stage.book("OIL-STD", "standard", json!([flat("OIL", "0.8125")])).await;
    let asked = || json!({"uom": "tote"});
    assert_eq!(stage.total("OIL", "3", asked()).await, "670.31");
    // The same of an account's own price.
    let account = stage.account("Units").await;
    let own = stage.book("OIL-ACCT", "account", json!([flat("OIL", "0.8125")])).await;
    stage.assign(own, "account", account).await;
    let for_account = || with(asked(), json!({ "account_id": account }));
    assert_eq!(stage.total("OIL", "3", for_account()).await, "670.31");
    let direct = || json!([with(flat("OIL", "221.00"), json!({"uom": "tote"}))]);
    for book in [list, own] {
        stage.publish(book, json!({"effective_from": "2026-01-01"}), &[], direct()).await;
    }
    assert_eq!(stage.total("OIL", "3", asked()).await, "663.00");
    let priced = stage.price("OIL", "3", for_account()).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/source/level")), ("663.00".into(), "2b".into()), "the asked unit is preferred");
    assert!(outputs(&priced, "convert").is_empty());
}

async fn scenario_9_minor_units(stage: &Stage) {
    for (place, (price, rounding, currency, expected)) in [
        ("1234.5", "half_up", "JPY", "1235"),
        ("1234.5", "half_even", "JPY", "1234"),
        ("2.665", "half_up", "USD", "2.67"),
        ("2.665", "half_even", "USD", "2.66"),
        ("-2.665", "half_up", "USD", "-2.67"),
        ("-2.665", "half_even", "USD", "-2.66"),
    ]
    .into_iter()
    .enumerate()
    {
        let code = format!("HALF{place}");
        stage.item(&code, "each", json!({})).await;
        let entry = with(flat(&code, price), json!({"rebate": price.starts_with('-')}));
        let book = json!({"rounding": rounding, "currency": currency});
        let _ = stage.book_with(&format!("{code}-STD"), book, json!([entry])).await;
        assert_eq!(stage.total(&code, "1", json!({ "currency": currency })).await, expected, "{price} {rounding} {currency}");
    }
}

/// A Canadian quote from an American list, when conversion is allowed.
async fn scenario_9_currency(stage: &Stage) {
    stage.item("FOREIGN", "each", json!({})).await;
    let _ = stage.book("FOREIGN-STD", "standard", json!([flat("FOREIGN", "185.00")])).await;
    let account = stage.account("Currency").await;
    let record = async |rate: &str, effective_on: &str| {
        let rate = json!({"from": "USD", "to": "CAD", "rate": rate, "effective_on": effective_on});
        stage.ada.post("/v1/exchange-rates", rate).await.expect(201).text("/id")
    };
    let quote = async |allowed: bool| {
        let content = json!({"allow_conversion": allowed, "lines": [{"item_code": "FOREIGN", "quantity": "12"}]});
        stage.ada.post("/v1/quotes", json!({"account_id": account, "currency": "CAD", "content": content})).await
    };
    let rate = record("1.3625", "2026-03-02").await;
    quote(false).await.expect_problem(422, "no_price");
    let made = quote(true).await.expect(201);
    assert_eq!((made.text("/lines/0/unit_price"), made.text("/total")), ("252.0625".into(), "3024.75".into()));
    assert_eq!(made.text("/lines/0/trace/inputs/exchanges/0/id"), rate, "the rate is kept with the price");
    stage.at("2026-03-03T15:00:00Z").await;
    let _ = record("1.4", "2026-03-03").await;
    assert_eq!(quote(true).await.expect(201).text("/total"), "3108.00");
    assert_eq!(stage.ada.get(made.header("location")).await.expect(200).text("/total"), "3024.75", "the next day's rate changes no quote");
}

/// The dates of a contract's terms and of the notices that end them.
async fn scenario_15_renewal_windows(stage: &Stage) {
    let account = stage.account("Renewal windows").await;
    let terms = json!({
        "currency": "USD", "term": {"initial_months": 36, "starts_on": "first_service"},
        "renewal": {"auto": true, "months": 12, "customer_notice": {"min_days": 90, "max_days": 180}},
        "prices": {"mode": "override", "price_date_basis": "service_date"},
    });
    let contract = stage.contract(account, terms, json!([])).await;
    stage.sign(contract, "2023-01-05").await;
    let path = format!("/v1/contracts/{contract}");
    let started = stage.step(&path, "first-service", json!({"on": "2023-04-01"})).await.expect(200);
    assert_eq!(started.text("/current_version/effective_until"), "2026-04-01");
    for (received, timing) in [("2025-10-02", "early"), ("2025-10-03", "valid"), ("2026-01-01", "valid"), ("2026-01-02", "late")] {
        let term = stage.ada.get(&format!("{path}/term?notice_received={received}")).await.expect(200);
        assert_eq!(term.text("/notice_timing"), timing, "{received}");
        assert_eq!(term.body["term"]["reminder"], json!({"first": "2025-12-02", "last": "2025-12-17"}));
    }
    let next = stage.ada.get(&format!("{path}/term?number=2")).await.expect(200);
    assert_eq!((next.text("/term/end"), next.text("/term/notice/last")), ("2027-04-01".into(), "2027-01-01".into()));
}
