//! Random 256-bit secrets: made here, shown once, kept as SHA-256 digests, compared in constant time.
//!
//! A plain digest is enough because the secrets are uniform and as long as the digest; passwords, which are neither,
//! go through [`crate::password`]. A secret never implements `Debug` or `Display`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Fault;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Bytes of a secret and of its digest.
pub const LENGTH: usize = 32;

/// A secret as it is handed to its owner.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; LENGTH]>);

impl Secret {
    /// A fresh secret from the operating system's generator.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0_u8; LENGTH]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    #[must_use]
    pub fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Lower-case hexadecimal, 64 characters: safe in every configuration file and selected by one double click.
    #[must_use]
    pub fn hexadecimal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads what [`Secret::hexadecimal`] wrote.
    #[must_use]
    pub fn from_hexadecimal(text: &str) -> Option<Self> {
        if text.len() != LENGTH.saturating_mul(2) || !text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
            return None;
        }
        let mut bytes = Zeroizing::new([0_u8; LENGTH]);
        for (position, byte) in bytes.iter_mut().enumerate() {
            let start = position.saturating_mul(2);
            *byte = u8::from_str_radix(text.get(start..start.saturating_add(2))?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Base64 for URLs without padding, 43 characters.
    #[must_use]
    pub fn base64(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_slice())
    }

    /// Reads what [`Secret::base64`] wrote.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// What is stored in its place.
    #[must_use]
    pub fn digest(&self) -> [u8; LENGTH] {
        Sha256::digest(self.0.as_slice()).into()
    }

    /// True when `digest` is this secret's; takes as long for any answer.
    #[must_use]
    pub fn matches(&self, digest: &[u8]) -> bool {
        equal(&self.digest(), digest)
    }
}

/// Compares in constant time for equal lengths.
#[must_use]
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// HMAC-SHA-256; the way every key and every derived secret comes from another one.
///
/// # Errors
/// Never for the lengths used here; a fault rather than a panic should the library change its mind.
pub fn derive(key: &[u8], purpose: &[u8]) -> Result<Secret, Fault> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Fault::invalid("secret_length", "A key has an unusable length."))?;
    mac.update(purpose);
    Ok(Secret::from_bytes(mac.finalize().into_bytes().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_read_back_and_refuse_anything_else() {
        let secret = Secret::generate().unwrap();
        assert!(Secret::from_hexadecimal(&secret.hexadecimal()).unwrap().matches(&secret.digest()));
        assert!(Secret::from_base64(&secret.base64()).unwrap().matches(&secret.digest()));
        for text in ["", "00", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert!(Secret::from_hexadecimal(text).is_none(), "{text}");
        }
        assert!(Secret::from_base64("short").is_none());
    }

    #[test]
    fn two_secrets_differ_and_only_the_right_one_matches() {
        let one = Secret::generate().unwrap();
        let other = Secret::generate().unwrap();
        assert_ne!(one.hexadecimal(), other.hexadecimal());
        assert!(!one.matches(&other.digest()));
        assert!(!one.matches(&one.digest()[..31]));
    }

    #[test]
    fn derivation_separates_purposes_and_is_rfc_4231() {
        let secret = derive(b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(secret.hexadecimal(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_ne!(derive(b"k", b"a").unwrap().hexadecimal(), derive(b"k", b"b").unwrap().hexadecimal());
    }
}
