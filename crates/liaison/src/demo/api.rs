//! A small caller of the API.

use std::time::Duration;

use awc::Client;
use awc::http::Method;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::compose::Failure;

const TIMEOUT: Duration = Duration::from_secs(30);
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
        let request = self
            .client
            .request(method.clone(), format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            // The loader is alone with what it makes, so it decides on whatever version there is.
            .insert_header(("If-Match", "*"));
        let sent = match body {
            Some(body) => request.send_json(body).await,
            None => request.send().await,
        };
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
