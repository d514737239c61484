//! The deployment's one secret, from which every other key is derived.
//!
//! Its text never appears in a `Debug` or `Display` and is wiped from memory when dropped. A secret that a person copied
//! from a sample, or typed by holding a key, is refused.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

/// In characters.
const MIN_LENGTH: usize = 32;
const MIN_DISTINCT: usize = 10;
const SAMPLES: [&str; 9] = ["changeme", "change-me", "change_me", "secret", "example", "password", "sample", "insecure", "12345678"];

/// A secret text.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret as it is; [`Secret::weakness`] judges it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The rule that this secret breaks, if any.
    #[must_use]
    pub fn weakness(&self) -> Option<&'static str> {
        let lower = Zeroizing::new(self.0.to_lowercase());
        let mut distinct: Vec<char> = lower.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let variety = distinct.len();
        distinct.zeroize();
        if self.0.chars().count() < MIN_LENGTH {
            Some("must have at least 32 characters")
        } else if SAMPLES.iter().any(|sample| lower.contains(sample)) {
            Some("must not be a sample value; make one with: openssl rand -base64 33")
        } else if variety < MIN_DISTINCT {
            Some("must not repeat a few characters; make one with: openssl rand -base64 33")
        } else {
            None
        }
    }

    /// A key for one purpose (`cursor`, `service-token`): HMAC-SHA256 of the purpose under this secret.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return [0; 32] };
        mac.update(b"liaison:");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The text itself, for handing to the party it was agreed with.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The secret kept in `folder/secret`, made on first use with mode 0600.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds an unusable secret.
    pub fn kept_in(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join("secret");
        match open_new(&path) {
            Ok(mut file) => {
                let mut bytes = Zeroizing::new([0_u8; 33]);
                getrandom::fill(bytes.as_mut_slice()).map_err(io::Error::other)?;
                let secret = Self::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
                file.write_all(secret.0.as_bytes())?;
                file.sync_all()?;
                Ok(secret)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let text = Zeroizing::new(fs::read_to_string(&path)?);
                let secret = Self::new(text.trim());
                secret.weakness().map_or(Ok(secret), |rule| Err(io::Error::new(io::ErrorKind::InvalidData, rule)))
            }
            Err(error) => Err(error),
        }
    }
}

fn open_new(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(redacted)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("redacted")
    }
}
