//! Subjects as they are compared: without reply marks, without our ticket tag.

/// Reply and forward marks in the languages seen in mail, lower case.
const MARKS: [&str; 22] = [
    "re", "fwd", "fw", "aw", "wg", "sv", "vs", "tr", "ref", "rif", "i", "rv", "res", "enc", "odp", "pd", "antw", "doorst", "vl", "ynt",
    "回复", "转发",
];

/// The subject without marks such as `Re:`, `AW:` and `Fwd[2]:` and without `[#1042]`, in single spaces.
#[must_use]
pub(crate) fn normalise(subject: &str) -> String {
    let without_tag = remove_tags(subject);
    let mut rest = without_tag.trim();
    while let Some((mark, after)) = rest.split_once([':', '：']) {
        let name = mark.trim().to_lowercase();
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^' | ' '));
        if !MARKS.contains(&name) {
            break;
        }
        rest = after.trim();
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The ticket number of a tag `[#1042]` or `[T-1042]`; the last one counts.
#[must_use]
pub(crate) fn ticket_number(subject: &str) -> Option<i64> {
    tags(subject).last().map(|(_, number)| number)
}

fn remove_tags(subject: &str) -> String {
    let mut rest = subject.to_owned();
    for (text, _) in tags(subject) {
        rest = rest.replace(text, " ");
    }
    rest
}

/// Every ticket tag with its number.
fn tags(subject: &str) -> impl DoubleEndedIterator<Item = (&str, i64)> {
    let found: Vec<(&str, i64)> = subject
        .match_indices('[')
        .filter_map(|(start, _)| {
            let tail = subject.get(start..)?;
            let text = tail.get(..=tail.find(']')?)?;
            let inner = text.trim_matches(['[', ']']).trim();
            let digits = inner.strip_prefix('#').or_else(|| inner.strip_prefix("T-")).or_else(|| inner.strip_prefix("t-"))?;
            let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
            Some((text, number))
        })
        .collect();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_tags_do_not_change_a_subject() {
        for subject in
            ["Broken lift", "Re: Broken  lift", "AW: Fwd[2]: SV: [#1042] Broken lift", "RE: [T-7] re: Broken lift", "回复：Broken lift"]
        {
            assert_eq!(normalise(subject), "Broken lift", "{subject}");
        }
        assert_eq!(normalise("Note: lift broken"), "Note: lift broken");
        assert_eq!(normalise(""), "");
    }

    #[test]
    fn only_our_own_tag_names_a_ticket() {
        assert_eq!(ticket_number("Re: [#1042] x"), Some(1042));
        assert_eq!(ticket_number("Re: [T-1042] x"), Some(1042));
        assert_eq!(ticket_number("[list] PO #1042"), None);
        assert_eq!(ticket_number("[#99999999999999999999]"), None);
        assert_eq!(ticket_number("[#]"), None);
    }
}
