//! Which ticket a mail belongs to, and on what evidence.
//!
//! The rules run in order and the first that hits decides; every step is kept as a trace. Evidence that a stranger can
//! have copied (a thread he was forwarded, a newsletter) needs the sender to belong to the ticket as well. Nothing here
//! reads the database: the facts are gathered before, by the evidence that [`evidence`] lists.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::address;
use super::mime::Mail;
use super::subject;
use super::token::Signer;
use crate::vocabulary::Status;

words! {
    /// A rule of the resolver, in order.
    pub(crate) enum Rule {
        Token = "token",
        Thread = "thread",
        MessageId = "message_id",
        SubjectTag = "subject_tag",
        None = "none",
    }
}

/// What a mail refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Tickets of valid signed addresses.
    pub tokens: Vec<Uuid>,
    /// Ids to look up among stored messages, most telling first.
    pub message_ids: Vec<String>,
    /// Tickets of valid ids of ours and of our reference in the text.
    pub signed_ids: Vec<Uuid>,
    pub number: Option<i64>,
}

/// What the resolver knows about a ticket.
#[derive(Clone, Debug)]
pub(crate) struct TicketFacts {
    pub id: Uuid,
    pub status: Status,
    pub closed_at: Option<DateTime<Utc>>,
    pub subject: String,
    /// Requester, copies and vendors, in lower case.
    pub participants: Vec<String>,
}

impl TicketFacts {
    /// A participant, or someone of the same organisation as one.
    fn knows(&self, sender: &str) -> bool {
        self.participants.iter().any(|known| known == sender || address::same_organisation(known, sender))
    }
}

/// The facts that were gathered for one mail.
pub(crate) trait Index {
    /// The ticket that stands for `id` after merges.
    fn ticket(&self, id: Uuid) -> Option<&TicketFacts>;
    fn by_number(&self, number: i64) -> Option<Uuid>;
    /// The ticket of the stored message, in or out, with this id or alias.
    fn by_message_id(&self, id: &str) -> Option<Uuid>;
}

/// One candidate and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Step {
    pub rule: Rule,
    #[schema(max_length = 998)]
    pub candidate: String,
    #[schema(value_type = String, max_length = 40)]
    pub outcome: Cow<'static, str>,
}

impl Step {
    #[must_use]
    pub(crate) const fn new(rule: Rule, candidate: String, outcome: &'static str) -> Self {
        Self { rule, candidate, outcome: Cow::Borrowed(outcome) }
    }
}

/// Where a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    New {
        /// A ticket it refers to but does not belong to.
        continues: Option<Uuid>,
    },
    Append {
        ticket: Uuid,
        /// False for a stranger who holds a signed address: people see it, the customer does not.
        public: bool,
        subject_changed: bool,
    },
    /// A new ticket after one that is closed for good.
    FollowUp { of: Uuid },
}

/// The decision and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub rule: Rule,
    pub placement: Placement,
    pub trace: Vec<Step>,
}

/// What to look up for a mail. `recipients` are the addresses it came by, envelope first.
#[must_use]
pub(crate) fn evidence(mail: &Mail, recipients: &[String], signer: &Signer) -> Evidence {
    let addressed = recipients.iter().map(String::as_str).chain(mail.recipients());
    let mut tokens: Vec<Uuid> = addressed.filter_map(|recipient| signer.read_address(recipient)).collect();
    tokens.dedup();
    let threaded = mail.in_reply_to.iter().chain(mail.references.iter().rev()).chain(&mail.aliases);
    let mut message_ids: Vec<String> = Vec::new();
    for id in threaded {
        if !message_ids.contains(id) {
            message_ids.push(id.clone());
        }
    }
    let signed = message_ids.iter().filter_map(|id| signer.read_message_id(id));
    let signed_ids = signed.chain(signer.read_body(&mail.text)).collect();
    Evidence { tokens, message_ids, signed_ids, number: subject::ticket_number(&mail.subject) }
}

