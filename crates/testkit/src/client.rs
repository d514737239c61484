//! Callers and the answers they get.

use kernel::Clock;
use kernel::id::new_uuid;
use platform::authority::AUDIENCE;
use platform::caller::{ActorKind, Claims};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::keys::{ISSUER, sign};

/// Who calls, and with which rights.
#[derive(Clone, Debug)]
pub struct Persona {
    pub id: Uuid,
    pub name: String,
    pub kind: ActorKind,
    /// Permission patterns separated by spaces.
    pub permissions: String,
    pub branches: Option<Vec<Uuid>>,
    pub accounts: Option<Vec<Uuid>>,
    pub sites: Option<Vec<Uuid>>,
}

impl Persona {
    #[must_use]
    pub fn new(name: &str, kind: ActorKind, permissions: &str) -> Self {
        Self {
            id: new_uuid(),
            name: name.to_owned(),
            kind,
            permissions: permissions.to_owned(),
            branches: None,
            accounts: None,
            sites: None,
        }
    }

    /// May do everything everywhere.
    #[must_use]
    pub fn administrator() -> Self {
        Self::new("Ada Administrator", ActorKind::User, "*:*")
    }

    /// Staff of some branches, with every right.
    #[must_use]
    pub fn of_branches(branches: &[Uuid]) -> Self {
        Self { branches: Some(branches.to_vec()), ..Self::new("Bo Branch", ActorKind::User, "*:*") }
    }

    /// A portal customer of some accounts.
    #[must_use]
    pub fn customer(accounts: &[Uuid], permissions: &str) -> Self {
        Self { accounts: Some(accounts.to_vec()), ..Self::new("Cleo Customer", ActorKind::Customer, permissions) }
    }

    /// An access token for this persona.
    #[must_use]
    pub fn token(&self) -> String {
        let now = Clock::default().now().timestamp();
        sign(&Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: self.id,
            sid: new_uuid(),
            iat: now,
            nbf: now,
            exp: now + 900,
            jti: new_uuid(),
            scope: self.permissions.clone(),
            kind: self.kind,
            name: self.name.clone(),
            branches: self.branches.clone(),
            accounts: self.accounts.clone(),
            sites: self.sites.clone(),
        })
    }
}

/// A caller with a token, talking to one base URL.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    #[must_use]
    pub fn new(base: &str, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.to_owned(), token }
    }

    /// The same caller, talking to another base URL.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// A request to be completed and [`sent`](Client::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, headers, body, bytes }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn post_keyed(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).header("Idempotency-Key", key).json(&body)).await
    }

    /// A write that names the version it was decided on.
    pub async fn write(&self, method: Method, path: &str, etag: &str, body: Value) -> Answer {
        self.send(self.request(method, path).header("If-Match", etag).json(&body)).await
    }

    pub async fn patch(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.write(Method::PATCH, path, etag, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// A POST action that names the version it was decided on.
    pub async fn act(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.write(Method::POST, path, etag, body).await
    }

    pub async fn delete(&self, path: &str, etag: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).header("If-Match", etag)).await
    }
}

/// An answer, read in full.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as JSON; null when it is not JSON.
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Demands a status, showing the body when it is another.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// Demands a problem document with this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["code"], code, "{}", answer.body);
        answer
    }

    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[must_use]
    pub fn etag(&self) -> String {
        self.header("etag").to_owned()
    }

    /// The body's `id`.
    #[must_use]
    #[track_caller]
    pub fn id(&self) -> Uuid {
        self.text("/id").parse().unwrap()
    }

    /// The text at a JSON pointer.
    #[must_use]
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer} in {}", self.body));
        found.as_str().map_or_else(|| found.to_string(), str::to_owned)
    }

    /// The number of rows of a list.
    #[must_use]
    #[track_caller]
    pub fn rows(&self) -> &[Value] {
        self.body["data"].as_array().unwrap_or_else(|| panic!("not a list: {}", self.body))
    }
}
