//! What a person wrote in a reply, without the mail they answered, forwarded headers and signatures.
//!
//! Trimming chooses what is shown first; the whole text is kept beside it, so a wrong cut loses nothing. When in doubt a
//! line stays: quotes answered in between stay, and so does everything inside a block of code.

mod attribution;
mod line;
#[cfg(test)]
mod tests;

use attribution::length_at;
use line::{Kind, classify, is_header};

/// One line of the text and what it is.
struct Line<'a> {
    text: &'a str,
    kind: Kind,
}

/// Signatures longer than this many lines are taken for text.
const SIGNATURE_LINES: usize = 15;
/// Each round takes away one more introduction between answers; nobody answers this often in one mail.
const MAX_ROUNDS: usize = 100;
/// So many header lines in a row begin an embedded mail.
const HEADER_LINES: usize = 3;

/// The part of a plain text mail that its sender wrote.
#[must_use]
pub(crate) fn trim(text: &str) -> String {
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = read(&normal);
    let before = lines.len();
    let strip_only = drop_empty_ends(&mut lines);
    for _ in 0..MAX_ROUNDS {
        let length = lines.len();
        drop_closing(&mut lines);
        drop_signature(&mut lines);
        drop_opening(&mut lines);
        drop_embedded(&mut lines);
        drop_closing_quotes(&mut lines);
        if lines.len() == length {
            break;
        }
    }
    if lines.len() + 1 >= before && strip_only <= 1 {
        return normal;
    }
    let mut kept = lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
    if normal.ends_with('\n') && !kept.is_empty() {
        kept.push('\n');
    }
    kept
}

/// Splits into lines and names each.
fn read(text: &str) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut in_code = false;
    for text in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let fence = text.trim_start().starts_with("```");
        let kind = if in_code || fence { Kind::Text } else { classify(text) };
        in_code ^= fence;
        lines.push(Line { text, kind });
    }
    mark_attributions(&mut lines);
    mark_headers(&mut lines);
    lines
}

/// An attribution such as "On Monday, ... wrote:" may be broken over several lines.
fn mark_attributions(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let rest = lines.get(at..).unwrap_or_default();
        let candidate = rest.first().is_some_and(|line| matches!(line.kind, Kind::Text | Kind::Delimiter));
        let texts: Vec<&str> = rest.iter().take(6).map(|line| line.text).collect();
        let count = if candidate { length_at(&texts) } else { 0 };
        for line in lines.iter_mut().skip(at).take(count) {
            line.kind = Kind::Attribution;
        }
        at += count.max(1);
    }
}

/// Several header lines in a row are the head of an embedded mail; one alone is text. A subject may go on for a line.
fn mark_headers(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let mut end = at;
        let mut count = 0;
        let mut folded = false;
        while let Some(line) = lines.get(end).filter(|line| line.kind != Kind::Empty) {
            if line.kind == Kind::Text && is_header(line.text) {
                (count, folded) = (count + 1, false);
            } else if count > 0 && !folded && line.kind == Kind::Text {
                folded = true;
            } else {
                break;
            }
            end += 1;
        }
        if count >= HEADER_LINES && at < end {
            let end = end - usize::from(folded);
            lines.iter_mut().take(end).skip(at).for_each(|line| line.kind = Kind::Embedded);
        }
        at = end.max(at + 1);
    }
}

/// The number of empty lines taken off both ends.
fn drop_empty_ends(lines: &mut Vec<Line<'_>>) -> usize {
    let length = lines.len();
    while lines.last().is_some_and(|line| line.kind == Kind::Empty) {
        lines.pop();
    }
    let opening = lines.iter().take_while(|line| line.kind == Kind::Empty).count();
    lines.drain(..opening);
    length - lines.len()
}

fn drop_closing(lines: &mut Vec<Line<'_>>) {
    while lines.last().is_some_and(|line| matches!(line.kind, Kind::Empty | Kind::Delimiter | Kind::SignatureMark | Kind::Signature)) {
        lines.pop();
    }
}

/// Cuts a signature: its mark, then nothing but a few lines of text.
fn drop_signature(lines: &mut Vec<Line<'_>>) {
    let Some(mark) = lines.iter().rposition(|line| line.kind == Kind::SignatureMark) else { return };
    let after = lines.get(mark..).unwrap_or_default();
    let short = after.iter().filter(|line| line.kind == Kind::Text).count() <= SIGNATURE_LINES;
    let plain = after.iter().all(|line| !matches!(line.kind, Kind::Attribution | Kind::Embedded | Kind::Quote));
    let said = lines.iter().take(mark).any(|line| line.kind != Kind::Empty);
    if short && plain && said {
        lines.truncate(mark);
    }
}

/// A mail that begins with what it answers or forwards: the introduction goes, and the quote when something follows it.
fn drop_opening(lines: &mut Vec<Line<'_>>) {
    let empty = lines.iter().take_while(|line| line.kind == Kind::Empty).count();
    lines.drain(..empty);
    let opening = lines.iter().take_while(|line| matches!(line.kind, Kind::Attribution | Kind::Embedded)).count();
    if opening == 0 {
        return;
    }
    let quoted = lines.iter().skip(opening).take_while(|line| matches!(line.kind, Kind::Quote | Kind::Empty)).count();
    let followed = lines.len() > opening + quoted;
    lines.drain(..if followed { opening + quoted } else { opening });
}

/// The first attribution or embedded head after some text: all from there on goes, unless the quote is answered in
/// between, when only the introduction goes.
fn drop_embedded(lines: &mut Vec<Line<'_>>) {
    let Some(start) = lines.iter().position(|line| matches!(line.kind, Kind::Attribution | Kind::Embedded)) else { return };
    if start == 0 {
        return;
    }
    let kind = lines.get(start).map(|line| line.kind);
    let rest = lines.get(start..).unwrap_or_default();
    let head = rest.iter().take_while(|line| Some(line.kind) == kind).count();
    let quoted = rest.iter().skip(head).take_while(|line| matches!(line.kind, Kind::Quote | Kind::Empty)).count();
    let quotes = rest.iter().skip(head).find(|line| line.kind != Kind::Empty).is_some_and(|line| line.kind == Kind::Quote);
    let answered = rest.iter().skip(head + quoted).any(|line| line.kind == Kind::Text);
    if kind == Some(Kind::Attribution) && quotes && answered {
        lines.drain(start..start + head);
    } else {
        lines.truncate(start);
    }
}

/// Quotes at the end go when something was said before them, or when they quote nothing but introductions.
fn drop_closing_quotes(lines: &mut Vec<Line<'_>>) {
    let said = lines.iter().rposition(|line| !matches!(line.kind, Kind::Quote | Kind::Empty));
    match said {
        Some(last) => lines.truncate(last + 1),
        None if lines.iter().all(|line| attribution::is_quoted(line.text)) => lines.clear(),
        None => {}
    }
}
