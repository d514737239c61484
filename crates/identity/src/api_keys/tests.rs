use chrono::TimeDelta;
use serde_json::json;

use crate::entitlement::Access;
use crate::testing::Harness;

#[actix_web::test]
async fn a_key_is_shown_once_exchanged_for_a_token_and_revoked() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let created = admin.post("/v1/api-keys", json!({"name": "nightly", "permissions": ["api-keys:read"]})).await.expect(201);
    let (id, key) = (created.text("/id"), created.text("/key"));
    assert!(key.starts_with(&created.text("/prefix")), "{key}");
    assert_eq!(created.header("cache-control"), "no-store");
    let path = created.header("location").to_owned();
    let read = admin.get(&path).await.expect(200);
    assert!(read.body.get("key").is_none() && !String::from_utf8_lossy(&read.bytes).contains(&key));
    assert_eq!(read.body["last_used_at"], json!(null));

    let secret = key.rsplit('_').next().unwrap().to_owned();
    for (client_id, client_secret) in [("", key.as_str()), (&id, &key), (&id, &secret), (&id.replace('-', ""), &secret)] {
        let mut form = vec![("grant_type", "client_credentials"), ("client_secret", client_secret)];
        if !client_id.is_empty() {
            form.push(("client_id", client_id));
        }
        let granted = app.form("/oauth/token", &form).await.expect(200);
        assert_eq!(granted.text("/scope"), "api-keys:read me:*");
        assert!(granted.body.get("refresh_token").is_none());
        let me = app.client(&granted.text("/access_token")).get("/v1/me").await.expect(200);
        assert_eq!((me.text("/kind"), me.text("/id")), ("key".to_owned(), id.clone()));
    }
    assert_ne!(admin.get(&path).await.expect(200).body["last_used_at"], json!(null));

    let granted = app.form("/oauth/token", &[("grant_type", "client_credentials"), ("client_secret", &key)]).await.expect(200);
    let _ = admin.act(&format!("{path}/revoke"), &read.etag(), json!({})).await.expect(200);
    app.poll().await;
    app.client(&granted.text("/access_token")).get("/v1/me").await.expect_problem(401, "invalid_token");
    let refused = app.form("/oauth/token", &[("grant_type", "client_credentials"), ("client_secret", &key)]).await;
    assert_eq!(refused.header("www-authenticate"), "Basic realm=\"liaison\"");
    refused.expect_problem(401, "invalid_client");
    app.stop().await;
}

#[actix_web::test]
async fn a_replayed_creation_gives_the_same_key_although_no_secret_was_stored() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let body = json!({"name": "nightly", "permissions": ["tickets:read"]});
    let first = admin.post_keyed("/v1/api-keys", "once", body.clone()).await.expect(201);
    let again = admin.post_keyed("/v1/api-keys", "once", body.clone()).await.expect(201);
    assert_eq!((first.bytes, first.headers.get("location")), (again.bytes.clone(), again.headers.get("location")));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let _ = app.form("/oauth/token", &[("grant_type", "client_credentials"), ("client_secret", &again.text("/key"))]).await.expect(200);
    assert_eq!(admin.get("/v1/api-keys").await.expect(200).rows().len(), 1);
    let other = json!({"name": "hourly", "permissions": ["tickets:read"]});
    admin.post_keyed("/v1/api-keys", "once", other).await.expect_problem(422, "idempotency_mismatch");
    let elsewhere = app.administrator().await.post_keyed("/v1/api-keys", "once", body).await.expect(201);
    assert_ne!(elsewhere.text("/key"), again.text("/key"));
    app.stop().await;
}

#[actix_web::test]
async fn a_key_expires() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let expiry = app.wall.now() + TimeDelta::hours(1);
    let body = json!({"name": "brief", "permissions": ["tickets:read"], "expires_at": expiry});
    let key = admin.post("/v1/api-keys", body).await.expect(201).text("/key");
    let form = [("grant_type", "client_credentials"), ("client_secret", key.as_str())];
    let _ = app.form("/oauth/token", &form).await.expect(200);
    app.advance(TimeDelta::hours(1));
    app.form("/oauth/token", &form).await.expect_problem(401, "invalid_client");
    let past = json!({"name": "late", "permissions": ["tickets:read"], "expires_at": expiry});
    assert_eq!(admin.post("/v1/api-keys", past).await.expect(422).text("/errors/0/code"), "in_the_past");
    app.stop().await;
}

#[actix_web::test]
async fn a_key_holds_no_more_than_its_maker_and_by_default_the_same_rows() {
    let app = Harness::start().await;
    let account = kernel::id::new_uuid();
    let access = Access { accounts: Some(vec![account]), ..Access::default() };
    let customer = app.holder("api-keys:create tickets:*", access).await;
    let key = |change: serde_json::Value| {
        let mut body = json!({"name": "portal", "permissions": ["tickets:read"]});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let made = customer.post("/v1/api-keys", key(json!({}))).await.expect(201);
    assert_eq!(made.body["accounts"], json!([account]));
    for beyond in [
        json!({"permissions": ["*:*"]}),
        json!({"permissions": ["orders:read"]}),
        json!({"accounts": [kernel::id::new_uuid()]}),
        json!({"branches": [kernel::id::new_uuid()]}),
    ] {
        customer.post("/v1/api-keys", key(beyond)).await.expect_problem(403, "exceeds_own_rights");
    }
    app.stop().await;
}
