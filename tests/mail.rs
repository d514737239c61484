//! Mail as a mail server sees it: piped in through the executable, sent out over SMTP, with processes killed in between and with
//! several replicas at work. Nothing is lost, and nothing is doubled that the same Message-ID does not make one again.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{PostOffice, mail, told};

#[tokio::test]
async fn mail_is_piped_in_and_answered_embedded() {
    piped_in_and_answered(PostOffice::embedded().await, "everything").await;
}

#[tokio::test]
async fn mail_is_piped_in_and_answered_split() {
    piped_in_and_answered(PostOffice::split().await, "tickets").await;
}

async fn piped_in_and_answered(mut office: PostOffice, process: &str) {
    assert_eq!((office.pipe(mail(1)).await, office.pipe(mail(1)).await), (0, 0), "what had come before is taken too");
    assert_eq!(office.taken(1).await.len(), 1, "one acknowledgement");
    let tickets = office.rows("/v1/tickets?limit=200").await;
    assert_eq!(tickets.len(), 1);
    let messages = format!("/v1/tickets/{}/messages", tickets[0]["id"].as_str().unwrap());
    let _ = office.operator.post(&messages, json!({"kind": "public_reply", "body": "We come today."})).await.expect(201);
    assert_eq!(office.taken(2).await.len(), 2);
    let reply = office.smtp.taken().into_iter().find(|mail| mail.raw.contains("We come today.")).unwrap();
    assert_eq!((reply.from.as_str(), reply.to.as_slice()), ("help@desk.example", ["dana1@plating.example".to_owned()].as_slice()));
    assert!(reply.raw.contains("In-Reply-To: <m1@plating.example>"), "{}", reply.raw);
    assert_eq!(office.pipe("\0".to_owned()).await, 0, "even what is no mail is kept, set aside");
    let url = office.deployment.kill(process);
    assert_eq!(office.pipe(mail(2)).await, 75, "the mail server keeps the mail while nobody takes it");
    office.deployment.revive(process, &url).await;
    let mut status = office.pipe(mail(2)).await;
    for _ in 0..100 {
        if status == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        status = office.pipe(mail(2)).await;
    }
    assert_eq!(status, 0);
    assert_eq!(office.taken(3).await.values().copied().collect::<Vec<_>>(), [1, 1, 1], "each went out once");
    assert_eq!(office.rows("/v1/tickets?limit=200").await.len(), 2);
    office.deployment.stop().await;
}

/// Like a mail server: what is not taken is kept and tried again, though the process is killed again and again.
#[tokio::test]
async fn power_cuts_between_the_steps_of_mail_lose_and_double_nothing() {
    const MAILS: usize = 24;
    const CUTS: u64 = 3;
    let mut office = PostOffice::embedded().await;
    let mut waiting: BTreeSet<usize> = (0..MAILS).collect();
    for cut in 1..=CUTS + 1 {
        let pid = office.deployment.pid("everything");
        let piping = futures_util::future::join_all(waiting.iter().map(async |number| (*number, office.pipe(mail(*number)).await)));
        let cutting = async {
            tokio::time::sleep(Duration::from_millis(300 * cut)).await;
            Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success()
        };
        // The first tries are cut off somewhere between the first mail's arrival and the last one's acknowledgement.
        let outcomes = if cut <= CUTS { tokio::join!(piping, cutting).0 } else { piping.await };
        for (number, status) in outcomes {
            assert!(matches!(status, 0 | 75), "{number}: {status}");
            if status == 0 {
                waiting.remove(&number);
            }
        }
        if cut <= CUTS {
            office.deployment.kill_and_restart("everything").await;
        }
    }
    assert!(waiting.is_empty(), "with nothing cut off every mail is taken: {waiting:?}");
    // What was being sent when the power went is left alone for ten minutes.
    office.deployment.set_time(&office.operator, "2026-03-02T15:15:00Z").await;
    let sent = office.taken(MAILS).await;
    assert_eq!(sent.len(), MAILS, "every sender is acknowledged");
    let tickets = office.rows("/v1/tickets?limit=200").await;
    let subjects: BTreeSet<&str> = tickets.iter().map(|ticket| ticket["subject"].as_str().unwrap()).collect();
    assert_eq!((tickets.len(), subjects.len()), (MAILS, MAILS), "each mail is one ticket");
    let queued = office.rows("/v1/outgoing-mails?limit=200").await;
    let addressed: BTreeSet<&str> = queued.iter().map(|mail| mail["recipients"][0].as_str().unwrap()).collect();
    assert_eq!((queued.len(), addressed.len()), (MAILS, MAILS), "each sender is written to once");
    let again = sent.values().filter(|times| **times > 1).count();
    println!("power cuts: {CUTS}, mails: {MAILS}, sent again under the same Message-ID: {again}");
    office.deployment.stop().await;
}

/// What the workers of two replicas do is done once: mail, surveys, timers with their notices, automations, closing.
#[tokio::test]
async fn two_replicas_of_every_worker_do_everything_once() {
    const TICKETS: usize = 12;
    let mut office = PostOffice::split().await;
    office.deployment.replicate("tickets").await;
    let ada = office.operator.clone();
    let terms = json!({"trigger": "ticket_created", "all": [], "actions": {"note": "Seen."}});
    let rule = ada.post("/v1/automations", json!({"name": "Seen", "position": 1, "terms": terms})).await.expect(201).id();
    for number in 0..TICKETS {
        assert_eq!(office.pipe(mail(number)).await, 0);
    }
    assert_eq!(office.taken(TICKETS).await.values().copied().collect::<Vec<_>>(), [1; TICKETS]);
    let tickets = office.rows("/v1/tickets?limit=200").await;
    for ticket in &tickets {
        let path = format!("/v1/tickets/{}", ticket["id"].as_str().unwrap());
        let _ = ada.post(&format!("{path}/messages"), json!({"kind": "public_reply", "body": "Done."})).await.expect(201);
        let etag = ada.get(&path).await.expect(200).etag();
        let _ = ada.act(&format!("{path}/resolve"), &etag, json!({"code": "answered"})).await.expect(200);
    }
    assert_eq!(office.taken(2 * TICKETS).await.values().copied().collect::<Vec<_>>(), [1; 2 * TICKETS], "acknowledgements and replies");
    office.deployment.set_time(&ada, "2026-03-02T15:45:00Z").await;
    assert_eq!(office.taken(3 * TICKETS).await.values().copied().collect::<Vec<_>>(), [1; 3 * TICKETS], "and surveys");
    office.deployment.set_time(&ada, "2026-03-06T15:00:00Z").await;
    let enough = |events: &[Value]| told(events, "ticket.closed").len() >= TICKETS;
    let _ = office.deployment.events(&ada, enough).await;
    // Time in which a second replica would do again what the first has done.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let events = office.deployment.events(&ada, enough).await;
    for event in ["survey.sent", "ticket.closed"] {
        let times = told(&events, event);
        assert_eq!(times.values().copied().collect::<Vec<_>>(), [1; TICKETS], "{event}: {times:?}");
    }
    assert_eq!(office.rows(&format!("/v1/automations/{rule}/runs?limit=200")).await.len(), TICKETS, "each rule ran once for each");
    assert_eq!(office.taken(3 * TICKETS).await.len(), 3 * TICKETS);
    office.deployment.stop().await;
}
