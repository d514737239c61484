use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use platform::config::TrustedIssuer;
use serde_json::{Value, json};
use testkit::Answer;

use super::model::{subject, usable};
use crate::testing::Harness;

const ISSUER: &str = "https://login.example.com/";
const SUBJECT: &str = "248289761001";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// Made once, elsewhere, with keys that were thrown away; valid until 2100 for `liaison`.
const RS256: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IlJTMjU2IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tLyIsImF1ZCI6WyJvdGhlciIsImxpYWlzb24iXSwic3ViIjoiMjQ4Mjg5NzYxMDAxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.K_74ulBpLZU0sN8RhLTfDy-HoBOHcotvH2YTwhRTrTZHtUNEaz-A6-Vy4tfDzbrT1TNHIUAa9HHlH7mLTZ1aP7h0h4MIE8kLy08-Y-CqlPfXqDvfFGcDnEtvmSHkls-Ejbxio_6ZK6cyjxObnAWOaPqxhbmT-L8cqI6c3Jx1Sn8kwlFlYF-VPVc_YIUJ_PJsRqjJ5YkFUzv83gCQ8KBKd2YRGZ3MZlkSN6gt6pXgZCd0biwchZz2FUHENI915vyoWZWcrIOffOJRQBK7Gg7KfKYYG1CdmjkzNUvAnXcldMf4qjDHpXxEibIfI9hkhndmDsqJ8lPGQGr1AUJX7haWJw";
const RS256_MODULUS: &str = "uUpDBxdtnNAqpEKeEnXYz1DGbz038fZq6UCqGqtYsh3mI2vCyZ4weOKMp3LYlMhdPZSXTdDLtCZI6eWMYOnITakvts32UB05_wEWjBoxNdCKaiQwBsypR13Ot0qqKG-9r1i6j5T1vC3SKpAOXiUireeugfkcunqqCoW0-J4lLmeVMJ1emVEUuRzRFo2LII5a2kj_AY3nsx4PS6qzYJjeyKrhjwMwE_Op7oDC1TbkDhUhVs32xlJHh2DO88zH2IY75tyBYoRekPNBbKsM3dIV6nRYLHj64TiIO5ONdP6LMVYSO_7dJg8ELi7sAAj85IG6D-cz4mOBnsjvK65_xBN4bQ";
const ES256: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6IkVTMjU2IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tLyIsImF1ZCI6WyJvdGhlciIsImxpYWlzb24iXSwic3ViIjoiMjQ4Mjg5NzYxMDAxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.k0XXNU28eW42Mrho93c9vZ_qZ-ldZaQQbH6weGJTq_QTp_6_YlpjSFojusbOC59Y8PGRcvCUomlp4U93fgwWog";
const ES256_POINT: [&str; 2] = ["L1vJA5ufqvarabyD-6ErjHDTRiUMYBHhnID3M1OjD7Q", "3qsGzzLF0dDPbtpHCD1PtyBHb3agO6nWOb4qYptwE68"];

fn trusted(jwks_url: String) -> TrustedIssuer {
    TrustedIssuer { issuer: ISSUER.into(), jwks_url, audience: "liaison".into() }
}

/// A provider that publishes one Ed25519 key.
struct Stub {
    url: String,
    key: Arc<Mutex<u8>>,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
}

