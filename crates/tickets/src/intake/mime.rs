//! A raw mail (RFC 5322, MIME) read into what intake decides on.
//!
//! Reading never fails: whatever cannot be understood is left out and named in `defects`, and the raw bytes are kept by
//! the caller. HTML is turned into plain text; no markup of a sender is kept or shown.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use mail_parser::{Address, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::address::{Mailbox, normalise};
use super::report::{self, DeliveryReport};
use super::{dedupe, magic, nesting};

/// More parts than this are left out of the list; the raw mail still has them.
const MAX_ATTACHMENTS: usize = 100;
/// Longer texts are cut; the raw mail has the rest.
const MAX_TEXT: usize = 1 << 20;
const MAX_SUBJECT: usize = 998;
/// Ids looked at in In-Reply-To and among other names of the mail.
const MAX_ANSWERED: usize = 20;
/// Ids looked at in References: the first and the latest.
const MAX_REFERENCES: usize = 100;

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub name: String,
    /// By content.
    pub media_type: String,
    pub sha256: String,
    pub content: Vec<u8>,
}

/// What a mail says, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    /// Without brackets, as written otherwise.
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    /// Other ids under which the same mail was known to relays.
    pub aliases: Vec<String>,
    pub subject: String,
    pub from: Option<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    /// Addresses the mail was delivered to, from transport headers.
    pub delivered_to: Vec<String>,
    pub null_return_path: bool,
    pub sent_at: Option<DateTime<Utc>>,
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// `report-type` of a multipart/report; empty when it names none.
    pub report_type: Option<String>,
    pub report: Option<DeliveryReport>,
    pub defects: Vec<&'static str>,
    /// Names in lower case, values unfolded.
    header_fields: Vec<(String, String)>,
}

impl Mail {
    /// The address in From, in lower case.
    #[must_use]
    pub(crate) fn sender(&self) -> Option<&str> {
        self.from.as_ref().map(|from| from.address.as_str())
    }

    /// The values of a header field; `name` in lower case.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.header_fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Every address that could have brought the mail here.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = &str> {
        self.delivered_to.iter().map(String::as_str).chain(self.to.iter().chain(&self.cc).map(|mailbox| mailbox.address.as_str()))
    }
}

/// Reads a mail.
#[must_use]
pub(crate) fn read(raw: &[u8]) -> Mail {
    let shallow = nesting::is_too_deep(raw);
    let readable = nesting::without_encoded_mails(raw);
    let parser = MessageParser::default();
    let parsed = if shallow { parser.parse_headers(&readable) } else { parser.parse(&readable) };
    let Some(message) = parsed.filter(|message| !message.parts.is_empty()) else {
        return Mail { text: plain(&String::from_utf8_lossy(raw)), defects: vec!["unreadable"], ..Mail::default() };
    };
    let header_fields: Vec<(String, String)> =
        message.headers_raw().map(|(name, value)| (name.to_lowercase(), unfold(value))).take(500).collect();
    let mut mail = Mail { header_fields, ..Mail::default() };
    read_ids(&mut mail, &message);
    read_people(&mut mail, &message);
    mail.subject = limited(&unfold(message.subject().unwrap_or_default()), MAX_SUBJECT);
    mail.sent_at = message.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0));
    mail.text = if shallow { body_of(raw) } else { text_of(&message) };
    if shallow {
        mail.defects.push("nested_too_deep");
    }
    mail.attachments = message.attachments().take(MAX_ATTACHMENTS).map(attachment).collect();
    if message.attachment_count() > MAX_ATTACHMENTS {
        mail.defects.push("too_many_attachments");
    }
    let kind = message.content_type().filter(|kind| kind.ctype().eq_ignore_ascii_case("multipart"));
    if let Some(kind) = kind.filter(|kind| kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))) {
        mail.report_type = Some(kind.attribute("report-type").unwrap_or_default().to_lowercase());
    }
    mail.report = report::read(&message);
    if mail.from.is_none() {
        mail.defects.push("no_sender");
    }
    take_apart(message);
    mail
}

/// Drops a message without recursion: nested ones, however many, would else be dropped by
/// as many nested calls and exhaust the stack.
fn take_apart(message: Message<'_>) {
    let mut pending = vec![message];
    while let Some(message) = pending.pop() {
        let bodies = message.parts.into_iter().map(|part| part.body);
        pending.extend(bodies.filter_map(|body| if let PartType::Message(inner) = body { Some(inner) } else { None }));
    }
}

/// Everything after the head, as it stands.
fn body_of(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let body = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).map_or("", |(_, body)| body);
    plain(body)
}

