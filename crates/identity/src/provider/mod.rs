//! The trusted OpenID provider: whose tokens are exchanged for ours, and the keys by which it signs.
//!
//! It says who somebody is and nothing else; roles and rows are always ours. Its keys are kept in memory, asked for again
//! when they are old or a token names an unknown one, and never more often than [`model::REST`], so that forged key ids
//! cause no storm. While it cannot be reached, keys already known serve for an hour.

pub(crate) mod model;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use clients::key_set;
use jsonwebtoken::decode_header;
use kernel::Clock;
use platform::config::{Settings, TrustedIssuer};
use platform::problem::Problem;
use tokio::sync::Mutex;

use model::{Held, Key};

/// The provider of this deployment and its keys; clones share them.
#[derive(Clone)]
pub(crate) struct Provider {
    trusted: Arc<TrustedIssuer>,
    held: Arc<Mutex<Held>>,
}

impl Provider {
    pub(crate) fn new(trusted: TrustedIssuer) -> Self {
        Self { trusted: Arc::new(trusted), held: Arc::default() }
    }

    /// Its name, as its tokens and the users linked to it have it.
    pub(crate) fn issuer(&self) -> &str {
        &self.trusted.issuer
    }

    /// Whom a token is about; none when it is not a token of this provider, for us, and valid now.
    ///
    /// # Errors
    /// 503 when the key it names is not known and the provider cannot be asked.
    pub(crate) async fn subject(&self, token: &str, wall: &Clock) -> Result<Option<String>, Problem> {
        let Ok(header) = decode_header(token) else { return Ok(None) };
        // RFC 7515 section 4.1.11: what is marked critical and not understood must be refused, and nothing is understood.
        let Some(kid) = header.kid.filter(|_| header.crit.is_none()) else { return Ok(None) };
        let Some(key) = self.key(&kid, wall).await? else { return Ok(None) };
        Ok(model::subject(token, &key, &self.trusted, wall.now()))
    }

    async fn key(&self, kid: &str, wall: &Clock) -> Result<Option<Arc<Key>>, Problem> {
        // Held while asking: whoever else needs the keys waits for the same answer.
        let mut held = self.held.lock().await;
        if held.must_ask(kid, wall.now()) {
            let fetched = key_set::fetch(&self.trusted.jwks_url).await;
            if let Err(problem) = &fetched {
                tracing::warn!(%problem, "the trusted issuer's keys could not be read");
            }
            *held = held.after(fetched.ok().as_ref(), wall.now());
        }
        held.answer(kid, wall.now()).map_err(Problem::unavailable)
    }
}

/// Asks the trusted issuer for its keys, for `liaison doctor`; none when no issuer is configured.
///
/// # Errors
/// 503 when they cannot be read, or when no key is among them that may sign.
pub async fn examine(settings: &Settings) -> Result<Option<usize>, Problem> {
    let Some(trusted) = &settings.trusted_issuer else { return Ok(None) };
    let usable = model::usable(&key_set::fetch(&trusted.jwks_url).await?).len();
    if usable == 0 {
        return Err(Problem::unavailable("the trusted issuer publishes no key for EdDSA, ES256 or RS256 with an id"));
    }
    Ok(Some(usable))
}
