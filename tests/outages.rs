//! Outages of the split topology under load: a service killed, the database gone for moments. Nothing acknowledged is lost
//! or done twice, every request can be repeated, and the deployment recovers by itself.

use std::time::{Duration, Instant};

use reqwest::Method;
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};
use testkit::{Answer, Client};

use crate::harness::Deployment;

/// Branches that were asked for: the key, and the answer when one came.
struct Load {
    asked: Vec<(String, Option<Vec<u8>>)>,
}

fn branch(key: &str) -> Value {
    json!({"code": key, "name": format!("Branch {key}"), "time_zone": "America/Chicago", "external_ref": key})
}

async fn create(client: &Client, key: &str) -> Option<Answer> {
    let request = client.request(Method::POST, "/v1/branches").header("Idempotency-Key", key).json(&branch(key));
    let response = request.timeout(Duration::from_secs(15)).send().await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.ok()?.to_vec();
    Some(Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), bytes })
}

/// Four clients create branches one after another until `until`; what is not answered with 201 counts as not acknowledged.
async fn load(client: &Client, prefix: &str, until: Instant) -> Load {
    let workers = (0..4).map(|worker| async move {
        let mut asked = Vec::new();
        for number in 0.. {
            if Instant::now() >= until {
                break;
            }
            let key = format!("{prefix}{worker}n{number}");
            let answer = create(client, &key).await.filter(|answer| answer.status.as_u16() == 201);
            if answer.is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            asked.push((key, answer.map(|answer| answer.bytes)));
        }
        asked
    });
    Load { asked: futures_util::future::join_all(workers).await.into_iter().flatten().collect() }
}

impl Load {
    fn acknowledged(&self) -> usize {
        self.asked.iter().filter(|(_, answer)| answer.is_some()).count()
    }

    /// Every acknowledged branch is there once, every request can be repeated, and afterwards every branch is there once.
    async fn settle(&self, client: &Client) {
        let acknowledged = self.acknowledged();
        println!("{acknowledged} of {} requests were acknowledged", self.asked.len());
        assert!(acknowledged > 0, "nothing was acknowledged");
        for (key, _) in self.asked.iter().filter(|(_, answer)| answer.is_some()) {
            assert_eq!(count(client, key).await, 1, "{key} was acknowledged");
        }
        for (key, first) in &self.asked {
            let again = create(client, key).await.unwrap().expect(201);
            if let Some(first) = first {
                assert_eq!(&again.bytes, first, "{key} answers otherwise when repeated");
                assert_eq!(again.header("idempotent-replayed"), "true", "{key}");
            }
            assert_eq!(count(client, key).await, 1, "{key} after its repetition");
        }
        let verified = client.get("/v1/audit/accounts/verification").await.expect(200);
        assert_ne!(verified.body["sound"], false, "{}", verified.body);
    }
}

async fn count(client: &Client, key: &str) -> usize {
    client.get(&format!("/v1/branches?filter[external_ref]={key}")).await.expect(200).rows().len()
}

/// Asks until the answer is a success, for at most `most`.
async fn recovers(client: &Client, path: &str, most: Duration) -> Duration {
    let began = Instant::now();
    loop {
        let request = client.request(Method::GET, path).timeout(Duration::from_secs(5));
        if request.send().await.is_ok_and(|answer| answer.status().is_success()) {
            return began.elapsed();
        }
        assert!(began.elapsed() < most, "{path} did not recover in {most:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_service_killed_under_load_loses_nothing_it_acknowledged() {
    let mut deployment = Deployment::split().await;
    let client = deployment.operator();
    let killing = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        deployment.kill_and_restart("accounts").await;
    };
    let (load, ()) = tokio::join!(load(&client, "s", Instant::now() + Duration::from_secs(4)), killing);
    load.settle(&client).await;
    deployment.stop().await;
}

/// Every connection of the deployment is ended, again and again, as when the database restarts.
#[tokio::test]
async fn a_database_that_drops_its_connections_loses_nothing() {
    let deployment = Deployment::split().await;
    let client = deployment.operator();
    let (server, name) = deployment.database().unwrap().clone();
    let dropping = async {
        let admin = Database::connect(&server).await.unwrap();
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(600)).await;
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            let ended = admin.query_all_raw(Statement::from_string(admin.get_database_backend(), end)).await.unwrap();
            assert!(ended.len() > 5, "only {} connections were there to end", ended.len());
        }
    };
    let (load, ()) = tokio::join!(load(&client, "d", Instant::now() + Duration::from_secs(3)), dropping);
    let took = recovers(&client, "/v1/branches", Duration::from_secs(10)).await;
    println!("the database was reached again after {took:?}");
    load.settle(&client).await;
    deployment.stop().await;
}
