//! Sealing of small secrets that replicas share through the database: XChaCha20-Poly1305 under a key derived from the
//! deployment secret.
//!
//! The sealed bytes are bound to what they belong to, so that a row copied over another one does not open. A lost
//! deployment secret means new signing keys, never an unlocked store.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kernel::Fault;
use zeroize::Zeroizing;

use crate::secret;

const NONCE: usize = 24;
const PURPOSE: &[u8] = b"identity:seal:v1";

/// Seals and opens with the deployment's key.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
}

impl Seal {
    /// The seal of the deployment whose secret is `deployment_secret`.
    ///
    /// # Errors
    /// When the secret cannot serve as a key.
    pub fn new(deployment_secret: &[u8]) -> Result<Self, Fault> {
        let key = secret::derive(deployment_secret, PURPOSE)?;
        Ok(Self { cipher: XChaCha20Poly1305::new(key.bytes().into()) })
    }

    /// Nonce and ciphertext of `plain`, bound to `context`.
    ///
    /// # Errors
    /// When the operating system gives no randomness or the cipher refuses.
    pub fn close(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0_u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| failed())?;
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context }).map_err(|_| failed())?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The plain bytes of what [`Seal::close`] returned for the same `context`.
    ///
    /// # Errors
    /// When it was closed by another deployment secret, for another context, or altered.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or_else(failed)?;
        self.cipher.decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: context }).map(Zeroizing::new).map_err(|_| failed())
    }
}

fn failed() -> Fault {
    Fault::invalid("seal", "A sealed value cannot be opened with this deployment's secret.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_deployment_and_context_open_what_was_sealed() {
        let seal = Seal::new(b"one deployment's secret of decent length").unwrap();
        let sealed = seal.close(b"private key", b"kid-1").unwrap();
        assert_eq!(seal.open(&sealed, b"kid-1").unwrap().as_slice(), b"private key");
        assert!(seal.open(&sealed, b"kid-2").is_err());
        assert!(Seal::new(b"another deployment's secret").unwrap().open(&sealed, b"kid-1").is_err());
        let mut altered = sealed.clone();
        altered[30] ^= 1;
        assert!(seal.open(&altered, b"kid-1").is_err());
        assert!(seal.open(&sealed[..10], b"kid-1").is_err());
        assert_ne!(sealed, seal.close(b"private key", b"kid-1").unwrap());
    }
}
