//! The signing keys in memory: which one signs now, and what verifiers may fetch.
//!
//! Replicas share keys through the database and read them again every half minute, sooner than a new key starts to sign.
//! Private keys are opened here and nowhere else.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::Fault;
use platform::caller::Claims;
use platform::problem::Problem;
use sha2::{Digest as _, Sha256};

use super::entity;
use super::model::{KeyState, Life};
use crate::seal::Seal;
use crate::secret::Secret;

/// How long the keys in memory are trusted to be all there are.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(30);

/// A key pair that was made but not stored yet.
pub(crate) struct Fresh {
    pub(crate) kid: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) sealed_private_key: Vec<u8>,
}

impl Fresh {
    /// A new Ed25519 pair; the private half leaves this function sealed.
    pub(crate) fn generate(seal: &Seal) -> Result<Self, Problem> {
        let secret = Secret::generate().map_err(Problem::internal)?;
        let pair = SigningKey::from_bytes(secret.bytes());
        let public_key = pair.verifying_key().to_bytes().to_vec();
        let kid = thumbprint(&public_key);
        let sealed_private_key = seal.close(secret.bytes(), kid.as_bytes()).map_err(Problem::internal)?;
        Ok(Self { kid, public_key, sealed_private_key })
    }
}

/// RFC 7638: the digest of the key's required members in lexical order.
fn thumbprint(public_key: &[u8]) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64(public_key));
    base64(&Sha256::digest(canonical))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// One key as it is used.
struct Key {
    kid: String,
    life: Life,
    public_key: Vec<u8>,
    signer: EncodingKey,
}

struct Loaded {
    keys: Vec<Key>,
    at: DateTime<Utc>,
}

/// The keys of one process; clones share them.
#[derive(Clone)]
pub struct Keyring {
    seal: Seal,
    loaded: Arc<RwLock<Arc<Loaded>>>,
}

impl Keyring {
    /// An empty ring that opens keys with `seal`.
    #[must_use]
    pub fn new(seal: Seal) -> Self {
        Self { seal, loaded: Arc::new(RwLock::new(Arc::new(Loaded { keys: Vec::new(), at: DateTime::UNIX_EPOCH }))) }
    }

    pub(crate) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Takes over what the database holds.
    pub(crate) fn load(&self, rows: &[entity::Model], now: DateTime<Utc>) -> Result<(), Problem> {
        let usable = rows.iter().filter(|row| !row.sealed_private_key.is_empty());
        let keys = usable.map(|row| open(&self.seal, row)).collect::<Result<Vec<_>, _>>()?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Loaded { keys, at: now });
        Ok(())
    }

    /// True when the database should be read again.
    pub(crate) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        (now - self.current().at).abs() >= FRESH_FOR
    }

    fn current(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// 503 while no key signs.
    pub(crate) fn sign(&self, claims: &Claims, now: DateTime<Utc>) -> Result<String, Problem> {
        let loaded = self.current();
        let key = loaded.keys.iter().find(|key| key.life.state(now) == KeyState::Signing);
        let key = key.ok_or_else(|| Problem::unavailable("no signing key is active"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        encode(&header, claims, &key.signer).map_err(Problem::internal)
    }

    /// The public keys that verifiers need now, pending ones included.
    #[must_use]
    pub fn published(&self, now: DateTime<Utc>) -> JwkSet {
        JwkSet { keys: self.current().keys.iter().filter(|key| key.life.is_published(now)).map(jwk).collect() }
    }
}

fn open(seal: &Seal, row: &entity::Model) -> Result<Key, Problem> {
    let private = seal.open(&row.sealed_private_key, row.kid.as_bytes()).map_err(|_: Fault| {
        Problem::internal("a stored signing key does not open: the deployment secret differs from the one it was sealed with")
    })?;
    let bytes: &[u8; 32] = private.as_slice().try_into().map_err(|_| Problem::internal("a stored signing key has a wrong length"))?;
    let document = SigningKey::from_bytes(bytes).to_pkcs8_der().map_err(Problem::internal)?;
    let life = Life { signs_from: row.signs_from, signs_until: row.signs_until, published_until: row.published_until };
    Ok(Key { kid: row.kid.clone(), life, public_key: row.public_key.clone(), signer: EncodingKey::from_ed_der(document.as_bytes()) })
}

fn jwk(key: &Key) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(key.kid.clone()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: base64(&key.public_key),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_rfc_8037_appendix_a3() {
        use base64::Engine as _;
        let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
