//! Signed references to tickets in addresses, Message-IDs and text that we send, so that an answer finds its ticket even
//! when a mail program drops the thread.
//!
//! The code is an 80-bit HMAC under a key derived from the deployment's secret; a guessed reference is as good as none.
//! Written in base 32, because some relays write addresses in lower case.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const CODE_BYTES: usize = 10;
/// A link is all that its holder shows, so its key is longer.
const LINK_BYTES: usize = 20;
/// 128 bits in base 32.
const ID_LENGTH: usize = 26;
const CODE_LENGTH: usize = 16;

/// Makes and verifies references.
#[derive(Clone)]
pub(crate) struct Signer {
    key: [u8; 32],
}

impl Signer {
    /// `key` comes from the deployment's secret, for this purpose only.
    #[must_use]
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// `help@example.com` as `help+t<ticket>.<code>@example.com`: the Reply-To of what we send about a ticket.
    #[must_use]
    pub(crate) fn reply_address(&self, mailbox: &str, ticket: Uuid) -> String {
        let code = self.code(&["address", &mailbox.to_lowercase()], &[ticket]);
        match mailbox.rsplit_once('@') {
            Some((local, domain)) => format!("{local}+t{}.{code}@{domain}", encode(ticket.as_bytes())),
            None => mailbox.to_owned(),
        }
    }

    /// The ticket that a plus-address of ours names.
    #[must_use]
    pub(crate) fn read_address(&self, address: &str) -> Option<Uuid> {
        let lower = address.to_lowercase();
        let (mailbox, tag) = super::address::split_plus(&lower);
        let (ticket, code) = tag?.strip_prefix('t')?.split_once('.')?;
        let ticket = decode(ticket)?;
        self.verify(&["address", &mailbox], &[ticket], code).then_some(ticket)
    }

    /// `t.<ticket>.<message>.<code>@domain`: the Message-ID of a message we send, without brackets.
    #[must_use]
    pub(crate) fn message_id(&self, domain: &str, ticket: Uuid, message: Uuid) -> String {
        let code = self.code(&["message"], &[ticket, message]);
        format!("t.{}.{}.{code}@{domain}", encode(ticket.as_bytes()), encode(message.as_bytes()))
    }

    /// The ticket that a Message-ID of ours names.
    #[must_use]
    pub(crate) fn read_message_id(&self, id: &str) -> Option<Uuid> {
        let lower = super::address::local_part(id).to_lowercase();
        let mut fields = lower.strip_prefix("t.")?.split('.');
        let (ticket, message, code) = (decode(fields.next()?)?, decode(fields.next()?)?, fields.next()?);
        (fields.next().is_none() && self.verify(&["message"], &[ticket, message], code)).then_some(ticket)
    }

    /// `ref:<ticket>.<code>`: a line at the foot of what we send.
    #[must_use]
    pub(crate) fn body_reference(&self, ticket: Uuid) -> String {
        format!("ref:{}.{}", encode(ticket.as_bytes()), self.code(&["body"], &[ticket]))
    }

    /// The first valid reference in a text.
    #[must_use]
    pub(crate) fn read_body(&self, text: &str) -> Option<Uuid> {
        text.match_indices("ref:").find_map(|(start, mark)| {
            let tail = text.get(start + mark.len()..)?;
            let ticket = decode(tail.get(..ID_LENGTH)?)?;
            let code = tail.get(ID_LENGTH..)?.strip_prefix('.')?.get(..CODE_LENGTH)?;
            self.verify(&["body"], &[ticket], code).then_some(ticket)
        })
    }

    /// The key of a link that needs no login, in 32 letters: whoever has it may do what the link is for.
    #[must_use]
    pub(crate) fn link_token(&self, purpose: &str, id: Uuid) -> String {
        let bytes = self.mac(&["link", purpose], &[id]).map(|mac| mac.finalize().into_bytes());
        bytes.and_then(|bytes| bytes.get(..LINK_BYTES).map(encode)).unwrap_or_default()
    }

    fn mac(&self, labels: &[&str], ids: &[Uuid]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        for label in labels {
            mac.update(label.as_bytes());
            mac.update(&[0]);
        }
        for id in ids {
            mac.update(id.as_bytes());
        }
        Some(mac)
    }

    fn code(&self, labels: &[&str], ids: &[Uuid]) -> String {
        let bytes = self.mac(labels, ids).map(|mac| mac.finalize().into_bytes());
        bytes.and_then(|bytes| bytes.get(..CODE_BYTES).map(encode)).unwrap_or_default()
    }

    fn verify(&self, labels: &[&str], ids: &[Uuid], code: &str) -> bool {
        let Some((bytes, mac)) = bits(code, CODE_LENGTH).zip(self.mac(labels, ids)) else { return false };
        mac.verify_truncated_left(&bytes).is_ok()
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut pending, mut count) = (0_u32, 0_u32);
    for byte in bytes {
        pending = (pending << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(letter(pending >> count));
        }
        pending &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(letter(pending << (5 - count)));
    }
    text
}

fn letter(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or_default();
    ALPHABET.get(index).map_or('a', |byte| char::from(*byte))
}

fn decode(text: &str) -> Option<Uuid> {
    Uuid::from_slice(bits(text, ID_LENGTH)?.get(..16)?).ok()
}

/// The bytes of a base 32 text of exactly `length` letters.
fn bits(text: &str, length: usize) -> Option<Vec<u8>> {
    if text.len() != length {
        return None;
    }
    let mut bytes = Vec::with_capacity(length * 5 / 8);
    let (mut pending, mut count) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte)?;
        pending = (pending << 5) | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((pending >> count) & 255).ok()?);
        }
        pending &= (1 << count) - 1;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: Uuid = Uuid::from_u128(0x0190_1234_5678_7abc_8def_0123_4567_89ab);

    #[test]
    fn a_reference_names_its_ticket() {
        let signer = Signer::new([7; 32]);
        let address = signer.reply_address("Help@Example.com", TICKET);
        assert!(super::super::address::local_part(&address).len() <= 64, "{address}");
        assert_eq!(signer.read_address(&address), Some(TICKET));
        assert_eq!(signer.read_address(&address.to_uppercase()), Some(TICKET));
        let id = signer.message_id("example.com", TICKET, Uuid::from_u128(5));
        assert_eq!(signer.read_message_id(&id), Some(TICKET));
        assert_eq!(signer.read_body(&format!("Thanks!\n--\n{} ", signer.body_reference(TICKET))), Some(TICKET));
    }

    #[test]
    fn a_forged_or_moved_reference_names_nothing() {
        let signer = Signer::new([7; 32]);
        let address = signer.reply_address("help@example.com", TICKET);
        assert_eq!(Signer::new([8; 32]).read_address(&address), None);
        assert_eq!(signer.read_address(&address.replace("help+", "sales+")), None);
        assert_eq!(signer.read_address("help+t.@example.com"), None);
        assert_eq!(signer.read_message_id("t.a.b.c@example.com"), None);
        assert_eq!(signer.read_message_id(&signer.message_id("x", TICKET, TICKET).replace("t.", "t.a")), None);
        assert_eq!(signer.read_body("ref:é"), None);
    }
}
