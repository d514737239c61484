use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::json;

use crate::service_clients;
use crate::testing::{Harness, PASSWORD, secret};

#[actix_web::test]
async fn a_service_gets_its_token_by_the_secret_derived_for_it() {
    let app = Harness::start().await;
    let derived = service_clients::client_secret(&secret(), "orders");
    let form = |secret: &str| {
        [("grant_type", "client_credentials"), ("client_id", "service:orders"), ("client_secret", secret)].map(|(n, v)| (n, v.to_owned()))
    };
    let sent = form(&derived);
    let pairs: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let granted = app.form("/oauth/token", &pairs).await.expect(200);
    let service = app.client(&granted.text("/access_token"));
    assert_eq!(service.get("/v1/me").await.expect(200).text("/name"), "service:orders");
    let _ = service.get("/v1/revocations").await.expect(200);
    let wrong = [("grant_type", "client_credentials"), ("client_id", "service:orders"), ("client_secret", "wrong")];
    app.form("/oauth/token", &wrong).await.expect_problem(401, "invalid_client");
    app.stop().await;
}

#[actix_web::test]
async fn basic_authentication_and_a_narrower_scope_are_understood() {
    let app = Harness::start().await;
    let body = json!({"name": "nightly", "permissions": ["tickets:*", "orders:read"]});
    let created = app.administrator().await.post("/v1/api-keys", body).await.expect(201);
    let basic = STANDARD.encode(format!("{}:{}", created.text("/id"), created.text("/key")));
    let client = app.anonymous();
    let ask = |scope: &str| {
        let request = client.request(Method::POST, "/oauth/token").header("Authorization", format!("Basic {basic}"));
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        client.send(request.body(format!("grant_type=client_credentials&scope={scope}")))
    };
    assert_eq!(ask("tickets%3Aread").await.expect(200).text("/scope"), "me:* tickets:read");
    assert_eq!(ask("").await.expect(200).text("/scope"), "me:* orders:read tickets:*");
    for beyond in ["orders%3A*", "*%3A*", "openid"] {
        ask(beyond).await.expect_problem(400, "invalid_scope");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_is_no_request_is_refused_in_the_standards_words() {
    let app = Harness::start().await;
    let client = app.anonymous();
    let send = |content_type: &str, body: &str| {
        client.send(client.request(Method::POST, "/oauth/token").header("Content-Type", content_type).body(body.to_owned()))
    };
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, status, error) in [
        (form, "", 400, "invalid_request"),
        (form, "grant_type=client_credentials&grant_type=refresh_token", 400, "invalid_request"),
        (form, "grant_type=refresh_token", 400, "invalid_request"),
        (form, "grant_type=refresh_token&refresh_token=lsn_refresh_nonsense", 400, "invalid_grant"),
        (form, "grant_type=password&username=a&password=b", 400, "unsupported_grant_type"),
        (form, "grant_type=client_credentials", 401, "invalid_client"),
        (form, "grant_type=client_credentials&client_id=nobody&client_secret=x", 401, "invalid_client"),
        ("application/json", "{}", 400, "invalid_request"),
    ] {
        let refused = send(content_type, body).await.expect_problem(status, error);
        assert_eq!(refused.text("/error"), error);
        assert!(!refused.text("/error_description").is_empty() && !refused.text("/request_id").is_empty());
    }
    app.stop().await;
}

#[actix_web::test]
async fn revoking_ends_a_session_or_a_key_and_says_nothing_about_strangers() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let refresh = signed_in.text("/refresh_token");
    for _ in 0..2 {
        let _ = app.form("/oauth/revoke", &[("token", &refresh), ("token_type_hint", "refresh_token")]).await.expect(200);
    }
    app.refresh(&refresh).await.expect_problem(400, "invalid_grant");
    app.poll().await;
    app.client(&signed_in.text("/access_token")).get("/v1/me").await.expect_problem(401, "invalid_token");

    let admin = app.administrator().await;
    let key = admin.post("/v1/api-keys", json!({"name": "leaked", "permissions": ["tickets:read"]})).await.expect(201);
    let _ = app.form("/oauth/revoke", &[("token", &key.text("/key"))]).await.expect(200);
    assert_eq!(admin.get(key.header("location")).await.expect(200).text("/state"), "revoked");

    let _ = app.form("/oauth/revoke", &[("token", "lsn_refresh_unknown")]).await.expect(200);
    app.form("/oauth/revoke", &[("token", "a.b.c")]).await.expect_problem(400, "unsupported_token_type");
    app.form("/oauth/revoke", &[]).await.expect_problem(400, "invalid_request");
    app.stop().await;
}
