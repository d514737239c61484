//! Reading, classifying and recognising single mails.

use chrono::{DateTime, Utc};

use crate::intake::classify::{AutoClass, Ours, Silence, classify, silences};
use crate::intake::{dedupe, mime};

fn class(head: &str) -> (AutoClass, Vec<Silence>) {
    let raw = format!("{head}\r\n\r\nHello\r\n");
    let addresses = ["help@us.test".to_owned()];
    let ours = Ours { addresses: &addresses, loop_id: "loop-1" };
    let mail = mime::read(raw.as_bytes());
    (classify(&mail, &ours), silences(&mail, &ours))
}

#[test]
fn the_class_is_read_from_the_head() {
    let cases = [
        ("From: a@b.test", AutoClass::None, vec![]),
        ("From: a@b.test\r\nAuto-Submitted: no", AutoClass::None, vec![]),
        ("From: a@b.test\r\nAuto-Submitted: auto-replied", AutoClass::AutoReply, vec![Silence::AutoSubmitted]),
        ("From: a@b.test\r\nAuto-Submitted: auto-generated; why", AutoClass::AutoReply, vec![Silence::AutoSubmitted]),
        ("From: a@b.test\r\nPrecedence: bulk", AutoClass::Bulk, vec![Silence::Precedence]),
        ("From: a@b.test\r\nList-Id: <news.b.test>", AutoClass::Bulk, vec![Silence::List]),
        ("From: a@b.test\r\nX-Auto-Response-Suppress: DR, OOF", AutoClass::None, vec![Silence::Suppressed]),
        ("From: a@b.test\r\nX-Auto-Response-Suppress: DR", AutoClass::None, vec![]),
        ("Return-Path: <>\r\nFrom: mailer-daemon@b.test", AutoClass::Bounce, vec![Silence::NullReturnPath, Silence::UnreadSender]),
        ("From: no-reply@b.test", AutoClass::None, vec![Silence::UnreadSender]),
        ("From: help+t1@us.test", AutoClass::Own, vec![Silence::OwnSender]),
        ("From: a@b.test\r\nX-Loop-Id: loop-1", AutoClass::Own, vec![Silence::Loop]),
        ("From: a@b.test\r\nX-Loop-Id: another", AutoClass::None, vec![]),
        ("Subject: nobody", AutoClass::None, vec![Silence::NoSender]),
    ];
    for (head, expected, reasons) in cases {
        assert_eq!(class(head), (expected, reasons), "{head}");
    }
}

#[test]
fn a_mail_is_known_by_its_id_else_by_what_it_says() {
    let at: DateTime<Utc> = "2026-03-02T15:00:10Z".parse().unwrap();
    let key = |raw: &str, at| dedupe::key(&mime::read(raw.as_bytes()), at);
    assert_eq!(key("Message-ID:  < A.b@C >\r\nFrom: x@y.test\r\n\r\nHi", at), "id:A.b@C");
    let (one, two) =
        ("From: x@y.test\r\nTo: a@us.test, b@us.test\r\n\r\nHi", "From: X@y.test\r\nTo: b@us.test\r\nCc: a@us.test\r\n\r\nHi\r\n");
    assert_eq!(key(one, at), key(two, at + chrono::TimeDelta::seconds(40)));
    assert_ne!(key(one, at), key(one, at + chrono::TimeDelta::seconds(50)));
    assert_ne!(key(one, at), key("From: x@y.test\r\nTo: a@us.test, b@us.test\r\n\r\nHo", at));
}

#[test]
fn markup_never_survives() {
    let raw = "From: a@b.test\r\nContent-Type: text/html\r\n\r\n<html><head><style>p{}</style></head><body><script>alert(1)</script><p onclick=x>Hi <b>you</b></p></body></html>";
    let text = mime::read(raw.as_bytes()).text;
    assert_eq!(text.trim(), "Hi you");
}

#[test]
fn files_lose_their_folders_and_keep_their_content() {
    let raw = "From: a@b.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHi\r\n--x\r\nContent-Type: image/png\r\n\
        Content-Disposition: attachment; filename=\"../../etc/pass.png\"\r\n\r\nMZ12\r\n--x--\r\n";
    let mail = mime::read(raw.as_bytes());
    assert_eq!(mail.attachments.len(), 1);
    assert_eq!(mail.attachments[0].name, "pass.png");
    assert_eq!(mail.attachments[0].media_type, "application/vnd.microsoft.portable-executable");
    assert_eq!(mail.attachments[0].content, b"MZ12");
}

#[test]
fn a_bounce_names_the_mail_and_the_recipients() {
    let raw = "Return-Path: <>\r\nFrom: MAILER-DAEMON@b.test\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
        --x\r\n\r\nSorry\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; b.test\r\n\r\n\
        Final-Recipient: rfc822; Jane@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient: rfc822; bob@b.test\r\nAction: delayed\r\nStatus: 4.2.2\r\n\
        --x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <sent@us.test>\r\nFrom: help@us.test\r\n\r\nHello\r\n--x--\r\n";
    let mail = mime::read(raw.as_bytes());
    let report = mail.report.unwrap();
    assert_eq!(report.original_message_id.as_deref(), Some("sent@us.test"));
    assert_eq!(report.recipients.len(), 2);
    assert_eq!(report.recipients[0].address, "jane@b.test");
    assert!(report.recipients[0].is_permanent_failure() && !report.recipients[1].is_permanent_failure());
}

#[test]
fn nothing_is_too_broken_to_read() {
    for raw in [
        &b""[..],
        b"\0\0\0",
        b"\r\n",
        b"no colon here",
        b"From: \xff\xfe\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
    ] {
        let mail = mime::read(raw);
        assert!(!mail.defects.is_empty());
        let _ = dedupe::key(&mail, "2026-03-02T15:00:00Z".parse().unwrap());
    }
}

#[test]
fn no_nesting_is_too_deep() {
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(300_000);
    let parts: String = (0..100_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let comments = format!("From: {}a@b.test\r\nReferences: {}\r\n\r\nHi", "(".repeat(500_000), "<a@b>\r\n ".repeat(200_000));
    let markup = format!("From: a@b.test\r\nContent-Type: text/html\r\n\r\n{}", "<div>".repeat(1_000_000));
    let few = "Content-Type: message/rfc822\r\n\r\n".repeat(990);
    let hidden = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &messages);
    let hidden = format!("From: a@b.test\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{hidden}\r\n");
    let digests: String = (0..120).map(|n| format!("Content-Type: multipart/digest; boundary=b{n}\r\n\r\n--b{n}\r\n\r\n")).collect();
    for raw in [messages, parts, comments, markup, few, digests, hidden] {
        let mail = mime::read(raw.as_bytes());
        let _ = dedupe::key(&mail, "2026-03-02T15:00:00Z".parse().unwrap());
        let _ = crate::intake::reply::trim(&mail.text);
    }
}