fn read_ids(mail: &mut Mail, message: &Message<'_>) {
    let own = mail.headers("message-id").find_map(normalise_id);
    mail.message_id = own;
    if mail.message_id.is_none() {
        mail.defects.push("no_message_id");
    }
    mail.in_reply_to = ids(message.in_reply_to(), mail.headers("in-reply-to"));
    mail.in_reply_to.truncate(MAX_ANSWERED);
    let mut references = ids(message.references(), mail.headers("references"));
    if references.len() > MAX_REFERENCES {
        references.drain(1..=references.len() - MAX_REFERENCES);
    }
    mail.references = references;
    let renamed = ["x-original-message-id", "original-message-id", "resent-message-id", "x-google-original-message-id"];
    mail.aliases = renamed.iter().flat_map(|name| mail.headers(name).filter_map(normalise_id)).take(MAX_ANSWERED).collect();
}

fn read_people(mail: &mut Mail, message: &Message<'_>) {
    let named = mailboxes(message.from()).into_iter().chain(mailboxes(message.sender())).next();
    mail.from = named.or_else(|| mail.headers("from").find_map(bare_address));
    mail.reply_to = mailboxes(message.reply_to());
    mail.to = message.all_to().flat_map(|list| mailboxes(Some(list))).collect();
    mail.cc = message.all_cc().flat_map(|list| mailboxes(Some(list))).collect();
    let transport = ["delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "x-envelope-to"];
    mail.delivered_to = transport.iter().flat_map(|name| mail.headers(name).filter_map(normalise)).collect();
    let null = mail.headers("return-path").next().is_some_and(|path| matches!(path.trim(), "" | "<>"));
    mail.null_return_path = null;
}

/// A Message-ID without brackets and spaces around it.
#[must_use]
pub(crate) fn normalise_id(text: &str) -> Option<String> {
    let bare = text.trim();
    let inner = match (bare.find('<'), bare.find('>')) {
        (Some(start), Some(end)) if start < end => bare.get(start + 1..end).unwrap_or(bare),
        _ => bare,
    };
    let id: String = inner.trim().chars().filter(|c| !c.is_control()).take(MAX_SUBJECT).collect();
    (!id.is_empty()).then_some(id)
}

/// The ids of a field, as parsed; when the parser sees none, whatever stands in brackets.
fn ids<'a>(parsed: &HeaderValue<'_>, raw: impl Iterator<Item = &'a str>) -> Vec<String> {
    let list: Vec<Cow<'_, str>> = match parsed {
        HeaderValue::Text(id) => vec![Cow::Borrowed(id.as_ref())],
        HeaderValue::TextList(ids) => ids.iter().map(|id| Cow::Borrowed(id.as_ref())).collect(),
        _ => raw
            .flat_map(|value| value.split('>').filter_map(|part| part.split_once('<')).map(|(_, id)| Cow::Owned(id.to_owned())))
            .collect(),
    };
    list.iter().filter_map(|id| normalise_id(id)).collect()
}

fn mailboxes(address: Option<&Address<'_>>) -> Vec<Mailbox> {
    let list = address.into_iter().flat_map(Address::iter);
    list.filter_map(|entry| {
        let address = normalise(entry.address()?)?;
        let name = entry.name().map(|name| limited(&unfold(name), 200)).filter(|name| !name.is_empty());
        Some(Mailbox { name, address })
    })
    .take(1_000)
    .collect()
}

/// An address in a field that the parser could not make out.
fn bare_address(field: &str) -> Option<Mailbox> {
    let word = field.split([' ', '<', '>', ',', ';', '"']).find(|word| word.contains('@'))?;
    Some(Mailbox { name: None, address: normalise(word)? })
}

fn text_of(message: &Message<'_>) -> String {
    let bodies: Vec<Cow<'_, str>> = (0..message.text_body_count()).filter_map(|index| message.body_text(index)).collect();
    plain(&bodies.join("\n\n"))
}

/// Text without control characters other than line ends and tabs, cut to its limit.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    limited(&kept.collect::<String>(), MAX_TEXT)
}

fn attachment(part: &MessagePart<'_>) -> Attachment {
    let declared = part.content_type().map_or_else(String::new, |kind| {
        let subtype = kind.subtype().map(|subtype| format!("/{subtype}")).unwrap_or_default();
        format!("{}{subtype}", kind.ctype()).to_lowercase()
    });
    let content = match &part.body {
        PartType::Message(inner) => inner.raw_message.to_vec(),
        _ => part.contents().to_vec(),
    };
    let media_type =
        if matches!(part.body, PartType::Message(_)) { "message/rfc822".to_owned() } else { magic::media_type(&content, &declared) };
    let name = file_name(part.attachment_name().unwrap_or_default());
    Attachment { name, media_type: limited(&unfold(&media_type), 120), sha256: dedupe::sha256(&content), content }
}

/// A file name without folders, control characters or tricks of direction.
pub(crate) fn file_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = last.chars().filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    let name = limited(shown.collect::<String>().trim().trim_start_matches('.'), 200);
    if name.is_empty() { "attachment".to_owned() } else { name }
}

/// A folded field in one line.
fn unfold(text: &str) -> String {
    text.split(|c: char| c.is_control()).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most so many bytes, cut between characters.
fn limited(text: &str, bytes: usize) -> String {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default().to_owned()
}
