//! What kind of sender a mail has: a person, a program that answers by itself, a list, a mail system, or ourselves.
//!
//! A class never discards a mail. It decides whether clocks start, whether tickets reopen and whether an automatic answer
//! may be sent; the last has more reasons for no than there are classes.

use kernel::words;

use super::address;
use super::mime::Mail;

words! {
    /// What sent a mail.
    pub(crate) enum AutoClass {
        /// A person, as far as can be seen.
        None = "none",
        AutoReply = "auto_reply",
        Bounce = "bounce",
        Bulk = "bulk",
        /// One of our own mails come back.
        Own = "own",
    }

    /// Why no automatic answer is sent.
    pub(crate) enum Silence {
        AutoSubmitted = "auto_submitted",
        Precedence = "precedence",
        List = "list",
        Suppressed = "suppressed",
        NullReturnPath = "null_return_path",
        Report = "report",
        UnreadSender = "unread_sender",
        OwnSender = "own_sender",
        Loop = "loop",
        NoSender = "no_sender",
        BreakerOpen = "breaker_open",
        AlreadyAcknowledged = "already_acknowledged",
        AddressLimit = "address_limit",
        AddressSuppressed = "address_suppressed",
        /// The mail opened no ticket.
        NotNew = "not_new",
        /// The mailbox does not acknowledge, or there is none.
        NotAsked = "not_asked",
    }
}

/// Ourselves, as loops would show it.
pub(crate) struct Ours<'a> {
    /// Every address that we receive at, in lower case.
    pub addresses: &'a [String],
    /// The value of our `X-Loop-Id`.
    pub loop_id: &'a str,
}

impl Ours<'_> {
    fn sent(&self, mail: &Mail) -> bool {
        mail.sender().is_some_and(|sender| self.addresses.contains(&address::split_plus(sender).0))
    }

    fn looped(&self, mail: &Mail) -> bool {
        mail.headers("x-loop-id").any(|value| value == self.loop_id)
    }
}

/// The class of a mail; the first that fits of: our own, a bounce, an automatic answer, bulk.
#[must_use]
pub(crate) fn classify(mail: &Mail, ours: &Ours<'_>) -> AutoClass {
    if ours.looped(mail) || ours.sent(mail) {
        return AutoClass::Own;
    }
    let daemon = mail.sender().is_some_and(address::is_daemon);
    if mail.report.is_some() || mail.report_type.as_deref() == Some("delivery-status") || (daemon && mail.null_return_path) {
        return AutoClass::Bounce;
    }
    let precedence = precedence(mail);
    let marked = mail.headers("x-autoreply").chain(mail.headers("x-autorespond")).any(|value| !value.eq_ignore_ascii_case("no"));
    if is_auto_submitted(mail) || marked || mail.report_type.is_some() || precedence.as_deref() == Some("auto_reply") {
        return AutoClass::AutoReply;
    }
    if is_list(mail) || matches!(precedence.as_deref(), Some("bulk" | "list" | "junk")) {
        return AutoClass::Bulk;
    }
    AutoClass::None
}

/// Every reason in the mail itself for which it gets no automatic answer.
#[must_use]
pub(crate) fn silences(mail: &Mail, ours: &Ours<'_>) -> Vec<Silence> {
    let suppressed = mail.headers("x-auto-response-suppress").any(|value| {
        let mut words = value.split(',').map(|word| word.trim().to_lowercase());
        words.any(|word| matches!(word.as_str(), "all" | "autoreply" | "oof"))
    });
    let rules = [
        (Silence::Loop, ours.looped(mail)),
        (Silence::OwnSender, ours.sent(mail)),
        (Silence::NoSender, mail.sender().is_none()),
        (Silence::AutoSubmitted, is_auto_submitted(mail)),
        (Silence::Precedence, matches!(precedence(mail).as_deref(), Some("bulk" | "list" | "junk" | "auto_reply"))),
        (Silence::List, is_list(mail)),
        (Silence::Suppressed, suppressed),
        (Silence::NullReturnPath, mail.null_return_path),
        (Silence::Report, mail.report_type.is_some() || mail.report.is_some()),
        (Silence::UnreadSender, mail.sender().is_some_and(address::is_unread)),
    ];
    rules.into_iter().filter_map(|(silence, holds)| holds.then_some(silence)).collect()
}

fn is_auto_submitted(mail: &Mail) -> bool {
    mail.headers("auto-submitted").any(|value| {
        let word = value.split(';').next().unwrap_or_default().trim();
        !word.is_empty() && !word.eq_ignore_ascii_case("no")
    })
}

fn is_list(mail: &Mail) -> bool {
    mail.headers("list-id").next().is_some()
}

fn precedence(mail: &Mail) -> Option<String> {
    mail.headers("precedence").next().map(|value| value.trim().to_lowercase())
}
