//! How a second delivery of the same mail is known.
//!
//! The key is the Message-ID; a mail without one is known by what it says and the minute it came. The content hash tells
//! a second delivery from another mail that carries the same Message-ID.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::mime::Mail;

/// The key that is unique among mails.
///
/// Without a Message-ID the minute of delivery is a part of it, so that a retry at once is known and a mail that says the
/// same an hour later is not lost: a machine's daily notice and a customer's second "please call me" are mails of their
/// own, and nothing but the time tells them from a second delivery.
#[must_use]
pub(crate) fn key(mail: &Mail, received_at: DateTime<Utc>) -> String {
    if let Some(id) = &mail.message_id {
        return format!("id:{id}");
    }
    let mut recipients: Vec<&str> = mail.to.iter().chain(&mail.cc).map(|mailbox| mailbox.address.as_str()).collect();
    recipients.sort_unstable();
    recipients.dedup();
    let recipients = recipients.join(",");
    let minute = received_at.format("%Y-%m-%dT%H:%M").to_string();
    let body = content_hash(mail);
    format!("sha256:{}", digest(&[mail.sender().unwrap_or_default(), &recipients, &minute, &mail.subject, &body]))
}

/// What a person would see of the mail; transport headers and line ends do not count.
#[must_use]
pub(crate) fn content_hash(mail: &Mail) -> String {
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut parts = vec![mail.sender().unwrap_or_default(), mail.subject.trim(), text.as_str()];
    parts.extend(mail.attachments.iter().map(|attachment| attachment.sha256.as_str()));
    digest(&parts)
}

/// The hash of a sequence of texts; their borders count.
fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

/// SHA-256 in hexadecimal.
#[must_use]
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
