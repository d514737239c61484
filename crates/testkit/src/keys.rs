//! A signing key made for one test process, and the tokens it signs.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use futures_util::future::LocalBoxFuture;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::id::new_uuid;
use platform::authority::TrustSource;
use platform::caller::Claims;
use platform::problem::Problem;
use serde_json::json;
use uuid::Uuid;

pub(crate) const ISSUER: &str = "http://identity.test";
const KEY_ID: &str = "test";
/// The fixed head of a PKCS #8 document that holds an Ed25519 seed (RFC 8410).
const PKCS8_HEAD: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

static SEED: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(new_uuid().as_bytes());
    seed[16..].copy_from_slice(new_uuid().as_bytes());
    seed
});

pub(crate) fn sign(claims: &Claims) -> String {
    let mut document = PKCS8_HEAD.to_vec();
    document.extend_from_slice(&*SEED);
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(KEY_ID.to_owned());
    encode(&header, claims, &EncodingKey::from_ed_der(&document)).unwrap()
}

/// Trusts the test key; a customer's subtree is exactly the granted accounts.
pub(crate) struct TestTrust;

impl TrustSource for TestTrust {
    fn keys(&self) -> LocalBoxFuture<'_, Result<JwkSet, Problem>> {
        let public = SigningKey::from_bytes(&SEED).verifying_key();
        let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
        let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": KEY_ID, "alg": "EdDSA", "use": "sig"}]});
        Box::pin(async move { Ok(serde_json::from_value(set)?) })
    }

    fn revocations(&self) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn subtree(&self, roots: Vec<Uuid>) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async move { Ok(roots) })
    }
}
