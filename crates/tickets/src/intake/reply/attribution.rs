//! Lines that say who wrote what follows: "On Monday at 10:30, Jane <jane@example.com> wrote:", in several languages and
//! broken where mail programs break them.

use std::sync::LazyLock;

use regex::Regex;

/// The longest attribution looked for.
const LONGEST: usize = 300;

/// "wrote", as mail programs say it; lower case.
const VERBS: &str = r"(wrote|writes|schrieb|a écrit|ha scritto|escribió|escreveu|skrev|het volgende geschreven|schreef|napisał|написал|пише|写道|kirjoitti)";

#[expect(clippy::expect_used, reason = "the patterns are constants, tried by every test of this module")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("constant pattern")
}

/// A verb of writing, with nothing after it but a name or address before the colon.
static SAYS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(^|[^\p{{L}}]){VERBS}(\(a\))?(\s*[:：]?\s*-*$|\s.*[:：]$)")));
/// A first word, number or weekday that introduces a date.
static DATED_START: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(-{2,} )?(on|at|am|op|le|il|den|dnia|em|el|på|в|在|\d{1,4}[ ./-]|\p{Cyrillic}{6,12}, \d)"));
/// A time of day, a year, or a date in digits.
static DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{1,2}[:.]\d{2}|(19|20)\d\d|\d{1,2}[./]\d{1,2}"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(<|&lt;|\[)\s*(mailto:)?[^<>]*[^\s<>@]+@[^\s<>@]+\s*(>|&gt;|\])"));
/// "2016-10-24 15:36 GMT+02:00 Jane <jane@example.com>:".
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}( \d{1,2}:\d{2})?( gmt\S*)? \S.*$"));

/// How many of the first lines are one attribution; 0 when they are none.
pub(super) fn length_at(lines: &[&str]) -> usize {
    let mut joined = String::new();
    for (count, line) in (1..).zip(lines) {
        let bare = line.trim();
        if bare.is_empty() {
            let goes_on = lines.get(count).is_some_and(|next| next.trim_start().starts_with('<'));
            if joined.is_empty() || !goes_on {
                return 0;
            }
            continue;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&bare.to_lowercase());
        if joined.len() > LONGEST {
            return 0;
        }
        if is_attribution(&joined) {
            return count;
        }
        if ends_a_sentence(bare) || !may_begin(&joined) {
            return 0;
        }
    }
    0
}

/// A quoted line that only introduces another quote, or is empty.
pub(super) fn is_quoted(line: &str) -> bool {
    let bare = line.trim_start_matches(['>', ' ']).trim();
    bare.is_empty() || is_attribution(&bare.to_lowercase())
}

fn is_attribution(text: &str) -> bool {
    if NUMBERED.is_match(text) {
        return (ADDRESS.is_match(text) && text.ends_with(['>', ':'])) || (text.contains(" gmt") && !text.contains('<'));
    }
    let dated = DATED_START.is_match(text) && DATE.is_match(text);
    let says = SAYS.is_match(text);
    (says && (dated || ADDRESS.is_match(text))) || (dated && text.starts_with("am ") && ADDRESS.is_match(text) && text.ends_with(':'))
}

/// Whether more lines could make it one.
fn may_begin(text: &str) -> bool {
    DATED_START.is_match(text) || ADDRESS.is_match(text)
}

fn ends_a_sentence(line: &str) -> bool {
    let mut back = line.chars().rev();
    let last = back.next();
    let numbered = back.next().is_some_and(|c| c.is_ascii_digit());
    matches!(last, Some('!' | '?')) || (last == Some('.') && !numbered)
}