/// Decides. `reopen_window` is how long after closing an answer reopens a ticket.
#[must_use]
pub(crate) fn resolve(mail: &Mail, evidence: &Evidence, index: &impl Index, now: DateTime<Utc>, reopen_window: TimeDelta) -> Resolution {
    let mut search =
        Search { sender: mail.sender().unwrap_or_default(), subject: &mail.subject, index, now, reopen_window, trace: Vec::new() };
    let found = search.run(evidence);
    let (rule, placement) = found.unwrap_or((Rule::None, Placement::New { continues: None }));
    if rule == Rule::None {
        search.note(Rule::None, String::new(), "new_ticket");
    }
    Resolution { rule, placement, trace: search.trace }
}

struct Search<'a, I> {
    sender: &'a str,
    subject: &'a str,
    index: &'a I,
    now: DateTime<Utc>,
    reopen_window: TimeDelta,
    trace: Vec<Step>,
}

impl<'a, I: Index> Search<'a, I> {
    fn run(&mut self, evidence: &Evidence) -> Option<(Rule, Placement)> {
        for ticket in &evidence.tokens {
            if let Some(facts) = self.root(Rule::Token, &ticket.to_string(), Some(*ticket)) {
                let public = facts.knows(self.sender);
                self.note(Rule::Token, ticket.to_string(), if public { "hit" } else { "hit_by_stranger" });
                return Some((Rule::Token, self.place(facts, public)));
            }
        }
        for id in &evidence.message_ids {
            if let Some(placement) = self.guarded(Rule::Thread, id, self.index.by_message_id(id)) {
                return Some((Rule::Thread, placement));
            }
        }
        for ticket in &evidence.signed_ids {
            if let Some(placement) = self.guarded(Rule::MessageId, &ticket.to_string(), Some(*ticket)) {
                return Some((Rule::MessageId, placement));
            }
        }
        let number = evidence.number?;
        let facts = self.root(Rule::SubjectTag, &format!("#{number}"), self.index.by_number(number))?;
        if !facts.knows(self.sender) {
            // Anybody can write a number: it is no sign of a continuation.
            self.note(Rule::SubjectTag, format!("#{number}"), "sender_unknown");
            return None;
        }
        self.note(Rule::SubjectTag, format!("#{number}"), "hit");
        Some((Rule::SubjectTag, self.place(facts, true)))
    }

    /// A hit that needs the sender to belong to the ticket; otherwise a new ticket that points at it.
    fn guarded(&mut self, rule: Rule, candidate: &str, ticket: Option<Uuid>) -> Option<Placement> {
        let facts = self.root(rule, candidate, ticket)?;
        if facts.knows(self.sender) {
            self.note(rule, candidate.to_owned(), "hit");
            return Some(self.place(facts, true));
        }
        self.note(rule, candidate.to_owned(), "sender_unknown");
        Some(Placement::New { continues: Some(facts.id) })
    }

    /// The ticket that stands for a candidate, noting when there is none.
    fn root(&mut self, rule: Rule, candidate: &str, ticket: Option<Uuid>) -> Option<&'a TicketFacts> {
        let found = ticket.and_then(|id| self.index.ticket(id));
        if found.is_none() {
            self.note(rule, candidate.to_owned(), "not_found");
        }
        found
    }

    fn place(&self, facts: &TicketFacts, public: bool) -> Placement {
        let closed_for_good = facts.status == Status::Closed && facts.closed_at.is_none_or(|closed| self.now - closed > self.reopen_window);
        if closed_for_good {
            return Placement::FollowUp { of: facts.id };
        }
        let subject_changed = !subject::normalise(&facts.subject).eq_ignore_ascii_case(&subject::normalise(self.subject));
        Placement::Append { ticket: facts.id, public, subject_changed }
    }

    fn note(&mut self, rule: Rule, candidate: String, outcome: &'static str) {
        self.trace.push(Step::new(rule, candidate, outcome));
    }
}
