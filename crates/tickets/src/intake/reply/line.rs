//! What one line of a mail looks like, by itself.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    Text,
    Quote,
    /// A ruled line.
    Delimiter,
    /// A ruled line of the kind that introduces a signature.
    SignatureMark,
    /// "Sent from my telephone".
    Signature,
    /// "On Monday, Jane wrote:".
    Attribution,
    /// The head of an embedded mail, or the line that announces it.
    Embedded,
}

/// Lines that mail programs add by themselves, lower case.
const SIGNATURES: [&str; 10] = [
    r"^[\W_]*(sent|from) (from|via|with|by|my)\b.{0,100}$",
    r"^[\W_]*sent by \w+\W*$",
    r"^\w+ from mobile$",
    r"^(envoyé|enviado|inviato|verzonden|skickat|sendt|gesendet|wysłane|wysłano|отправлено) .{0,80}$",
    r"^von mein\w+ .{1,60} gesendet\W*$",
    r"^diese nachricht wurde von mein\w+ .{1,80} gesendet\W*$",
    r"^從我的 .{1,40} 傳送$",
    r"^发自我的.{1,40}$",
    r"^get \[?outlook for .{1,80}$",
    r"^provided by .{1,60}$",
];

/// Lines that announce an embedded mail, lower case and without ruling.
const ANNOUNCEMENTS: [&str; 12] = [
    "original message",
    "forwarded message",
    "reply message",
    "begin forwarded message:",
    "ursprüngliche nachricht",
    "weitergeleitete nachricht",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "message d'origine",
    "oorspronkelijk bericht",
    "originalmeddelande",
];

/// Names of header fields as mail programs write them above an embedded mail, lower case.
const HEADERS: [&str; 48] = [
    "from",
    "sent",
    "to",
    "cc",
    "bcc",
    "date",
    "subject",
    "reply-to",
    "importance",
    "organization",
    "von",
    "gesendet",
    "an",
    "datum",
    "betreff",
    "antwort an",
    "de",
    "enviado",
    "para",
    "fecha",
    "asunto",
    "data",
    "assunto",
    "envoyé",
    "à",
    "objet",
    "da",
    "a",
    "inviato",
    "oggetto",
    "risposta",
    "van",
    "verzonden",
    "aan",
    "onderwerp",
    "från",
    "skickat",
    "till",
    "ämne",
    "fra",
    "sendt",
    "til",
    "emne",
    "od",
    "wysłano",
    "do",
    "temat",
    "lähettäjä",
];

#[expect(clippy::expect_used, reason = "the patterns are constants, tried by every test of this module")]
static SIGNATURE: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new(SIGNATURES).expect("constant patterns"));

#[expect(clippy::expect_used, reason = "the pattern is a constant, tried by every test of this module")]
static HEADER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\W{0,3}([\p{L}][\p{L} -]{0,14}?)[*\s]{0,3}:(\W|$)").expect("constant pattern"));

pub(super) fn classify(line: &str) -> Kind {
    let bare = line.trim();
    if bare.is_empty() {
        return Kind::Empty;
    }
    if is_quote(bare) {
        return Kind::Quote;
    }
    if matches!(bare, "--" | "—" | "–") || (bare.len() >= 3 && bare.chars().all(|c| c == '_')) {
        return Kind::SignatureMark;
    }
    if is_ruled(bare) {
        return Kind::Delimiter;
    }
    if announces(bare) {
        return Kind::Embedded;
    }
    if bare.len() <= 160 && SIGNATURE.is_match(&bare.to_lowercase()) {
        return Kind::Signature;
    }
    Kind::Text
}

/// `>`, or the initials of the person quoted before it.
fn is_quote(bare: &str) -> bool {
    let initials = bare.chars().take_while(|c| c.is_ascii_alphabetic()).count();
    initials <= 3 && bare.chars().nth(initials) == Some('>')
}

fn is_ruled(bare: &str) -> bool {
    // The last is what one mail tracker leaves in the text.
    bare == "ᐧ"
        || (bare.chars().count() >= 2 && bare.chars().all(|c| matches!(c, '-' | '—' | '–' | '_' | '*' | '#' | '=' | '+' | '~' | ' ')))
}

fn announces(bare: &str) -> bool {
    let ruled = |c: char| matches!(c, '-' | '_' | '*' | '=' | ' ');
    let inner = bare.trim_matches(ruled).to_lowercase();
    let is_ruled = bare.trim_matches('*').starts_with("--") || inner.ends_with(':');
    is_ruled && ANNOUNCEMENTS.contains(&inner.as_str())
}

/// A line such as "*Sent:* Monday".
pub(super) fn is_header(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    let name = HEADER.captures(&lower).and_then(|found| found.get(1));
    name.is_some_and(|name| HEADERS.contains(&name.as_str().trim()))
}
