//! Mail addresses as they are compared: lower case, without comments or brackets.
//!
//! Addresses from mail are claims, not identities; whether a sender belongs to a ticket is decided in the resolver.

/// A name and an address from a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub name: Option<String>,
    pub address: String,
}

/// Domains at which anybody can have an address: a common one says nothing about who belongs together.
const FREE_MAIL: [&str; 34] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "ymail.com",
    "rocketmail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "aol.com",
    "aim.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "mail.com",
    "mail.ru",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
    "fastmail.com",
    "hey.com",
    "comcast.net",
    "verizon.net",
    "att.net",
    "sbcglobal.net",
    "qq.com",
    "163.com",
];

/// Local parts that nobody reads.
const UNREAD: [&str; 12] = [
    "mailer-daemon",
    "postmaster",
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "bounce",
    "bounces",
    "notifications",
    "autoresponder",
];

/// The address in lower case, without brackets and spaces; none when it cannot be one.
#[must_use]
pub(crate) fn normalise(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
    let (local, domain) = bare.rsplit_once('@')?;
    let plausible =
        !local.is_empty() && !domain.is_empty() && bare.len() <= 320 && !bare.chars().any(|c| c.is_whitespace() || c.is_control());
    plausible.then(|| bare.to_lowercase())
}

/// The part after the last @.
#[must_use]
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// The part before the last @.
#[must_use]
pub(crate) fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

/// `help+anything@example.com` as (`help@example.com`, `anything`).
#[must_use]
pub(crate) fn split_plus(address: &str) -> (String, Option<&str>) {
    match address.rsplit_once('@').and_then(|(local, domain)| local.split_once('+').map(|(name, tag)| (name, tag, domain))) {
        Some((name, tag, domain)) => (format!("{name}@{domain}"), Some(tag)),
        None => (address.to_owned(), None),
    }
}

/// True when two addresses belong to one organisation: the same domain, and not one where anybody gets an address.
#[must_use]
pub(crate) fn same_organisation(one: &str, other: &str) -> bool {
    let domain = domain(one);
    !domain.is_empty() && domain == self::domain(other) && !FREE_MAIL.contains(&domain)
}

/// True for senders such as `no-reply` and `mailer-daemon`.
#[must_use]
pub(crate) fn is_unread(address: &str) -> bool {
    let local = local_part(address);
    let name = local.split('+').next().unwrap_or(local);
    UNREAD.contains(&name)
        || name.starts_with("noreply")
        || name.starts_with("no-reply")
        || name.starts_with("bounce-")
        || name.starts_with("bounces-")
}

/// True for the senders of bounces.
#[must_use]
pub(crate) fn is_daemon(address: &str) -> bool {
    matches!(local_part(address), "mailer-daemon" | "postmaster")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(normalise(" <Jane@Example.COM> ").as_deref(), Some("jane@example.com"));
        assert_eq!(normalise("nobody"), None);
        assert_eq!(normalise("a b@c"), None);
        assert_eq!(split_plus("help+t1@example.com"), ("help@example.com".to_owned(), Some("t1")));
    }

    #[test]
    fn free_mail_says_nothing_about_who_belongs_together() {
        assert!(same_organisation("a@acme.test", "b@acme.test"));
        assert!(!same_organisation("a@gmail.com", "b@gmail.com"));
        assert!(!same_organisation("a", "b"));
    }

    #[test]
    fn some_senders_are_never_answered() {
        assert!(is_unread("no-reply@example.com") && is_unread("bounces+123@example.com") && is_daemon("mailer-daemon@example.com"));
        assert!(!is_unread("norma@example.com"));
    }
}
