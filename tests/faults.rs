//! Power cuts and lost peers: no acknowledged write is lost, none is doubled, and what is down is said to be down.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use testkit::Client;

use crate::harness::Deployment;

/// Posts accounts under keys until a post fails; returns the acknowledged ones, key to id.
async fn write_until_it_fails(client: Client, writer: usize) -> BTreeMap<String, String> {
    let mut acknowledged = BTreeMap::new();
    for turn in 0..100_000 {
        let key = format!("w{writer}-{turn}");
        let body = json!({"name": key, "currency": "USD", "external_ref": key});
        let request = client.request(reqwest::Method::POST, "/v1/accounts").header("Idempotency-Key", &key).json(&body);
        let Ok(answer) = request.send().await else { break };
        let Ok(text) = answer.text().await else { break };
        let id = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|body| body["id"].as_str().map(str::to_owned));
        let Some(id) = id else { break };
        acknowledged.insert(key, id);
    }
    acknowledged
}

#[tokio::test]
async fn a_power_cut_under_load_loses_and_doubles_nothing() {
    let mut deployment = Deployment::embedded().await;
    let operator = deployment.operator();
    let mut acknowledged = BTreeMap::new();
    for round in 0..3 {
        let writers: Vec<_> = (0..4).map(|writer| tokio::spawn(write_until_it_fails(operator.clone(), round * 10 + writer))).collect();
        tokio::time::sleep(Duration::from_millis(700)).await;
        deployment.kill_and_restart("everything").await;
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    assert!(acknowledged.len() > 20, "the load was too light to show anything: {}", acknowledged.len());
    for (key, id) in &acknowledged {
        let body = json!({"name": key, "currency": "USD", "external_ref": key});
        let again = operator.post_keyed("/v1/accounts", key, body).await.expect(201);
        assert_eq!((again.text("/id"), again.header("idempotent-replayed")), (id.clone(), "true"));
        let found = operator.get(&format!("/v1/accounts?filter[external_ref]={key}")).await.expect(200);
        assert_eq!(found.rows().len(), 1, "{key} is there once");
    }
    let created = deployment.events(&operator, |events| count(events) >= acknowledged.len()).await;
    assert!(count(&created) >= acknowledged.len(), "every acknowledged write is told");
    println!("power cuts: 3, acknowledged writes: {}, lost 0, doubled 0", acknowledged.len());
    deployment.stop().await;
}

fn count(events: &[serde_json::Value]) -> usize {
    events.iter().filter(|event| event["type"] == "account.created").count()
}

#[tokio::test]
async fn a_peer_that_is_down_is_a_503_and_its_return_is_noticed() {
    let mut deployment = Deployment::split().await;
    let operator = deployment.operator();
    let account = operator.post("/v1/accounts", json!({"name": "Acme", "currency": "USD"})).await.expect(201).id();
    let item = json!({"code": "A", "name": "A", "service_line": "s", "charge_group": "fee", "base_uom": "each"});
    let _ = operator.post("/v1/items", item).await.expect(201);
    let price = json!({"account_id": account, "currency": "USD", "lines": [{"item_code": "A", "quantity": "1"}]});
    let before = operator.post("/v1/price/batch", price.clone()).await.expect(200);
    // Longer than what pricing remembers of an account.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let url = deployment.kill("accounts");
    let refused = operator.post("/v1/price/batch", price.clone()).await;
    assert!(!refused.header("retry-after").is_empty());
    refused.expect_problem(503, "unavailable");
    let gone = operator.get("/v1/accounts").await;
    assert_eq!(gone.status.as_u16(), 503, "{}", gone.body);
    deployment.revive("accounts", &url).await;
    for _ in 0..100 {
        let again = operator.post("/v1/price/batch", price.clone()).await;
        if again.status.is_success() {
            assert_eq!(again.body["lines"], before.body["lines"]);
            return deployment.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("pricing did not notice that accounts is back");
}
