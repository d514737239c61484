//! Postal codes and ranges of them, in the writing of any country.
//!
//! A code counts by its letters and digits alone, so that `sw1a 1aa` and `SW1A1AA`, or `60431-1234` and `604311234`, are one. A
//! range is given by its first and last beginning: `606` to `608` holds every code that begins with one of 606, 607, 608.

use kernel::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A postal code of a country, as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PostalCode {
    country: String,
    code: String,
}

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_uppercase()).collect()
}

impl PostalCode {
    /// None when nothing of the code is left to compare.
    #[must_use]
    pub fn new(country: &str, code: &str) -> Option<Self> {
        let code = plain(code);
        (!code.is_empty()).then(|| Self { country: plain(country), code })
    }
}

/// Postal codes of a country that begin with something between two beginnings of the same length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostalRange {
    /// ISO 3166-1, two letters.
    #[schema(pattern = "^[A-Z]{2}$", min_length = 2, max_length = 2, example = "US")]
    pub country: String,
    /// The first beginning.
    #[schema(pattern = "^[A-Za-z0-9]+$", min_length = 1, max_length = 12, example = "60400")]
    pub from: String,
    /// The last beginning, itself included.
    #[schema(pattern = "^[A-Za-z0-9]+$", min_length = 1, max_length = 12, example = "60899")]
    pub to: String,
}

impl PostalRange {
    /// The range as it is stored and compared.
    ///
    /// # Errors
    /// A fault when its ends cannot be compared or are in the wrong order.
    pub fn checked(&self) -> Result<Self, Fault> {
        let range = Self { country: plain(&self.country), from: plain(&self.from), to: plain(&self.to) };
        if range.from.len() != range.to.len() {
            return Err(Fault::field("/to", "uneven_range", "Both ends need the same number of letters and digits."));
        }
        if range.from > range.to {
            return Err(Fault::field("/to", "reversed_range", "The last beginning must not come before the first."));
        }
        Ok(range)
    }

    /// True for a code in the range.
    #[must_use]
    pub fn holds(&self, place: &PostalCode) -> bool {
        let beginning = place.code.get(..self.from.len());
        self.country == place.country && beginning.is_some_and(|beginning| (self.from.as_str()..=self.to.as_str()).contains(&beginning))
    }

    /// True when some code is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let shared = self.from.len().min(other.from.len());
        let cut = |text: &str| text.get(..shared).unwrap_or_default().to_owned();
        self.country == other.country && cut(&self.from) <= cut(&other.to) && cut(&other.from) <= cut(&self.to)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(from: &str, to: &str) -> PostalRange {
        PostalRange { country: "US".to_owned(), from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn a_range_holds_what_begins_between_its_ends() {
        for (from, to, code, held) in [
            ("60400", "60899", "60431", true),
            ("60400", "60899", "60431-1234", true),
            ("60400", "60899", "60900", false),
            ("604", "608", "60899", true),
            ("604", "608", "60", false),
            ("sw1", "SW1", "sw1a 1aa", true),
        ] {
            let place = PostalCode::new("us", code).unwrap();
            assert_eq!(range(from, to).checked().unwrap().holds(&place), held, "{from}-{to} {code}");
        }
        assert!(!range("604", "608").holds(&PostalCode::new("CA", "60431").unwrap()));
        assert!(PostalCode::new("US", " - ").is_none());
    }

    #[test]
    fn a_range_has_even_ends_in_order() {
        let code = |range: PostalRange| range.checked().unwrap_err().errors[0].code.to_string();
        assert_eq!(code(range("604", "60899")), "uneven_range");
        assert_eq!(code(range("608", "604")), "reversed_range");
    }

    proptest! {
        #[test]
        fn two_ranges_meet_exactly_when_a_code_is_in_both(a in 0u32..1000, b in 0u32..1000, c in 0u32..100, d in 0u32..100) {
            let long = range(&format!("{:03}", a.min(b)), &format!("{:03}", a.max(b)));
            let short = range(&format!("{:02}", c.min(d)), &format!("{:02}", c.max(d)));
            let both = (0..1000).any(|code| {
                let place = PostalCode::new("US", &format!("{code:03}")).unwrap();
                long.holds(&place) && short.holds(&place)
            });
            prop_assert_eq!(long.meets(&short), both);
            prop_assert_eq!(short.meets(&long), both);
        }
    }
}
