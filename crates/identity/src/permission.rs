//! Permission patterns: `resource:action`, where either side may be `*`.
//!
//! A pattern set answers two questions only: does it allow one permission, and does it cover everything another set
//! allows (so that nobody hands out more than they hold). Nothing here knows users, roles or rows.

use std::fmt;
use std::str::FromStr;

use kernel::Fault;

/// The longest pattern that is accepted, both sides together.
const LONGEST: usize = 80;

/// One side of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Any,
    Exactly(String),
}

impl Side {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase());
        let is_plain = text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || matches!(one, '-' | '_' | '/'));
        (starts_well && is_plain).then(|| Self::Exactly(text.to_owned()))
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Exactly(_), Self::Any) => false,
            (Self::Exactly(mine), Self::Exactly(theirs)) => mine == theirs,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("*"),
            Self::Exactly(text) => formatter.write_str(text),
        }
    }
}

/// What may be done to which kind of resource, such as `tickets:resolve`, `tickets:*`, `*:read` or `*:*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    resource: Side,
    action: Side,
}

impl Pattern {
    /// True when everything `other` allows is allowed by this pattern alone.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.resource.covers(&other.resource) && self.action.covers(&other.action)
    }
}

impl FromStr for Pattern {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::field("", "permission_pattern", "A permission is resource:action; either side may be *.");
        if text.len() > LONGEST {
            return Err(fault());
        }
        let (resource, action) = text.split_once(':').ok_or_else(fault)?;
        let resource = Side::parse(resource).ok_or_else(fault)?;
        let action = Side::parse(action).ok_or_else(fault)?;
        Ok(Self { resource, action })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.resource, self.action)
    }
}

/// A set of patterns in canonical form: sorted, without repetition and without what another member already covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Vec<Pattern>);

impl Permissions {
    /// The canonical set of `patterns`.
    #[must_use]
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        let mut patterns: Vec<Pattern> = patterns.into_iter().collect();
        patterns.sort();
        patterns.dedup();
        let kept = patterns.iter().filter(|one| !patterns.iter().any(|other| other != *one && other.covers(one))).cloned().collect();
        Self(kept)
    }

    /// Parses a list from a request body; every member's fault is reported under `pointer`.
    ///
    /// # Errors
    /// One field fault per text that is not a pattern.
    pub fn parse<T: AsRef<str>>(texts: &[T], pointer: &str) -> Result<Self, Fault> {
        let mut patterns = Vec::with_capacity(texts.len());
        let mut faults = Vec::new();
        for (position, text) in texts.iter().enumerate() {
            match text.as_ref().parse::<Pattern>() {
                Ok(pattern) => patterns.push(pattern),
                Err(fault) => faults.push(fault.under(&format!("{pointer}/{position}"))),
            }
        }
        Fault::all(faults)?;
        Ok(Self::new(patterns))
    }

    /// Reads a set that was stored or carried in a token; a text that is no pattern allows nothing.
    #[must_use]
    pub fn stored<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::new(texts.into_iter().filter_map(|text| text.as_ref().parse().ok()))
    }

    /// True when everything `other` allows is allowed here.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|theirs| self.0.iter().any(|mine| mine.covers(theirs)))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patterns as texts, sorted.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// The OAuth `scope` member: patterns separated by one space (RFC 6749 section 3.3).
    #[must_use]
    pub fn scope(&self) -> String {
        self.texts().join(" ")
    }

    /// Both sets together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        Self::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(texts: &[&str]) -> Permissions {
        Permissions::parse(texts, "/permissions").unwrap()
    }

    #[test]
    fn a_wildcard_covers_its_side_and_no_other() {
        let pattern: Pattern = "tickets:*".parse().unwrap();
        for (other, covered) in [("tickets:read", true), ("tickets:*", true), ("*:read", false), ("orders:read", false), ("*:*", false)] {
            assert_eq!(pattern.covers(&other.parse().unwrap()), covered, "{other}");
        }
        assert!("*:*".parse::<Pattern>().unwrap().covers(&"*:read".parse().unwrap()));
    }

    #[test]
    fn a_set_covers_only_what_one_of_its_members_covers() {
        let held = set(&["tickets:*", "accounts:read"]);
        assert!(held.covers(&set(&["tickets:resolve", "accounts:read"])));
        assert!(!held.covers(&set(&["accounts:write"])));
        assert!(!held.covers(&set(&["*:read"])));
        assert!(held.covers(&Permissions::default()));
    }

    #[test]
    fn the_canonical_form_drops_what_is_covered() {
        assert_eq!(set(&["tickets:read", "tickets:*", "tickets:read", "accounts:read"]).scope(), "accounts:read tickets:*");
    }

    #[test]
    fn every_bad_pattern_is_reported_by_its_pointer() {
        let fault = Permissions::parse(&["tickets:read", "tickets", "Tickets:read", ":", "a:b:c", "a b:c", "tick*:read"], "/permissions")
            .unwrap_err();
        let pointers: Vec<&str> = fault.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/permissions/1", "/permissions/2", "/permissions/3", "/permissions/4", "/permissions/5", "/permissions/6"]);
    }

    fn patterns() -> impl Strategy<Value = String> {
        let side = || prop_oneof![Just("*"), Just("tickets"), Just("orders"), Just("read")];
        (side(), side()).prop_map(|(resource, action)| format!("{resource}:{action}"))
    }

    proptest! {
        /// Covering is what verification will find: whatever a covered set allows, the covering set allows.
        #[test]
        fn covering_agrees_with_how_tokens_are_checked(
            mine in proptest::collection::vec(patterns(), 0..5),
            theirs in proptest::collection::vec(patterns(), 0..5),
        ) {
            let (held, wanted) = (Permissions::stored(&mine), Permissions::stored(&theirs));
            let allows = |set: &[String], one: &str| set.iter().any(|pattern| platform::caller::covers(pattern, one));
            let every = ["tickets", "orders", "read", "other"].map(|resource| ["tickets", "read", "other"].map(|action| format!("{resource}:{action}")));
            let included = every.iter().flatten().all(|one| !allows(&theirs, one) || allows(&mine, one));
            prop_assert!(!held.covers(&wanted) || included);
            prop_assert!(every.iter().flatten().all(|one| allows(&held.texts(), one) == allows(&mine, one)));
        }
    }

    #[test]
    fn a_stored_text_that_is_no_pattern_allows_nothing() {
        assert!(Permissions::stored(["everything", "", "* *"]).is_empty());
    }
}
