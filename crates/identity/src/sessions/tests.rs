use chrono::TimeDelta;
use serde_json::json;

use crate::testing::{Harness, PASSWORD};

#[actix_web::test]
async fn a_person_signs_in_reads_who_they_are_and_signs_out() {
    let app = Harness::start().await;
    let user = app.user("Ada@Example.com", &["coordinator"]).await;
    let signed_in = app.sign_in(" ada@example.COM", PASSWORD).await.expect(201);
    assert_eq!(signed_in.header("cache-control"), "no-store");
    assert_eq!(signed_in.text("/token_type"), "Bearer");
    assert_eq!(signed_in.body["expires_in"], 900);
    let me = app.client(&signed_in.text("/access_token"));
    let view = me.get("/v1/me").await.expect(200);
    assert_eq!((view.text("/kind"), view.text("/user/id")), ("user".into(), user.text("/id")));
    assert!(view.body["permissions"].as_array().unwrap().contains(&json!("tickets:*")));

    let session = signed_in.header("location").to_owned();
    assert_eq!(me.get("/v1/sessions").await.expect(200).rows().len(), 1);
    let ended = me.post(&format!("{session}/revoke"), json!({})).await.expect(200);
    assert_eq!(ended.text("/ended_because"), "signed_out");
    app.refresh(&signed_in.text("/refresh_token")).await.expect_problem(400, "invalid_grant");
    app.poll().await;
    me.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.stop().await;
}

#[actix_web::test]
async fn wrong_credentials_of_any_kind_get_the_same_answer() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let disabled = app.user("grace@example.com", &["coordinator"]).await;
    let admin = app.administrator().await;
    let _ = admin.act(&format!("/v1/users/{}/disable", disabled.id()), &disabled.etag(), json!({})).await.expect(200);
    let _ = admin.post("/v1/users", json!({"email": "new@example.com", "name": "New", "roles": ["billing"]})).await.expect(201);
    let mut bodies = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("grace@example.com", PASSWORD),
        ("new@example.com", PASSWORD),
        ("not an address", PASSWORD),
    ] {
        let mut refused = app.sign_in(email, password).await;
        refused.body["request_id"] = json!(null);
        bodies.push(refused.body.clone());
        refused.expect_problem(401, "invalid_credentials");
    }
    assert!(app.records().await.contains("sessions:create"), "refusals are audited");
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    app.stop().await;
}

#[actix_web::test]
async fn guessing_is_slowed_for_strangers_and_users_alike_and_never_for_good() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            app.sign_in(email, "wrong").await.expect_problem(401, "invalid_credentials");
        }
        let waiting = app.sign_in(&email.to_uppercase(), PASSWORD).await;
        assert!(matches!(waiting.header("retry-after"), "1" | "2"), "{}", waiting.header("retry-after"));
        waiting.expect_problem(429, "too_many_attempts");
    }
    app.advance(TimeDelta::seconds(2));
    let _ = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    for _ in 0..5 {
        app.sign_in("ada@example.com", "wrong").await.expect_problem(401, "invalid_credentials");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_hundred_guesses_at_once_are_counted_as_a_hundred() {
    let app = Harness::start().await;
    let guesses = (0..40).map(|_| app.sign_in("nobody@example.com", "wrong"));
    let answers = futures_util::future::join_all(guesses).await;
    let checked = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(checked, 5, "{:?}", answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>());
    app.stop().await;
}

#[actix_web::test]
async fn refresh_tokens_rotate_and_a_lost_answer_can_be_asked_for_again() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let first = app.sign_in("ada@example.com", PASSWORD).await.expect(201).text("/refresh_token");
    let second = app.refresh(&first).await.expect(200);
    assert_ne!(second.text("/refresh_token"), first);
    let _ = app.client(&second.text("/access_token")).get("/v1/me").await.expect(200);
    app.advance(TimeDelta::seconds(30));
    let repeated = app.refresh(&first).await.expect(200);
    assert_eq!(repeated.text("/refresh_token"), second.text("/refresh_token"));
    let _ = app.refresh(&second.text("/refresh_token")).await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn a_token_that_comes_back_late_ends_the_whole_session() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let first = app.sign_in("ada@example.com", PASSWORD).await.expect(201).text("/refresh_token");
    let second = app.refresh(&first).await.expect(200);
    app.advance(TimeDelta::seconds(31));
    let refused = app.refresh(&first).await;
    assert_eq!(refused.body["error"], "invalid_grant");
    refused.expect_problem(400, "invalid_grant");
    app.refresh(&second.text("/refresh_token")).await.expect_problem(400, "invalid_grant");
    app.poll().await;
    app.client(&second.text("/access_token")).get("/v1/me").await.expect_problem(401, "invalid_token");
    assert!(app.events().await.contains(&"session.ended".to_owned()));
    app.stop().await;
}

