//! What a provider's key and token are worth: decisions only, on a key set that was fetched elsewhere.
//!
//! The algorithm is that of the key's record, never the token's own claim, and only asymmetric ones exist here: a public
//! key cannot be taken for a shared secret.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use platform::config::TrustedIssuer;
use serde::Deserialize;

/// The least time between two questions for the keys.
pub(crate) const REST: TimeDelta = TimeDelta::seconds(30);

/// Keys older than this are asked for again before they are used.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// How long known keys serve while the provider cannot be asked; a key it withdrew works no longer than this.
const KEEP: TimeDelta = TimeDelta::hours(1);

/// How far the provider's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// OpenID Connect Core section 2: a subject has at most 255 characters.
pub(crate) const LONGEST_SUBJECT: usize = 255;

/// Keys beyond this many are not looked at.
const MOST_KEYS: usize = 100;

/// Base64 characters of an RSA modulus: 2,048 bits, below which a key is weak, to 8,192, above which it only costs time.
const MODULUS: std::ops::RangeInclusive<usize> = 341..=1_368;

/// A key that may sign.
pub(crate) struct Key {
    algorithm: Algorithm,
    decoding: DecodingKey,
}

/// The usable keys of a set, by their ids.
pub(crate) fn usable(set: &JwkSet) -> HashMap<String, Arc<Key>> {
    let key = |jwk: &Jwk| {
        let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let algorithm = algorithm(jwk).filter(|_| signs)?;
        Some((jwk.common.key_id.clone()?, Arc::new(Key { algorithm, decoding: DecodingKey::from_jwk(jwk).ok()? })))
    };
    set.keys.iter().take(MOST_KEYS).filter_map(key).collect()
}

/// The one algorithm that the record of a key allows.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) if MODULUS.contains(&key.n.len()) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => (Algorithm::ES256, KeyAlgorithm::ES256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => (Algorithm::EdDSA, KeyAlgorithm::EdDSA),
        _ => return None,
    };
    jwk.common.key_algorithm.is_none_or(|given| given == named).then_some(algorithm)
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
}

/// Whom a token signed by `key` is about, when it is the trusted issuer's, meant for us and valid at `now`.
pub(crate) fn subject(token: &str, key: &Key, trusted: &TrustedIssuer, now: DateTime<Utc>) -> Option<String> {
    let mut validation = Validation::new(key.algorithm);
    validation.set_issuer(&[&trusted.issuer]);
    validation.set_audience(&[&trusted.audience]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // Judged below, by the clock that everything else is judged by.
    validation.validate_exp = false;
    let decoded = decode::<Claims>(token, &key.decoding, &validation);
    let claims = decoded.inspect_err(|error| tracing::debug!(%error, "a token of the trusted issuer is refused")).ok()?.claims;
    let is_past = claims.exp <= (now - LEEWAY).timestamp();
    let is_early = claims.nbf.is_some_and(|from| from > (now + LEEWAY).timestamp());
    let is_named = (1..=LONGEST_SUBJECT).contains(&claims.sub.len());
    (is_named && !is_past && !is_early).then_some(claims.sub)
}

/// The keys in memory, and what is known about their age.
#[derive(Clone, Default)]
pub(crate) struct Held {
    keys: HashMap<String, Arc<Key>>,
    fetched_at: Option<DateTime<Utc>>,
    asked_at: Option<DateTime<Utc>>,
    /// The last question had no answer.
    unanswered: bool,
}

impl Held {
    /// True when the provider must be asked before a key of this id is used.
    pub(crate) fn must_ask(&self, kid: &str, now: DateTime<Utc>) -> bool {
        let rested = self.asked_at.is_none_or(|at| now - at >= REST);
        rested && !(self.keys.contains_key(kid) && self.is_younger(FRESH, now))
    }

    /// What is held after asking.
    pub(crate) fn after(&self, answer: Option<&JwkSet>, now: DateTime<Utc>) -> Self {
        match answer {
            Some(set) => Self { keys: usable(set), fetched_at: Some(now), asked_at: Some(now), unanswered: false },
            None => Self { asked_at: Some(now), unanswered: true, ..self.clone() },
        }
    }

    /// The key of this id, if the provider has it.
    ///
    /// # Errors
    /// When that cannot be known at present.
    pub(crate) fn answer(&self, kid: &str, now: DateTime<Utc>) -> Result<Option<Arc<Key>>, &'static str> {
        match self.keys.get(kid).filter(|_| self.is_younger(KEEP, now)) {
            Some(key) => Ok(Some(Arc::clone(key))),
            None if self.unanswered => Err("the trusted issuer did not tell its keys"),
            None => Ok(None),
        }
    }

    fn is_younger(&self, age: TimeDelta, now: DateTime<Utc>) -> bool {
        self.fetched_at.is_some_and(|at| now - at < age)
    }
}
