//! The text of an API key: `lsn_live_<id>_<secret>`.
//!
//! The prefix lets secret scanners find a leaked key, the id is the row's and may be shown in lists, the secret is 256
//! random bits in hexadecimal. The text is assembled once, when the key is made, and never stored.

use kernel::id::ApiKeyId;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What every key starts with.
pub const PREFIX: &str = "lsn_live_";

/// The two parts of a key's text.
pub struct KeyText {
    pub id: ApiKeyId,
    pub secret: Secret,
}

impl KeyText {
    /// Reads a key's text; `None` for anything that is not exactly one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        Some(Self { id: parse_id(id)?, secret: Secret::from_hexadecimal(secret)? })
    }

    /// The text to hand to the key's owner.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}", shown_prefix(self.id), self.secret.hexadecimal()))
    }
}

/// The part of a key that may be shown to recognise it by.
#[must_use]
pub fn shown_prefix(id: ApiKeyId) -> String {
    format!("{PREFIX}{}_", id.uuid().simple())
}

fn parse_id(text: &str) -> Option<ApiKeyId> {
    let is_canonical = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    is_canonical.then(|| Uuid::try_parse(text).ok()).flatten().map(ApiKeyId::from_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_text() {
        let key = KeyText { id: ApiKeyId::generate(), secret: Secret::generate().unwrap() };
        let text = key.text();
        assert_eq!(text.len(), 106);
        let parsed = KeyText::parse(&text).unwrap();
        assert_eq!(parsed.id, key.id);
        assert!(parsed.secret.matches(&key.secret.digest()));
    }

    #[test]
    fn anything_else_is_no_key() {
        let good = KeyText { id: ApiKeyId::generate(), secret: Secret::generate().unwrap() }.text().to_string();
        let upper = good.to_uppercase();
        let longer = format!("{good}0");
        let shorter = &good[..105];
        for text in
            ["", "lsn_live_", "lsn_live__", &upper, &longer, shorter, &good.replace("live", "test"), &good.replacen("_live_", "_live-", 1)]
        {
            assert!(KeyText::parse(text).is_none(), "{text}");
        }
    }
}
