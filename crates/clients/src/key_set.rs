//! Reading a key set from outside the deployment: bounded in size and time, over TLS by the certificates this machine trusts.
//!
//! The one place that calls a server which is not ours on behalf of sign-in. The address comes from the configuration and
//! from nowhere else, redirects are not followed, and what the answer is worth is decided by whoever asked.

use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use platform::problem::Problem;
use serde::Deserialize;
use serde_json::Value;

use crate::outside::tls;

const DEADLINE: Duration = Duration::from_secs(5);
const MAX_ANSWER: usize = 256 << 10;

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

thread_local! {
    static CLIENT: awc::Client = client();
}

fn client() -> awc::Client {
    let mut connector = awc::Connector::new().timeout(DEADLINE);
    // Without TLS only plain addresses are reached.
    if let Some(tls) = tls() {
        connector = connector.rustls_0_23(tls);
    }
    awc::Client::builder().connector(connector).timeout(DEADLINE).disable_redirects().finish()
}

/// The keys published at `url`. A key of a kind that is not understood is left out: it must not take the others with it.
///
/// # Errors
/// 503 when the set cannot be fetched, is too large or is no key set.
pub async fn fetch(url: &str) -> Result<JwkSet, Problem> {
    // The client's own limit ends with the head of the answer; a body that drips must not hold up those who wait.
    tokio::time::timeout(DEADLINE, read(url)).await.map_err(Problem::unavailable)?
}

async fn read(url: &str) -> Result<JwkSet, Problem> {
    let failed = |cause: &dyn std::fmt::Display| Problem::unavailable(format!("the trusted issuer's key set cannot be read: {cause}"));
    let client = CLIENT.with(awc::Client::clone);
    let sent = client.get(url).insert_header(("Accept", "application/json")).send();
    let mut response = sent.await.map_err(|error| failed(&error))?;
    if !response.status().is_success() {
        return Err(failed(&format_args!("it answered {}", response.status())));
    }
    let body = response.body().limit(MAX_ANSWER).await.map_err(|error| failed(&error))?;
    let published: Published = serde_json::from_slice(&body).map_err(|error| failed(&error))?;
    Ok(JwkSet { keys: published.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok()).collect() })
}
