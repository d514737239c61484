use super::*;

#[actix_web::test]
async fn forwarded_identity_is_stripped_and_the_answer_is_dressed() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let request = client()
        .get(format!("{}/v1/things?limit=1", deployment.url))
        .insert_header(("X-Forwarded-User", "root"))
        .insert_header(("X-Forwarded-For", "10.9.8.7"))
        .insert_header(("X-Liaison-Actor", "root"))
        .insert_header(("X-Auth-Request-Email", "root@example.com"))
        .insert_header(("X-Request-Timeout-Ms", "999999"))
        .insert_header(("X-Request-Id", "from-outside-1"));
    let answer = read(request.send()).await;
    assert_eq!(answer.status, 200);
    let seen = answer.json();
    assert_eq!(seen["path"], "/v1/things?limit=1");
    let headers = &seen["headers"];
    for gone in ["x-forwarded-user", "x-liaison-actor", "x-auth-request-email"] {
        assert_eq!(headers[gone], Value::Null, "{gone}");
    }
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-request-id"], "from-outside-1");
    assert!(headers["x-request-timeout-ms"].as_str().unwrap().parse::<u64>().unwrap() <= 10_000);
    assert_eq!(answer.header("x-request-id"), Some("from-outside-1"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("ratelimit-policy"), Some("\"read\";q=3000;w=60"));
    deployment.running.stop().await;
}

#[actix_web::test]
async fn an_api_key_becomes_a_token_and_is_exchanged_once() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let url = format!("{}/v1/things", deployment.url);
    let key = "lsn_live_0197c0de_right";
    let as_bearer = read(client().get(&url).bearer_auth(key).send()).await;
    let as_header = read(client().get(&url).insert_header(("X-Api-Key", key)).send()).await;
    for answer in [as_bearer, as_header] {
        let headers = &answer.json()["headers"];
        assert_eq!(headers["authorization"], "Bearer token-of-0197c0de");
        assert_eq!(headers["x-api-key"], Value::Null);
    }
    assert_eq!(deployment.exchange.asked.load(Ordering::Relaxed), 1);
    for wrong in ["lsn_live_0197c0de_wrong", "lsn_live_", "nonsense", ""] {
        let answer = read(client().get(&url).insert_header(("X-Api-Key", wrong)).send()).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("invalid_api_key")), "{wrong}");
    }
    let token = read(client().get(&url).bearer_auth("a.token.of-its-own").send()).await;
    assert_eq!(token.json()["headers"]["authorization"], "Bearer a.token.of-its-own");
    assert_eq!(up.echo.hits.load(Ordering::Relaxed), 3, "a refused key reaches no service");
}

#[actix_web::test]
async fn rates_are_per_client_and_class_and_say_when_to_come_back() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[("LIAISON_RATE_LIMITS", "read=2,write=off,auth=off")]);
    let url = format!("{}/v1/things", deployment.url);
    let anonymous = async || get(url.clone()).await;
    assert_eq!(anonymous().await.header("ratelimit"), Some("\"read\";r=1;t=30"));
    assert_eq!(anonymous().await.status, 200);
    let refused = anonymous().await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("rate_limited")));
    assert!((1..=31).contains(&refused.header("retry-after").unwrap().parse::<u32>().unwrap()));
    assert!(refused.header("ratelimit").unwrap().contains("r=0"));
    assert!(refused.json()["request_id"].is_string());
    let other = read(client().get(&url).bearer_auth("lsn_live_other_right").send()).await;
    assert_eq!(other.status, 200, "another client has its own quota");
    let written = read(client().post(&url).send_json(&json!({}))).await;
    assert_eq!(written.status, 200, "another class too");
}

#[actix_web::test]
async fn many_names_at_one_address_share_ten_quotas() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[("LIAISON_RATE_LIMITS", "read=2,auth=off")]);
    let mut passed = 0;
    for name in 0..30 {
        let request = client().get(format!("{}/v1/things", deployment.url)).bearer_auth(format!("lsn_live_n{name}_right"));
        passed += usize::from(read(request.send()).await.status == 200);
    }
    assert_eq!(passed, 20);
}

