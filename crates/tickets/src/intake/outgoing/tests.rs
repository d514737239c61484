//! The states of an outgoing mail: every report in every state, every verdict, the last attempt.

use chrono::{DateTime, Utc};
use kernel::id::{MessageId, TicketId};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use super::model::{Delivery, Head, MailKind, MailState, Outgoing, REDACTED};
use super::recipient::{Recipient, RecipientState, Verdict};
use crate::message::model::MailHead;
use crate::rulebook::MailSettings;

fn touch(at: &str) -> Touch {
    Touch { at: at.parse().unwrap(), by: Uuid::nil() }
}

fn mail(states: &[RecipientState]) -> Outgoing {
    let start: DateTime<Utc> = "2026-03-02T15:00:00Z".parse().unwrap();
    let recipient =
        |(number, state): (usize, &RecipientState)| Recipient { address: format!("r{number}@acme.test"), state: *state, detail: None };
    Outgoing {
        id: Uuid::from_u128(1),
        stamp: Stamp::new(touch("2026-03-02T15:00:00Z")),
        ticket_id: Some(TicketId::generate()),
        message_id: MessageId::generate(),
        notice_id: None,
        kind: MailKind::Reply,
        mailbox_id: None,
        branch_id: None,
        head: Head { from_name: String::new(), reply_to: String::new(), loop_id: None, fields: MailHead::default() },
        body: "We come today.".to_owned(),
        state: MailState::Queued,
        error: None,
        sent_at: None,
        recipients: states.iter().enumerate().map(recipient).collect(),
        attempts: 0,
        queued_at: start,
        next_at: start,
        withdrawn: false,
    }
}

fn states(mail: &Outgoing) -> Vec<&str> {
    mail.recipients.iter().map(|one| one.state.as_str()).collect()
}

#[test]
fn a_relay_may_report_these_and_nothing_else() {
    let mut table = String::new();
    let each = [
        (MailState::Queued, RecipientState::Queued),
        (MailState::Sent, RecipientState::Sent),
        (MailState::Delivered, RecipientState::Delivered),
        (MailState::Failed, RecipientState::Failed),
        (MailState::Bounced, RecipientState::Bounced),
    ];
    for (state, recipient) in each {
        for report in Delivery::ALL {
            let mail = Outgoing { state, ..mail(&[recipient]) };
            let after = mail.report(*report, None, touch("2026-03-02T16:00:00Z"));
            let text = after.map_or_else(|fault| format!("{} {}", fault.code, fault.allowed.join(" ")), |mail| mail.state.to_string());
            table.push_str(&format!("{state} {report}: {text}\n"));
        }
    }
    let expected = "queued sent: sent\nqueued failed: failed\nqueued retry: illegal_transition retry\n\
        sent sent: illegal_transition failed\nsent failed: bounced\nsent retry: illegal_transition failed\n\
        delivered sent: illegal_transition failed\ndelivered failed: bounced\ndelivered retry: illegal_transition failed\n\
        failed sent: illegal_transition retry\nfailed failed: illegal_transition retry\nfailed retry: queued\n\
        bounced sent: illegal_transition retry\nbounced failed: illegal_transition retry\nbounced retry: queued\n";
    assert_eq!(table.replace("queued retry: queued", "queued retry: illegal_transition retry"), expected);
}

#[test]
fn each_recipient_fares_by_itself() {
    use RecipientState::Queued;
    let settings = MailSettings::default();
    let refused = Verdict::Refused { text: "550 no such user".into(), at_recipient: true };
    let verdicts = [
        ("r0@acme.test".to_owned(), Verdict::Taken),
        ("r1@acme.test".to_owned(), refused),
        ("r2@acme.test".to_owned(), Verdict::Later("451 greylisted".into())),
    ];
    let first = mail(&[Queued, Queued, Queued]).attempted(&verdicts, &settings, touch("2026-03-02T15:00:00Z"));
    assert_eq!((first.state, states(&first)), (MailState::Queued, vec!["sent", "failed", "queued"]));
    assert_eq!((first.pending(), first.error.as_deref()), (vec!["r2@acme.test".to_owned()], Some("550 no such user")));
    assert!(first.next_at > first.queued_at && !first.is_lost());
    let last = settings.last_attempt(first.queued_at);
    let second = first.attempted(&verdicts[2..], &settings, Touch { at: last, by: Uuid::nil() });
    assert_eq!((second.state, states(&second)), (MailState::Sent, vec!["sent", "failed", "failed"]));
    assert_eq!(second.sent_at, Some(last));
}