#[actix_web::test]
async fn simultaneous_refreshes_get_the_same_successor() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let first = app.sign_in("ada@example.com", PASSWORD).await.expect(201).text("/refresh_token");
    let answers = futures_util::future::join_all((0..8).map(|_| app.refresh(&first))).await;
    let successors: std::collections::BTreeSet<String> =
        answers.into_iter().map(|answer| answer.expect(200).text("/refresh_token")).collect();
    assert_eq!(successors.len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_session_ends_by_itself_after_two_weeks() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let token = app.sign_in("ada@example.com", PASSWORD).await.expect(201).text("/refresh_token");
    app.advance(TimeDelta::days(14));
    app.refresh(&token).await.expect_problem(400, "invalid_grant");
    app.stop().await;
}

#[actix_web::test]
async fn people_see_and_end_only_their_own_sessions() {
    let app = Harness::start().await;
    for email in ["ada@example.com", "grace@example.com"] {
        app.user(email, &["coordinator"]).await;
    }
    let ada = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let grace = app.sign_in("grace@example.com", PASSWORD).await.expect(201);
    let as_ada = app.client(&ada.text("/access_token"));
    let theirs = format!("/v1/sessions/{}", grace.text("/session/id"));
    as_ada.get(&theirs).await.expect_problem(404, "not_found");
    as_ada.post(&format!("{theirs}/revoke"), json!({})).await.expect_problem(404, "not_found");
    assert_eq!(as_ada.get("/v1/sessions").await.expect(200).rows().len(), 1);
    let admin = app.administrator().await;
    assert_eq!(admin.get("/v1/sessions").await.expect(200).rows().len(), 2);
    let _ = admin.post(&format!("{theirs}/revoke"), json!({})).await.expect(200);
    admin.post(&format!("{theirs}/revoke"), json!({})).await.expect_problem(409, "illegal_transition");
    app.stop().await;
}

#[actix_web::test]
async fn no_secret_reaches_events_audit_or_stored_answers() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let renewed = app.refresh(&signed_in.text("/refresh_token")).await.expect(200);
    let key = json!({"name": "k", "permissions": ["tickets:read"]});
    let created = app.administrator().await.post_keyed("/v1/api-keys", "one", key).await.expect(201);
    let records = app.records().await;
    assert!(records.contains("session.started") && records.contains("api_key.created"), "{records}");
    let hash = "$argon2id$";
    let key_secret = created.text("/key").rsplit('_').next().unwrap().to_owned();
    for secret in
        [PASSWORD, hash, &signed_in.text("/refresh_token"), &signed_in.text("/access_token"), &renewed.text("/refresh_token"), &key_secret]
    {
        assert!(!records.contains(secret), "{secret} was recorded");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_busy_office_behind_one_address_is_not_slowed() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    for _ in 0..40 {
        let _ = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    }
    for number in 0..30 {
        app.sign_in(&format!("nobody{number}@example.com"), "wrong").await.expect_problem(401, "invalid_credentials");
    }
    app.sign_in("ada@example.com", PASSWORD).await.expect_problem(429, "too_many_attempts");
    app.stop().await;
}
