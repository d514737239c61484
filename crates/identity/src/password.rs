//! Passwords: the rule for new ones, and argon2id away from the request threads.
//!
//! A password is at least twelve characters, is not one of the usual ones and does not contain who it belongs to
//! (NIST SP 800-63B section 5.1.1: length and a block list, no composition rules). Checking costs the same whether or
//! not the account exists, because an unknown one is checked against [`Hasher`]'s decoy.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use kernel::Fault;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::email::Email;
use crate::secret::Secret;

/// Fewest and most characters of a new password. The upper bound keeps hashing time flat.
pub const SHORTEST: usize = 12;
pub const LONGEST: usize = 128;

/// Parts of who someone is that are too short to matter inside a password.
const SHORTEST_PART: usize = 4;

/// Passwords of the allowed length that head every published list of leaked ones, without their decorations.
const USUAL: [&str; 16] = [
    "password",
    "passwort",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "letmein",
    "welcome",
    "administrator",
    "changeme",
    "iloveyou",
    "1q2w3e4r",
    "1234567890",
    "0987654321",
    "abcdefgh",
    "liaison",
    "trustno1",
];

/// Decides whether `password` may become the password of this person.
///
/// # Errors
/// Every reason against it, at `pointer`.
pub fn check(password: &str, email: &Email, name: &str, pointer: &str) -> Result<(), Fault> {
    let length = password.chars().count();
    let folded = password.to_lowercase();
    let names_owner = std::iter::once(email.local_part())
        .chain(name.split_whitespace())
        .map(str::to_lowercase)
        .any(|part| part.chars().count() >= SHORTEST_PART && folded.contains(&part));
    let mut faults = Vec::new();
    if length < SHORTEST {
        faults.push(Fault::field(pointer, "password_too_short", format!("A password has at least {SHORTEST} characters.")));
    }
    if length > LONGEST {
        faults.push(Fault::field(pointer, "password_too_long", format!("A password has at most {LONGEST} characters.")));
    }
    if is_usual(&folded) {
        faults.push(Fault::field(pointer, "password_too_common", "This password is among the first that are tried."));
    }
    if names_owner {
        faults.push(Fault::field(pointer, "password_names_owner", "A password must not contain the owner's name or address."));
    }
    Fault::all(faults)
}

/// A usual word with digits and signs around it, or very few different characters.
fn is_usual(folded: &str) -> bool {
    let core = folded.trim_matches(|one: char| !one.is_alphabetic());
    let digits = folded.trim_matches(|one: char| !one.is_alphanumeric());
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < 5
        || USUAL.iter().any(|usual| core == *usual || digits.starts_with(usual) && digits.len() < usual.len().saturating_add(6))
}

/// The cost of one hash: memory in KiB and passes (OWASP's argon2id recommendation, one lane).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

/// Why no answer could be given; says nothing about the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashingFailed {
    /// Every hashing slot is taken and the queue is full: ask again shortly.
    Busy,
    /// The library refused, or its thread died.
    Broken,
}

/// Hashes and verifies with bounded concurrency, off the request threads. Clones share the bound.
#[derive(Clone)]
pub struct Hasher {
    cost: Cost,
    slots: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    decoy: Arc<str>,
}

impl Hasher {
    /// A hasher that runs at most `slots` hashes at once and lets eight times as many wait.
    ///
    /// # Errors
    /// [`HashingFailed::Broken`] when the cost is outside argon2's limits or there is no randomness.
    pub fn new(cost: Cost, slots: usize) -> Result<Self, HashingFailed> {
        let slots = slots.max(1);
        let unguessable = Secret::generate().map_err(|_| HashingFailed::Broken)?;
        let decoy = hash_now(cost, unguessable.hexadecimal().as_bytes())?;
        Ok(Self {
            cost,
            slots: Arc::new(Semaphore::new(slots)),
            queue: Arc::new(Semaphore::new(slots.saturating_mul(8))),
            decoy: decoy.into(),
        })
    }

    /// The PHC string to store for `password`.
    ///
    /// # Errors
    /// See [`HashingFailed`].
    pub async fn hash(&self, password: &str) -> Result<String, HashingFailed> {
        let cost = self.cost;
        let password = Zeroizing::new(password.to_owned());
        self.run(move || hash_now(cost, password.as_bytes())).await?
    }

    /// True when `password` is the one behind `stored`. Without a stored hash it answers no after the same work.
    ///
    /// # Errors
    /// See [`HashingFailed`].
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, HashingFailed> {
        let known = stored.is_some();
        let hash = stored.unwrap_or(&self.decoy).to_owned();
        let password = Zeroizing::new(password.to_owned());
        let matches = self.run(move || verify_now(password.as_bytes(), &hash)).await??;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingFailed> {
        let _waiting = self.queue.try_acquire().map_err(|_| HashingFailed::Busy)?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| HashingFailed::Broken)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        .map_err(|_| HashingFailed::Broken)
    }
}

fn hash_now(cost: Cost, password: &[u8]) -> Result<String, HashingFailed> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| HashingFailed::Broken)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password(password).map(|hash| hash.to_string()).map_err(|_| HashingFailed::Broken)
}

fn verify_now(password: &[u8], hash: &str) -> Result<bool, HashingFailed> {
    let parsed = PasswordHash::new(hash).map_err(|_| HashingFailed::Broken)?;
    match Argon2::default().verify_password(password, &parsed) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(HashingFailed::Broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(password: &str) -> Vec<String> {
        let email = Email::parse("grace.hopper@example.com", "/email").unwrap();
        check(password, &email, "Grace Hopper", "/password")
            .err()
            .map(|fault| fault.errors.iter().map(|error| error.code.to_string()).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_long_unusual_password_is_accepted_whatever_it_is_made_of() {
        for password in ["correct horse battery staple", "vier kleine Frösche", "xK9!mq2@vB7#", "长城长江黄河泰山西湖故宫"] {
            assert_eq!(codes(password), Vec::<String>::new(), "{password}");
        }
    }

    #[test]
    fn every_reason_against_a_password_is_named() {
        assert_eq!(codes("hopper"), ["password_too_short", "password_names_owner"]);
        assert_eq!(codes(&"long and varied ".repeat(9)), ["password_too_long"]);
        assert_eq!(codes("aaaaaaaaaaaaaa"), ["password_too_common"]);
        assert_eq!(codes("Password1234!"), ["password_too_common"]);
        assert_eq!(codes("1234567890123"), ["password_too_common"]);
        assert_eq!(
            codes("my GRACE is enough"),
            Vec::<String>::new().into_iter().chain(["password_names_owner".to_owned()]).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_an_unknown_account_never_does() {
        let hasher = Hasher::new(Cost { memory_kib: 64, passes: 1 }, 2).unwrap();
        let hash = hasher.hash("correct horse battery staple").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse battery staple", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("correct horse battery stapler", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("correct horse battery staple", None).await.unwrap());
        assert_ne!(hash, hasher.hash("correct horse battery staple").await.unwrap());
    }
}
