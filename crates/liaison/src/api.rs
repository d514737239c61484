//! A small caller of the API.

use std::time::Duration;

use awc::error::{PayloadError, SendRequestError};
use awc::http::Method;
use awc::{Client, ClientRequest, ClientResponse};
use bytes::Bytes;
use futures_util::Stream;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::compose::Failure;

const TIMEOUT: Duration = Duration::from_secs(30);
/// For a file that is imported while the caller waits.
const UPLOAD: Duration = Duration::from_secs(120);
const MAX_ANSWER: usize = 16 << 20;

/// Calls one deployment under one token.
pub(crate) struct Api {
    url: String,
    token: String,
    client: Client,
    /// Counts finished calls.
    pub(crate) progress: ProgressBar,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) body: Value,
}

impl Answer {
    /// The text of a member.
    pub(crate) fn text(&self, member: &str) -> Result<String, Failure> {
        let found = self.body.get(member).and_then(Value::as_str).map(str::to_owned);
        found.ok_or_else(|| Failure::Words(format!("the answer has no {member}: {}", self.body)))
    }
}

impl Api {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        let client = Client::builder().timeout(TIMEOUT).finish();
        let progress = ProgressBar::new_spinner();
        Self { url: url.trim_end_matches('/').to_owned(), token: token.to_owned(), client, progress }
    }

    /// One call; only success is an answer.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        // The loader is alone with what it makes, so it decides on whatever version there is.
        let request = self.request(&method, path).insert_header(("If-Match", "*"));
        let sent = match body {
            Some(body) => request.send_json(body).await,
            None => request.send().await,
        };
        self.read(&method, path, sent).await
    }

    fn request(&self, method: &Method, path: &str) -> ClientRequest {
        self.client.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// Sends a CSV file.
    pub(crate) async fn send_csv(&self, path: &str, csv: Vec<u8>) -> Result<Answer, Failure> {
        let request = self.request(&Method::POST, path).content_type("text/csv").timeout(UPLOAD);
        let sent = request.send_body(csv).await;
        self.read(&Method::POST, path, sent).await
    }

    async fn read<S>(&self, method: &Method, path: &str, sent: Result<ClientResponse<S>, SendRequestError>) -> Result<Answer, Failure>
    where
        S: Stream<Item = Result<Bytes, PayloadError>>,
    {
        let mut response = sent.map_err(|error| Failure::Words(format!("{method} {path}: {error}")))?;
        let bytes = response.body().limit(MAX_ANSWER).await.map_err(|error| Failure::Words(format!("{method} {path}: {error}")))?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        self.progress.inc(1);
        if !response.status().is_success() {
            return Err(Failure::Words(format!("{method} {path} answered {}: {body}", response.status())));
        }
        Ok(Answer { body })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A step without a body, such as `submit`.
    pub(crate) async fn step(&self, path: &str) -> Result<Answer, Failure> {
        self.call(Method::POST, path, None).await
    }

    /// The first row of a list, if there is one.
    pub(crate) async fn first(&self, path: &str) -> Result<Option<Value>, Failure> {
        let answer = self.get(path).await?;
        Ok(answer.body.pointer("/data/0").cloned())
    }
}

/// The text of a member of a row.
pub(crate) fn text(row: &Value, member: &str) -> Result<String, Failure> {
    let found = row.get(member).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| Failure::Words(format!("a row has no {member}: {row}")))
}
