use std::time::Instant;

use super::*;

const THINGS: &str = "/v1/things";

fn plan(upstream: &Upstream, statuses: &[u16]) {
    upstream.echo.planned.lock().unwrap().extend(statuses);
}

fn hits(upstream: &Upstream) -> usize {
    upstream.echo.hits.load(Ordering::Relaxed)
}

#[actix_web::test]
async fn replicas_take_turns() {
    let (a, b) = (upstream("a"), upstream("b"));
    let deployment = deployment(&[&a, &b], &[]);
    for _ in 0..6 {
        assert_eq!(get(format!("{}{THINGS}", deployment.url)).await.status, 200);
    }
    assert_eq!((hits(&a), hits(&b)), (3, 3));
}

#[actix_web::test]
async fn reads_and_keyed_requests_are_repeated_and_others_are_not() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let url = format!("{}{THINGS}", deployment.url);
    plan(&up, &[503, 502]);
    assert_eq!(get(url.clone()).await.status, 200);
    assert_eq!(hits(&up), 3);
    plan(&up, &[503]);
    let keyed = client().post(&url).insert_header(("Idempotency-Key", "k-1")).send_json(&json!({"name": "a thing"}));
    let keyed = read(keyed).await;
    assert_eq!((keyed.status, keyed.json()["size"].as_u64()), (200, Some(18)), "the kept body is sent whole");
    plan(&up, &[503]);
    assert_eq!(read(client().post(&url).send_json(&json!({}))).await.status, 503);
    plan(&up, &[500]);
    assert_eq!(get(url).await.status, 500, "a 500 is an answer");
}

#[actix_web::test]
async fn repetitions_end_with_the_budget() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    plan(&up, &[503; 60]);
    for _ in 0..20 {
        assert_eq!(get(format!("{}{THINGS}", deployment.url)).await.status, 503);
    }
    let repeated = hits(&up) - 20;
    assert!((10..=14).contains(&repeated), "{repeated}: the reserve and a tenth");
}

#[actix_web::test]
async fn an_unreachable_replica_is_avoided_and_none_at_all_is_a_problem() {
    let up = upstream("a");
    let gone = "http://127.0.0.1:9".to_owned();
    let deployment = deployment_of(vec![gone.clone(), up.running.url()], &[]);
    for _ in 0..4 {
        assert_eq!(get(format!("{}{THINGS}", deployment.url)).await.status, 200);
    }
    let alone = deployment_of(vec![gone], &[]);
    let url = format!("{}{THINGS}", alone.url);
    for _ in 0..6 {
        let answer = get(url.clone()).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")));
        assert!(answer.header("retry-after").is_some());
    }
    let started = Instant::now();
    assert_eq!(get(url).await.status, 503);
    assert!(started.elapsed() < Duration::from_millis(20), "the open breaker answers at once");
}

#[actix_web::test]
async fn a_replica_that_is_not_ready_gets_nothing_until_it_is() {
    let (a, b) = (upstream("a"), upstream("b"));
    let deployment = deployment(&[&a, &b], &[]);
    let watching = actix_web::rt::spawn({
        let (proxy, health) = (Arc::clone(&deployment.proxy), deployment.health.clone());
        async move { proxy.watch(&health).await }
    });
    a.running.stop().await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    for _ in 0..4 {
        let posted = read(client().post(format!("{}{THINGS}", deployment.url)).send_json(&json!({}))).await;
        assert_eq!((posted.status, posted.json()["replica"].as_str()), (200, Some("b")));
    }
    deployment.running.stop().await;
    watching.await.unwrap();
}

#[actix_web::test]
async fn answers_are_streamed_as_they_come() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let started = Instant::now();
    let mut response = client().get(format!("{}/v1/stream", deployment.url)).send().await.unwrap();
    let first = futures_util::StreamExt::next(&mut response).await.unwrap().unwrap();
    assert_eq!(first, "chunk 0\n");
    assert!(started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
    let rest = response.body().await.unwrap();
    assert_eq!(rest, "chunk 1\nchunk 2\n");
}

#[actix_web::test]
async fn head_keeps_its_length_and_paths_go_on_byte_for_byte() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let head = read(client().head(format!("{}{THINGS}", deployment.url)).send()).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert!(head.header("content-length").unwrap().parse::<u64>().unwrap() > 100);
    let raw = get(format!("{}/v1/things/a%2Fb%20c?q=%C3%A9+x", deployment.url)).await;
    assert_eq!(raw.json()["path"], "/v1/things/a%2Fb%20c?q=%C3%A9+x");
}

#[actix_web::test]
async fn an_answer_that_does_not_come_ends_with_the_deadline() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let started = Instant::now();
    let answer = get(format!("{}/v1/never", deployment.url)).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")));
    assert!(answer.header("retry-after").is_some());
    assert!((700..1_500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}