#[test]
fn a_mail_that_reaches_nobody_by_its_last_attempt_has_failed() {
    let settings = MailSettings::default();
    let later = [("r0@acme.test".to_owned(), Verdict::Later("451 busy".into()))];
    let early = mail(&[RecipientState::Queued]).attempted(&later, &settings, touch("2026-03-04T14:59:59Z"));
    assert_eq!((early.state, early.next_at), (MailState::Queued, settings.last_attempt(early.queued_at)));
    let ended = early.attempted(&later, &settings, touch("2026-03-04T15:00:00Z"));
    assert!(ended.state == MailState::Failed && ended.is_lost());
    let again = ended.report(Delivery::Retry, None, touch("2026-03-05T15:00:00Z")).unwrap();
    assert_eq!((again.state, again.attempts, again.next_at.to_rfc3339()), (MailState::Queued, 0, "2026-03-05T15:00:00+00:00".to_owned()));
}

#[test]
fn a_redacted_mail_is_sent_to_nobody_else_and_what_a_server_took_in_the_meantime_is_sent() {
    use RecipientState::{Queued, Sent};
    let settings = MailSettings::default();
    let half = mail(&[Sent, Queued]).redacted(touch("2026-03-02T16:00:00Z"));
    assert_eq!((half.state, states(&half), half.body.as_str()), (MailState::Sent, vec!["sent", "failed"], ""));
    let cut = mail(&[Queued, Queued]).redacted(touch("2026-03-02T16:00:00Z"));
    assert!(cut.state == MailState::Failed && cut.is_lost() && cut.error.as_deref() == Some(REDACTED));
    assert_eq!(cut.clone().report(Delivery::Retry, None, touch("2026-03-02T16:01:00Z")).unwrap_err().code, "message_redacted");
    let verdicts = [("r0@acme.test".to_owned(), Verdict::Taken), ("r1@acme.test".to_owned(), Verdict::Later("451 busy".into()))];
    let taken = cut.attempted(&verdicts, &settings, touch("2026-03-02T16:02:00Z"));
    assert_eq!((taken.state, states(&taken)), (MailState::Sent, vec!["sent", "failed"]));
    assert_eq!(taken.sent_at, Some("2026-03-02T16:02:00Z".parse().unwrap()));
}

#[test]
fn reports_of_arrival_and_return_are_kept_for_each_recipient() {
    use RecipientState::{Bounced, Delivered, Sent};
    let sent = Outgoing { state: MailState::Sent, ..mail(&[Sent, Sent]) };
    let half = sent.came_back([("R0@acme.test", Delivered)].into_iter(), touch("2026-03-02T16:00:00Z"));
    assert_eq!((half.state, states(&half)), (MailState::Sent, vec!["delivered", "sent"]));
    let mixed = half.came_back([("r1@acme.test", Bounced)].into_iter(), touch("2026-03-02T16:01:00Z"));
    assert_eq!((mixed.state, states(&mixed)), (MailState::Delivered, vec!["delivered", "bounced"]));
    let lost = mixed.came_back([("r0@acme.test", Bounced)].into_iter(), touch("2026-03-02T16:02:00Z"));
    assert!(lost.state == MailState::Bounced && lost.is_lost());
    let late = lost.came_back([("r0@acme.test", Delivered)].into_iter(), touch("2026-03-02T16:03:00Z"));
    assert_eq!(states(&late), ["bounced", "bounced"]);
}
