//! E-mail addresses as sign-in names.
//!
//! An address has one normal form, so that one person cannot have two accounts and a guesser cannot escape the
//! throttle by changing case. Nothing here checks that the mailbox exists.

use std::fmt;

use kernel::Fault;

/// RFC 5321 section 4.5.3.1: a path is at most 256 octets with its angle brackets.
const LONGEST: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;

/// A normalised address: trimmed and in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Normalises an address.
    ///
    /// # Errors
    /// A field fault at `pointer` when it has no shape of an address.
    pub fn parse(text: &str, pointer: &str) -> Result<Self, Fault> {
        let normal = normalise(text);
        if is_address(&normal) { Ok(Self(normal)) } else { Err(Fault::field(pointer, "email", "This is not an e-mail address.")) }
    }

    /// An address that was stored, and so is already normal.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or(self.as_str(), |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The form under which an address is compared and throttled, whether or not it is a valid one.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.trim().chars().flat_map(char::to_lowercase).collect()
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |part: &str| {
        !part.is_empty() && !part.chars().any(|one| one.is_whitespace() || one.is_control() || matches!(one, '@' | '<' | '>' | ',' | '"'))
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|one| one.is_alphanumeric() || one == '-')
    };
    text.len() <= LONGEST && is_plain(local) && local.len() <= LONGEST_LOCAL_PART && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_surrounding_space_do_not_make_another_person() {
        assert_eq!(Email::parse("  Ada.Lovelace@Example.COM ", "/email").unwrap().as_str(), "ada.lovelace@example.com");
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_its_pointer() {
        for text in
            ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@example..com", "ada@-example.com", "a@b@c.com", "ada@exa mple.com"]
        {
            let fault = Email::parse(text, "/email").unwrap_err();
            assert_eq!(fault.errors[0].pointer, "/email", "{text}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(65)), "/email").is_err());
    }
}
