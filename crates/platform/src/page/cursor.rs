//! Cursors: where a page ended, signed so that only we can have written it, and bound to the list it belongs to.
//!
//! A cursor is base64url of `mac (16) | binding (8) | JSON array of the last row's sort values`. The binding is a hash of
//! table, filter, sort and search text. A cursor holds no secret: its values are in the page the caller already has.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const MAC: usize = 16;
const BINDING: usize = 8;
const MAX_TEXT: usize = 4_096;

/// What a cursor is bound to.
pub(super) type Binding = [u8; BINDING];

/// The key that signs cursors; one per deployment, in the app data. Clones share it.
#[derive(Clone)]
pub struct CursorKey(Arc<[u8]>);

impl CursorKey {
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(secret.into())
    }

    fn mac(&self, signed: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"liaison cursor 1");
        mac.update(signed);
        Some(mac)
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CursorKey")
    }
}

/// Why a cursor is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not written by us, or cut short.
    Invalid,
    /// Ours, for another filter, sort or search.
    Mismatch,
}

/// Writes a cursor; none when the values cannot be written, which does not happen.
pub(super) fn write(key: &CursorKey, binding: Binding, values: &[Option<String>]) -> Option<String> {
    let mut signed = binding.to_vec();
    serde_json::to_writer(&mut signed, values).ok()?;
    let mac = key.mac(&signed)?.finalize().into_bytes();
    let mut bytes = mac.get(..MAC)?.to_vec();
    bytes.append(&mut signed);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a cursor written for `binding`.
pub(super) fn read(key: &CursorKey, binding: Binding, text: &str) -> Result<Vec<Option<String>>, Refusal> {
    if text.len() > MAX_TEXT {
        return Err(Refusal::Invalid);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Invalid)?;
    let (mac, signed) = bytes.split_at_checked(MAC).ok_or(Refusal::Invalid)?;
    key.mac(signed).ok_or(Refusal::Invalid)?.verify_truncated_left(mac).map_err(|_| Refusal::Invalid)?;
    let (bound, values) = signed.split_at_checked(BINDING).ok_or(Refusal::Invalid)?;
    if bound != binding {
        return Err(Refusal::Mismatch);
    }
    serde_json::from_slice(values).map_err(|_| Refusal::Invalid)
}

/// A hash over parts, each preceded by its length so that no two lists of parts look alike.
pub(super) fn bind<'p>(parts: impl IntoIterator<Item = &'p str>) -> Binding {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut binding = [0; BINDING];
    for (to, from) in binding.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    binding
}