fn signing(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn published(seed: u8) -> Value {
    let x = URL_SAFE_NO_PAD.encode(signing(seed).verifying_key().as_bytes());
    let stranger = json!({"kty": "new", "kid": "of a kind not known yet"});
    json!({"keys": [stranger, {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": format!("key-{seed}"), "use": "sig"}]})
}

impl Stub {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let (key, status, asked) = (Arc::new(Mutex::new(1)), Arc::new(AtomicU16::new(200)), Arc::new(AtomicUsize::new(0)));
        let stub = Self { url, key: Arc::clone(&key), status: Arc::clone(&status), asked: Arc::clone(&asked) };
        let server = HttpServer::new(move || {
            let (key, status, asked) = (Arc::clone(&key), Arc::clone(&status), Arc::clone(&asked));
            let answer = move || {
                asked.fetch_add(1, Ordering::Relaxed);
                let status = StatusCode::from_u16(status.load(Ordering::Relaxed)).unwrap();
                let body = published(*key.lock().unwrap());
                async move { HttpResponse::build(status).json(body) }
            };
            App::new().route("/keys", web::get().to(answer))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        stub
    }

    fn rotate(&self, seed: u8) {
        *self.key.lock().unwrap() = seed;
    }
}

fn claims(app: &Harness) -> Value {
    json!({"iss": ISSUER, "aud": "liaison", "sub": SUBJECT, "exp": app.wall.now().timestamp() + 300})
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn signed(seed: u8, claims: &Value) -> String {
    let header = Header { kid: Some(format!("key-{seed}")), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, &EncodingKey::from_ed_der(signing(seed).to_pkcs8_der().unwrap().as_bytes())).unwrap()
}

async fn exchange(app: &Harness, token: &str) -> Answer {
    app.form("/oauth/token", &[("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ID_TOKEN)]).await
}

/// A service that trusts the stub, with a user linked to its subject.
async fn linked(stub: &Stub) -> (Harness, String) {
    let app = Harness::trusting(Some(trusted(stub.url.clone()))).await;
    let identity = json!({"issuer": ISSUER, "subject": SUBJECT});
    let user = json!({"email": "ada@example.com", "name": "Ada", "roles": ["coordinator"], "external_identity": identity});
    let made = app.administrator().await.post("/v1/users", user).await.expect(201);
    assert_eq!(made.body["external_identity"], identity);
    (app, made.header("location").to_owned())
}

#[actix_web::test]
async fn a_token_of_the_provider_becomes_one_of_ours_with_our_rights_only() {
    let stub = Stub::start();
    let (app, path) = linked(&stub).await;
    let greedy = with(with(claims(&app), "scope", json!("*:*")), "roles", json!(["admin"]));
    let got = exchange(&app, &signed(1, &greedy)).await.expect(200);
    assert_eq!(got.text("/issued_token_type"), "urn:ietf:params:oauth:token-type:access_token");
    assert!(got.body.get("refresh_token").is_none());
    let client = app.client(&got.text("/access_token"));
    assert_eq!(client.get("/v1/me").await.expect(200).text("/name"), "Ada");
    client.get("/v1/users").await.expect_problem(403, "missing_permission");
    let metadata = app.anonymous().get("/.well-known/openid-configuration").await.expect(200);
    assert!(metadata.body["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));

    // A change of rights ends what was exchanged, and a disabled user gets nothing.
    let admin = app.administrator().await;
    let read = admin.get(&path).await.expect(200);
    let _ = admin.patch(&path, &read.etag(), json!({"roles": ["billing"]})).await.expect(200);
    app.poll().await;
    client.get("/v1/me").await.expect_problem(401, "invalid_token");
    let read = admin.get(&path).await.expect(200);
    let request = admin.request(reqwest::Method::POST, &format!("{path}/disable")).header("If-Match", read.etag());
    let _ = admin.send(request).await.expect(200);
    exchange(&app, &signed(1, &claims(&app))).await.expect_problem(400, "invalid_grant");
    app.stop().await;
}

#[actix_web::test]
async fn an_identity_belongs_to_one_user_and_can_be_taken_away() {
    let stub = Stub::start();
    let (app, path) = linked(&stub).await;
    let admin = app.administrator().await;
    let second = json!({"email": "bo@example.com", "name": "Bo", "roles": ["billing"],
        "external_identity": {"issuer": ISSUER, "subject": SUBJECT}});
    let refused = admin.post("/v1/users", second).await.expect_problem(409, "already_exists");
    assert_eq!(refused.text("/errors/0/pointer"), "/external_identity");
    let read = admin.get(&path).await.expect(200);
    let _ = admin.patch(&path, &read.etag(), json!({"external_identity": null})).await.expect(200);
    exchange(&app, &signed(1, &claims(&app))).await.expect_problem(400, "invalid_grant");
    app.stop().await;
}

#[actix_web::test]
async fn a_token_that_is_not_good_is_refused_whatever_is_wrong_with_it() {
    let stub = Stub::start();
    let (app, _) = linked(&stub).await;
    let now = app.wall.now().timestamp();
    let good = || claims(&app);
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(json!({"alg": "none", "kid": "key-1"})), part(good()));
    // The public key as if it were a shared secret.
    let header = Header { kid: Some("key-1".into()), ..Header::new(Algorithm::HS256) };
    let confused = encode(&header, &good(), &EncodingKey::from_secret(signing(1).verifying_key().as_bytes())).unwrap();
    let critical = Header { kid: Some("key-1".into()), crit: Some(vec!["exp".into()]), ..Header::new(Algorithm::EdDSA) };
    let key = EncodingKey::from_ed_der(signing(1).to_pkcs8_der().unwrap().as_bytes());
    let mut without = good();
    without.as_object_mut().unwrap().remove("aud");
    for (case, token) in [
        ("alg none", unsigned),
        ("alg HS256", confused),
        ("critical header", encode(&critical, &good(), &key).unwrap()),
        ("other issuer", signed(1, &with(good(), "iss", json!("https://login.example.com")))),
        ("other audience", signed(1, &with(good(), "aud", json!(["another"])))),
        ("no audience", signed(1, &without)),
        ("expired", signed(1, &with(good(), "exp", json!(now - 60)))),
        ("not yet", signed(1, &with(good(), "nbf", json!(now + 60)))),
        ("no subject", signed(1, &with(good(), "sub", json!("")))),
        ("unknown key", signed(2, &good())),
        ("no token", "nonsense".to_owned()),
    ] {
        let refused = exchange(&app, &token).await;
        assert_eq!((refused.status.as_u16(), refused.text("/error").as_str()), (400, "invalid_request"), "{case}");
    }
    let _ = exchange(&app, &signed(1, &good())).await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn keys_are_followed_as_they_rotate_and_not_asked_for_by_every_stranger() {
    let stub = Stub::start();
    let (app, _) = linked(&stub).await;
    let _ = exchange(&app, &signed(1, &claims(&app))).await.expect(200);
    stub.rotate(2);
    for _ in 0..3 {
        exchange(&app, &signed(3, &claims(&app))).await.expect_problem(400, "invalid_request");
    }
    assert_eq!(stub.asked.load(Ordering::Relaxed), 1);
    app.advance(TimeDelta::seconds(31));
    let _ = exchange(&app, &signed(2, &claims(&app))).await.expect(200);
    exchange(&app, &signed(1, &claims(&app))).await.expect_problem(400, "invalid_request");
    assert_eq!(stub.asked.load(Ordering::Relaxed), 2);
    app.stop().await;
}

#[actix_web::test]
async fn while_the_provider_is_down_known_keys_serve_and_others_must_wait() {
    let stub = Stub::start();
    let (app, _) = linked(&stub).await;
    stub.status.store(500, Ordering::Relaxed);
    let refused = exchange(&app, &signed(1, &claims(&app))).await.expect_problem(503, "unavailable");
    assert_eq!(refused.text("/error"), "temporarily_unavailable");
    stub.status.store(200, Ordering::Relaxed);
    app.advance(TimeDelta::seconds(31));
    let _ = exchange(&app, &signed(1, &claims(&app))).await.expect(200);
    stub.status.store(500, Ordering::Relaxed);
    app.advance(TimeDelta::minutes(20));
    let _ = exchange(&app, &signed(1, &claims(&app))).await.expect(200);
    app.advance(TimeDelta::hours(1));
    exchange(&app, &signed(1, &claims(&app))).await.expect_problem(503, "unavailable");
    app.stop().await;
}

#[actix_web::test]
async fn without_a_provider_or_with_half_a_request_there_is_no_exchange() {
    let app = Harness::start().await;
    exchange(&app, "a.b.c").await.expect_problem(400, "unsupported_grant_type");
    for extra in [("subject_token_type", "password"), ("actor_token", "x"), ("requested_token_type", "urn:x")] {
        let form = [("grant_type", GRANT), ("subject_token", "a.b.c"), extra];
        app.form("/oauth/token", &form).await.expect_problem(400, "invalid_request");
    }
    app.stop().await;
}

#[test]
fn the_algorithm_is_the_key_records() {
    let rsa = |kid: &str, change: Value| {
        let mut key = json!({"kty": "RSA", "n": RS256_MODULUS, "e": "AQAB", "kid": kid});
        key.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        key
    };
    let [x, y] = ES256_POINT;
    let keys = json!({"keys": [
        rsa("RS256", json!({})),
        rsa("another algorithm", json!({"alg": "PS256"})),
        rsa("for encryption", json!({"use": "enc"})),
        rsa("too short", json!({"n": RS256_MODULUS[..170]})),
        {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "ES256", "alg": "ES256"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a shared secret"},
    ]});
    let keys = usable(&serde_json::from_value(keys).unwrap());
    let mut names: Vec<&str> = keys.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["ES256", "RS256"]);
    let (now, trusted) = ("2026-03-02T09:00:00Z".parse().unwrap(), trusted(String::new()));
    assert_eq!(subject(RS256, &keys["RS256"], &trusted, now).as_deref(), Some(SUBJECT));
    assert_eq!(subject(ES256, &keys["ES256"], &trusted, now).as_deref(), Some(SUBJECT));
    assert_eq!(subject(ES256, &keys["RS256"], &trusted, now), None);
    assert_eq!(subject(&RS256.replace(".K_7", ".K_8"), &keys["RS256"], &trusted, now), None);
}
