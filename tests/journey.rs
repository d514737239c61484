//! A coordinator's day, from a customer's e-mail to a ledger that balances.

use serde_json::json;

use crate::harness::Deployment;

async fn smoke(deployment: Deployment) {
    let operator = deployment.operator();
    let _ = operator.get("/v1/me").await.expect(200);
    let _ = operator.post("/v1/branches", json!({"code": "CHI", "name": "Chicago", "time_zone": "America/Chicago"})).await.expect(201);
    let events = deployment.events(&operator, |events| !events.is_empty()).await;
    assert!(events.iter().any(|event| event["type"] == "branch.created"), "{events:?}");
    deployment.stop().await;
}

#[tokio::test]
async fn the_day_embedded() {
    smoke(Deployment::embedded().await).await;
}

#[tokio::test]
async fn the_day_split() {
    smoke(Deployment::split().await).await;
}
