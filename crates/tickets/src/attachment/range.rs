//! The part of a file that a request asks for (RFC 9110, section 14).

use std::ops::Range;

/// What to answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Everything: no part is asked for, or several, or none that can be understood.
    Whole,
    Part(Range<u64>),
    /// A part that begins after the end.
    Beyond,
}

/// Reads the value of a `Range` field for a content of `size` bytes.
#[must_use]
pub(super) fn asked(field: Option<&str>, size: u64) -> Asked {
    let Some((from, to)) = field.and_then(|text| text.trim().strip_prefix("bytes=")).and_then(|text| text.split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    match (number(from), number(to)) {
        (Ok(from), _) if from >= size => Asked::Beyond,
        (Ok(from), Ok(to)) if from <= to => Asked::Part(from..to.saturating_add(1).min(size)),
        (Ok(from), Err(_)) if to.trim().is_empty() => Asked::Part(from..size),
        (Err(_), Ok(0)) if from.trim().is_empty() => Asked::Beyond,
        (Err(_), Ok(last)) if from.trim().is_empty() && size > 0 => Asked::Part(size.saturating_sub(last)..size),
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_to_the_content_and_what_is_no_range_is_ignored() {
        let table = [
            (Some("bytes=0-0"), Asked::Part(0..1)),
            (Some("bytes=2-5"), Asked::Part(2..6)),
            (Some("bytes=2-"), Asked::Part(2..10)),
            (Some("bytes=8-99"), Asked::Part(8..10)),
            (Some("bytes=-3"), Asked::Part(7..10)),
            (Some("bytes=-99"), Asked::Part(0..10)),
            (Some("bytes=10-"), Asked::Beyond),
            (Some("bytes=-0"), Asked::Beyond),
            (Some("bytes=5-2"), Asked::Whole),
            (Some("bytes=0-1,4-5"), Asked::Whole),
            (Some("bytes=a-b"), Asked::Whole),
            (Some("lines=0-1"), Asked::Whole),
            (Some("bytes=0-18446744073709551615"), Asked::Part(0..10)),
            (None, Asked::Whole),
        ];
        for (field, expected) in table {
            assert_eq!(asked(field, 10), expected, "{field:?}");
        }
        assert_eq!(asked(Some("bytes=-5"), 0), Asked::Whole);
    }
}
