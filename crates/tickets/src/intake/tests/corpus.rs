//! Real and deliberately broken mails, where they are present.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::desk::Desk;
use crate::intake::record::entity as record;
use crate::intake::{dedupe, mime, reply};
use crate::tests::invariants;

/// Every file under the shared folder of mails.
pub(crate) fn mails() -> Vec<(PathBuf, Vec<u8>)> {
    let shared =
        option_env!("LIAISON_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/emails");
    if !folder.exists() {
        println!("{} is not present: nothing to read", folder.display());
    }
    let mut found = Vec::new();
    collect(&folder, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(content) = std::fs::read(&path) {
            found.push((path, content));
        }
    }
}

/// What mail has begun is carried on: answered, waited for, resolved, merged, and left lying until it is late. How tickets stand then.
async fn work_through_a_week(desk: &Desk) -> BTreeSet<String> {
    let tickets = desk.client.get("/v1/tickets?limit=200&sort=id").await.expect(200);
    let ids: Vec<&str> = tickets.rows().iter().filter_map(|row| row["id"].as_str()).collect();
    for (number, id) in ids.iter().enumerate() {
        let path = format!("/v1/tickets/{id}");
        let answered = json!({"kind": "public_reply", "body": "We look into it."});
        let _ = desk.client.post(&format!("{path}/messages"), answered).await.expect(201);
        let etag = desk.client.get(&path).await.expect(200).etag();
        let (action, body) = match number % 4 {
            0 => ("resolve", json!({"code": "answered"})),
            1 => ("transition", json!({"to": "waiting_customer", "reason": "Which drums?"})),
            2 => ("merge", json!({"into_ticket_id": ids[0]})),
            _ => continue,
        };
        let taken = desk.client.act(&format!("{path}/{action}"), &etag, body).await;
        assert!(!taken.status.is_server_error(), "{action}: {}", taken.body);
    }
    desk.app.work().await;
    desk.app.clock.set(desk.app.clock.now().checked_add_signed(TimeDelta::days(7)));
    desk.app.work().await;
    let rows = crate::ticket::entity::Entity::find().all(desk.app.db.read()).await.unwrap();
    rows.into_iter().map(|row| row.status).collect()
}

#[test]
fn every_mail_is_read_the_same_way_twice() {
    let now = "2026-03-02T15:00:00Z".parse().unwrap();
    for (path, raw) in mails() {
        let mail = mime::read(&raw);
        assert_eq!(dedupe::key(&mail, now), dedupe::key(&mime::read(&raw), now), "{}", path.display());
        let _ = reply::trim(&mail.text);
        let inside = path.components().any(|part| part.as_os_str() == "multipart_report_emails");
        if inside && mail.report_type.as_deref() == Some("delivery-status") {
            assert!(mail.report.is_some(), "{}", path.display());
        }
    }
}

#[actix_web::test]
async fn every_mail_is_taken_in_once_however_often_it_comes() {
    let mails = mails();
    if mails.is_empty() {
        return;
    }
    let desk = Desk::start().await;
    let mut at: DateTime<Utc> = "2026-03-02T15:00:00Z".parse().unwrap();
    let mut records = BTreeSet::new();
    for (path, raw) in &mails {
        // So far apart that no sender counts as a flood; within one minute for mails without an id.
        at += TimeDelta::minutes(11);
        desk.app.clock.set(Some(at));
        let (first_status, first) = desk.deliver("help@us.test", raw).await;
        let (second_status, second) = desk.deliver("help@us.test", raw).await;
        assert!(matches!(first_status, 200 | 201), "{}: {first_status} {first}", path.display());
        assert_eq!((second_status, &second["outcome"]), (200, &"duplicate".into()), "{}", path.display());
        assert_eq!(second["record_id"], first["record_id"], "{}", path.display());
        let placed = first["ticket_id"].is_string();
        let aside = matches!(first["outcome"].as_str(), Some("quarantined" | "suppressed" | "duplicate"));
        assert!(placed || aside, "{}: {first}", path.display());
        records.insert(first["record_id"].to_string());
    }
    let kept = record::Entity::find().count(desk.app.db.read()).await.unwrap();
    assert_eq!(kept, u64::try_from(records.len()).unwrap());
    println!("{} mails, {} records", mails.len(), records.len());
    let stand = work_through_a_week(&desk).await;
    assert!(["closed", "merged", "open", "waiting_customer"].iter().all(|status| stand.contains(*status)), "{stand:?}");
    invariants::hold(&desk.app).await;
    desk.app.stop().await;
}
