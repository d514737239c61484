//! Mails in mails: how deep they may be before reading them costs too much memory or stack.
//!
//! The parser walks nested mails without recursion but copies and drops encoded ones by recursion. RFC 2045 (6.4) forbids
//! to encode a nested mail at all, so the encoding of one is taken away before the parser sees it.

use std::borrow::Cow;

/// Mentions of container types in one mail; digests of lists have hundreds.
const MAX_CONTAINERS: usize = 1_000;
const ENCODING: &[u8] = b"content-transfer-encoding";

/// True for a mail with so many containers that only its head should be read. Text that merely names media types counts
/// too; that costs such a mail its list of attachments and nothing else.
#[must_use]
pub(super) fn is_too_deep(raw: &[u8]) -> bool {
    count(raw, b"message/") + count(raw, b"multipart/") >= MAX_CONTAINERS
}

/// The mail with the transfer encoding of nested mails made unreadable; all offsets stay.
#[must_use]
pub(super) fn without_encoded_mails(raw: &[u8]) -> Cow<'_, [u8]> {
    let digest = count(raw, b"/digest") > 0;
    if (count(raw, b"message/") == 0 && !digest) || count(raw, ENCODING) == 0 {
        return Cow::Borrowed(raw);
    }
    let mut copy = raw.to_vec();
    let mut block: Vec<(usize, &[u8])> = Vec::new();
    let mut at = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n').chain(std::iter::once(&b"\n"[..])) {
        if line == b"\n" || line == b"\r\n" {
            if nests(&block, digest) {
                block.iter().filter(|(_, line)| is_field(line, ENCODING)).for_each(|(start, _)| mask(&mut copy, *start));
            }
            block.clear();
        } else {
            block.push((at, line));
        }
        at += line.len();
    }
    Cow::Owned(copy)
}

/// True for the lines of a head that makes its part a mail.
fn nests(block: &[(usize, &[u8])], digest: bool) -> bool {
    let mut kind: Option<Vec<u8>> = None;
    let mut within = false;
    for (_, line) in block {
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        within = if folded { within } else { is_field(line, b"content-type") };
        if within {
            kind.get_or_insert_default().extend(line.iter());
        }
    }
    kind.map_or(digest, |kind| count(&kind, b"message/") > 0)
}

fn is_field(line: &[u8], name: &[u8]) -> bool {
    let before = line.split(|byte| *byte == b':').next().unwrap_or_default();
    before.trim_ascii().eq_ignore_ascii_case(name) && before.len() < line.len()
}

/// Makes the name of a field one that nobody knows.
fn mask(copy: &mut [u8], start: usize) {
    if let Some(byte) = copy.iter_mut().skip(start).find(|byte| !byte.is_ascii_whitespace()) {
        *byte = b'X';
    }
}

fn count(raw: &[u8], name: &[u8]) -> usize {
    raw.windows(name.len()).filter(|window| window.eq_ignore_ascii_case(name)).take(MAX_CONTAINERS).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_nested_mail_loses_its_encoding() {
        let raw = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk=\r\n\
            --x\r\nContent-Type:\r\n message/rfc822\r\nContent-Transfer-Encoding : base64\r\n\r\nSGk=\r\n--x--\r\n";
        let text = String::from_utf8(without_encoded_mails(raw).into_owned()).unwrap();
        assert_eq!(text.matches("\r\nContent-Transfer-Encoding: base64").count(), 1);
        assert_eq!(text.matches("Xontent-Transfer-Encoding : base64").count(), 1);
        assert_eq!(text.len(), raw.len());
        assert!(matches!(without_encoded_mails(b"Content-Transfer-Encoding: base64\r\n\r\nSGk="), Cow::Borrowed(_)));
    }
}
