//! Webhooks from end to end: what happens in one service arrives at an endpoint outside, signed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use crate::harness::Deployment;

/// What arrived: the head of the request in lower case, and its body.
type Received = Arc<Mutex<Vec<(String, Value)>>>;

/// Listens on a free port, answers 204 to everything and keeps it.
async fn listen() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let received = Received::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&kept)));
        }
    });
    (url, received)
}

async fn serve(mut stream: TcpStream, kept: Received) {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse::<usize>().unwrap();
        if body.len() < length {
            continue;
        }
        kept.lock().await.push((head, serde_json::from_str(body).unwrap()));
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        bytes.clear();
    }
}

async fn a_ticket_is_told(deployment: Deployment) {
    let (url, received) = listen().await;
    let operator = deployment.operator();
    let hook = operator.post("/v1/webhooks", json!({"url": url, "types": ["ticket.created"]})).await.expect(201);
    let requester = json!({"kind": "customer", "name": "Dana Reyes", "email": "dana@customer.example"});
    let ticket =
        json!({"subject": "Missed pickup", "description": "The truck did not come.", "type": "scheduling", "requester": requester});
    let ticket = operator.post("/v1/tickets", ticket).await.expect(201);
    for _ in 0..300 {
        if !received.lock().await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let received = received.lock().await.clone();
    let [(head, body)] = received.as_slice() else { panic!("not once: {received:?}") };
    assert_eq!((&body["type"], &body["subject"]["id"]), (&json!("ticket.created"), &json!(ticket.id())));
    assert!(head.contains("webhook-signature: v1,") && head.contains(&format!("webhook-id: {}", body["id"].as_str().unwrap())), "{head}");
    let path = format!("/v1/webhooks/{}/deliveries?filter[state]=delivered", hook.id());
    for _ in 0..100 {
        if !operator.get(&path).await.expect(200).rows().is_empty() {
            deployment.stop().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the delivery is not noted");
}

fn settings() -> [(&'static str, String); 1] {
    [("LIAISON_WEBHOOKS_ON_THIS_HOST", "on".to_owned())]
}

#[tokio::test]
async fn embedded() {
    a_ticket_is_told(Deployment::embedded_with(&settings()).await).await;
}

#[tokio::test]
async fn split() {
    a_ticket_is_told(Deployment::split_with(&settings()).await).await;
}