#[actix_web::test]
async fn unknown_routes_methods_and_large_bodies_are_problems_that_name_the_request() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let unknown = get(format!("{}/v1/nothing", deployment.url)).await;
    assert_eq!((unknown.status, unknown.json()["code"].as_str()), (404, Some("no_such_route")));
    assert_eq!(unknown.header("content-type"), Some("application/problem+json"));
    assert_eq!(unknown.json()["request_id"].as_str(), unknown.header("x-request-id"));
    let not_allowed = read(client().delete(format!("{}/v1/things", deployment.url)).send()).await;
    assert_eq!((not_allowed.status, not_allowed.header("allow")), (405, Some("GET, POST, HEAD")));
    let large = vec![b'x'; 1024 * 1024 + 1];
    let refused = read(client().post(format!("{}/v1/things", deployment.url)).send_body(large.clone())).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (413, Some("body_too_large")));
    let upload = read(client().post(format!("{}/v1/things/imports", deployment.url)).send_body(large)).await;
    assert_eq!((upload.status, upload.json()["size"].as_u64()), (200, Some(1024 * 1024 + 1)));
    assert_eq!(up.echo.hits.load(Ordering::Relaxed), 1);
}

#[actix_web::test]
async fn a_body_of_unknown_length_is_cut_off_at_its_limit() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[]);
    let chunks = |count: usize| {
        let chunks: Vec<Result<Bytes, std::io::Error>> = (0..count).map(|_| Ok(Bytes::from(vec![b'x'; 64 * 1024]))).collect();
        futures_util::stream::iter(chunks)
    };
    let url = format!("{}/v1/things", deployment.url);
    let fits = read(client().post(&url).send_stream(chunks(16))).await;
    assert_eq!((fits.status, fits.json()["size"].as_u64()), (200, Some(1024 * 1024)));
    let answer = read(client().post(&url).send_stream(chunks(17))).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("body_too_large")));
}

#[actix_web::test]
async fn only_configured_origins_may_call_from_a_browser() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[("LIAISON_CORS_ORIGINS", "https://app.test")]);
    let url = format!("{}/v1/things", deployment.url);
    let preflight = async |origin: &'static str| {
        let request = client().request(actix_web::http::Method::OPTIONS, &url);
        read(request.insert_header(("Origin", origin)).insert_header(("Access-Control-Request-Method", "PATCH")).send()).await
    };
    let allowed = preflight("https://app.test").await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, Some("https://app.test")));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    let other = preflight("https://evil.test").await;
    assert_eq!(
        (other.status, other.header("access-control-allow-origin"), other.header("access-control-allow-methods")),
        (204, None, None)
    );
    let call = read(client().get(&url).insert_header(("Origin", "https://app.test")).send()).await;
    assert_eq!(call.header("access-control-allow-origin"), Some("https://app.test"));
    assert!(call.header("access-control-expose-headers").unwrap().contains("etag"));
    assert_eq!(up.echo.hits.load(Ordering::Relaxed), 1, "a preflight reaches no service");
}

#[actix_web::test]
async fn a_trusted_balancer_says_where_a_request_comes_from() {
    let up = upstream("a");
    let deployment = deployment(&[&up], &[("LIAISON_TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8"), ("LIAISON_RATE_LIMITS", "read=1")]);
    let from = async |chain: &'static str| {
        let request = client().get(format!("{}/v1/things", deployment.url)).insert_header(("X-Forwarded-For", chain));
        let answer = read(request.send()).await;
        (answer.status, answer.json()["headers"]["x-forwarded-for"].as_str().map(str::to_owned))
    };
    assert_eq!(from("1.1.1.1, 203.0.113.5, 10.1.2.3").await, (200, Some("203.0.113.5".to_owned())));
    assert_eq!(from("2.2.2.2, 203.0.113.5").await.0, 429, "what the client itself wrote is not believed");
    assert_eq!(from("203.0.113.6").await.0, 200);
    assert_eq!(from("nonsense, 10.1.2.3").await, (200, Some("10.1.2.3".to_owned())));
}
