//! Every rule of the resolver, and what each refuses.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::intake::mime::{self, Mail};
use crate::intake::resolve::{Evidence, Index, Placement, Resolution, Rule, TicketFacts, evidence, resolve};
use crate::intake::token::Signer;
use crate::vocabulary::Status;

const TICKET: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const TARGET: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

#[derive(Default)]
struct Known {
    tickets: HashMap<Uuid, TicketFacts>,
    messages: HashMap<String, Uuid>,
}

impl Known {
    fn with(mut self, facts: TicketFacts) -> Self {
        self.tickets.insert(facts.id, facts);
        self
    }
}

impl Index for Known {
    fn ticket(&self, id: Uuid) -> Option<&TicketFacts> {
        self.tickets.get(&id)
    }

    fn by_number(&self, number: i64) -> Option<Uuid> {
        (number == 1042).then_some(TICKET)
    }

    fn by_message_id(&self, id: &str) -> Option<Uuid> {
        self.messages.get(id).copied()
    }
}

fn signer() -> Signer {
    Signer::new([3; 32])
}

fn now() -> DateTime<Utc> {
    "2026-03-02T15:00:00Z".parse().unwrap()
}

fn ticket(id: Uuid) -> TicketFacts {
    TicketFacts {
        id,
        status: Status::Open,
        closed_at: None,
        subject: "Broken lift".to_owned(),
        participants: vec!["jane@acme.test".to_owned(), "home@gmail.com".to_owned()],
    }
}

fn mail(from: &str, to: &str, head: &str) -> Mail {
    mime::read(format!("From: {from}\r\nTo: {to}\r\nMessage-ID: <m1@acme.test>\r\n{head}\r\n\r\nHello\r\n").as_bytes())
}

fn placed(mail: &Mail, known: &Known) -> Resolution {
    let evidence: Evidence = evidence(mail, &[], &signer());
    resolve(mail, &evidence, known, now(), TimeDelta::days(14))
}

fn append(public: bool, subject_changed: bool) -> Placement {
    Placement::Append { ticket: TICKET, public, subject_changed }
}

#[test]
fn a_signed_address_wins_and_a_stranger_is_not_shown_to_the_customer() {
    let known = Known::default().with(ticket(TICKET));
    let to = signer().reply_address("help@us.test", TICKET);
    let ours = placed(&mail("jane@acme.test", &to, "Subject: Re: Broken lift"), &known);
    assert_eq!((ours.rule, ours.placement), (Rule::Token, append(true, false)));
    let strangers = placed(&mail("eve@else.test", &to, "Subject: Something else"), &known);
    assert_eq!((strangers.rule, strangers.placement), (Rule::Token, append(false, true)));
    assert_eq!(strangers.trace[0].outcome, "hit_by_stranger");
}

#[test]
fn a_thread_is_followed_from_its_last_id_back() {
    let mut known = Known::default().with(ticket(TICKET)).with(ticket(TARGET));
    known.messages.insert("old@us.test".to_owned(), TARGET);
    known.messages.insert("new@us.test".to_owned(), TICKET);
    let head = "Subject: Re: Broken lift\r\nIn-Reply-To: <lost@us.test>\r\nReferences: <old@us.test>\r\n <new@us.test>";
    let found = placed(&mail("bob@acme.test", "help@us.test", head), &known);
    assert_eq!((found.rule, found.placement), (Rule::Thread, append(true, false)));
    assert_eq!(found.trace.iter().map(|step| &*step.outcome).collect::<Vec<_>>(), ["not_found", "hit"]);
}

#[test]
fn a_thread_that_a_stranger_was_forwarded_makes_a_ticket_of_its_own() {
    let mut known = Known::default().with(ticket(TICKET));
    known.messages.insert("new@us.test".to_owned(), TICKET);
    for stranger in ["eve@else.test", "other@gmail.com"] {
        let found = placed(&mail(stranger, "help@us.test", "Subject: Fwd: Broken lift\r\nReferences: <new@us.test>"), &known);
        assert_eq!(found.placement, Placement::New { continues: Some(TICKET) }, "{stranger}");
    }
}

#[test]
fn our_own_id_is_known_when_the_row_is_gone() {
    let known = Known::default().with(ticket(TICKET));
    let id = signer().message_id("us.test", TICKET, Uuid::from_u128(9));
    let found = placed(&mail("home@gmail.com", "help@us.test", &format!("Subject: hi\r\nIn-Reply-To: <{id}>")), &known);
    assert_eq!((found.rule, found.placement), (Rule::MessageId, append(true, true)));
    let forged = Signer::new([4; 32]).message_id("us.test", TICKET, Uuid::from_u128(9));
    let found = placed(&mail("home@gmail.com", "help@us.test", &format!("Subject: hi\r\nIn-Reply-To: <{forged}>")), &known);
    assert_eq!(found.placement, Placement::New { continues: None });
}

#[test]
fn a_number_in_the_subject_counts_for_those_who_belong_to_the_ticket() {
    let known = Known::default().with(ticket(TICKET));
    let found = placed(&mail("bob@acme.test", "help@us.test", "Subject: [#1042] Broken lift"), &known);
    assert_eq!((found.rule, found.placement), (Rule::SubjectTag, append(true, false)));
    let found = placed(&mail("other@gmail.com", "help@us.test", "Subject: [#1042] Broken lift"), &known);
    assert_eq!((found.rule, found.placement), (Rule::None, Placement::New { continues: None }));
}

#[test]
fn a_ticket_closed_for_good_is_followed_up() {
    let tag = mail("bob@acme.test", "help@us.test", "Subject: [#1042] Broken lift");
    for (days, expected) in [(14, append(true, false)), (15, Placement::FollowUp { of: TICKET })] {
        let closed = TicketFacts { status: Status::Closed, closed_at: Some(now() - TimeDelta::days(days)), ..ticket(TICKET) };
        assert_eq!(placed(&tag, &Known::default().with(closed)).placement, expected);
    }
}
