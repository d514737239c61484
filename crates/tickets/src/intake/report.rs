//! Delivery status notifications (RFC 3464): which of our mails did not arrive, and where.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use serde::Serialize;

use super::address::normalise;
use super::mime::normalise_id;
use super::outgoing::recipient::RecipientState;

/// Fields in which relays keep the id that they replaced.
const RENAMED: [&str; 4] = ["x-original-message-id", "original-message-id", "resent-message-id", "x-google-original-message-id"];
const MAX_IDS: usize = 20;
/// Our reference stands at the foot of what we write.
const MAX_RETURNED: usize = 200_000;

/// A report about the delivery of one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DeliveryReport {
    /// The id of the mail it is about, without brackets.
    pub original_message_id: Option<String>,
    pub recipients: Vec<RecipientReport>,
    /// Every id the mail was known by, ours and those that relays gave it.
    #[serde(skip)]
    pub ids: Vec<String>,
    /// What came back of its text.
    #[serde(skip)]
    pub returned: String,
}

/// What happened at one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RecipientReport {
    pub address: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`; lower case, as reported.
    pub action: String,
    /// The enhanced status code, such as `5.1.1`.
    pub status: String,
}

impl RecipientReport {
    /// True when trying again would not help.
    #[must_use]
    pub(crate) fn is_permanent_failure(&self) -> bool {
        self.action == "failed" && !self.status.starts_with('4')
    }

    /// What the report says for good; none while it is under way.
    #[must_use]
    pub(crate) fn state(&self) -> Option<RecipientState> {
        let arrived = self.action == "delivered";
        if self.is_permanent_failure() { Some(RecipientState::Bounced) } else { arrived.then_some(RecipientState::Delivered) }
    }
}

/// The report in a mail; none when it holds no delivery status.
#[must_use]
pub(crate) fn read(message: &Message<'_>) -> Option<DeliveryReport> {
    let status = message.parts.iter().find(|part| is_type(part, "message", "delivery-status"))?;
    let text = String::from_utf8_lossy(content(status)).into_owned();
    let mut report = DeliveryReport::default();
    for (name, value) in fields(&text) {
        take_field(&mut report, &name, &value);
    }
    report.recipients.retain(|recipient| !recipient.address.is_empty() || !recipient.action.is_empty());
    report.recipients.truncate(200);
    report.ids.extend(report.original_message_id.clone());
    read_returned(&mut report, message);
    report.ids.dedup();
    report.ids.truncate(MAX_IDS);
    Some(report)
}

fn take_field(report: &mut DeliveryReport, name: &str, value: &str) {
    // "rfc822; jane@example.com"
    let typed = value.split_once(';').map_or(value, |(_, rest)| rest).trim();
    match name {
        "original-message-id" | "x-original-message-id" => report.original_message_id = normalise_id(value),
        "final-recipient" => match report.recipients.last_mut().filter(|last| last.address.is_empty()) {
            Some(last) => last.address = normalise(typed).unwrap_or_default(),
            None => report.recipients.push(RecipientReport { address: normalise(typed).unwrap_or_default(), ..Default::default() }),
        },
        // It is what we wrote to; the final one may be an alias of it.
        "original-recipient" => {
            let Some(address) = normalise(typed) else { return };
            match report.recipients.last_mut().filter(|last| last.action.is_empty()) {
                Some(last) => last.address = address,
                None => report.recipients.push(RecipientReport { address, ..Default::default() }),
            }
        }
        "action" => {
            if report.recipients.last().is_none_or(|last| !last.action.is_empty()) {
                report.recipients.push(RecipientReport::default());
            }
            let word: String = value.trim().to_lowercase().chars().take(40).collect();
            report.recipients.iter_mut().last().into_iter().for_each(|last| last.action.clone_from(&word));
        }
        "status" => {
            let code: String = value.split_whitespace().next().unwrap_or_default().chars().take(20).collect();
            report.recipients.iter_mut().last().into_iter().for_each(|last| last.status.clone_from(&code));
        }
        _ => {}
    }
}

/// Fields of all groups in order, names in lower case, folded lines joined.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().take(5_000) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// The mail, or its head, that came back with the report.
fn read_returned(report: &mut DeliveryReport, message: &Message<'_>) {
    for part in &message.parts {
        match &part.body {
            PartType::Message(inner) if is_type(part, "message", "rfc822") || is_type(part, "message", "global") => {
                let text = inner.body_text(0).unwrap_or_default();
                report.returned = text.chars().take(MAX_RETURNED).collect();
                read_head(report, inner);
            }
            _ if is_type(part, "text", "rfc822-headers") => {
                if let Some(head) = MessageParser::default().parse_headers(content(part)) {
                    read_head(report, &head);
                }
            }
            _ => {}
        }
    }
}

fn read_head(report: &mut DeliveryReport, head: &Message<'_>) {
    let own = head.message_id().and_then(normalise_id);
    if own.is_some() {
        report.original_message_id.clone_from(&own);
    }
    report.ids.extend(own);
    let renamed = head.headers_raw().filter(|(name, _)| RENAMED.iter().any(|known| name.eq_ignore_ascii_case(known)));
    report.ids.extend(renamed.filter_map(|(_, value)| normalise_id(value)));
}

fn content<'a>(part: &'a MessagePart<'_>) -> &'a [u8] {
    match &part.body {
        PartType::Message(inner) => &inner.raw_message,
        _ => part.contents(),
    }
}

fn is_type(part: &MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|found| {
        found.ctype().eq_ignore_ascii_case(kind) && found.subtype().is_some_and(|found| found.eq_ignore_ascii_case(subtype))
    })
}
