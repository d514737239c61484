//! Files sent here for a message: stored once, handed out whole and in part, judged by content, seen by whom they concern.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{Answer, Client, NoPeers, Persona};

use super::entity::{chunk, file};
use super::files::PIECE;
use crate::tests::world::World;
use sea_orm::{EntityTrait, PaginatorTrait};

async fn send(client: &Client, name: &str, content_type: &str, content: &[u8]) -> Answer {
    let path = format!("/v1/attachments?name={name}");
    let request = client.request(reqwest::Method::POST, &path).header("content-type", content_type).body(content.to_vec());
    client.send(request).await
}

async fn part(client: &Client, path: &str, range: &str) -> Answer {
    client.send(client.request(reqwest::Method::GET, path).header("range", range)).await
}

async fn write(world: &World, ticket: &str, files: &[Value]) -> Answer {
    world.ada.post(&format!("{ticket}/messages"), json!({"body": "See the file.", "attachments": files})).await
}

#[actix_web::test]
async fn a_file_is_sent_first_and_handed_out_with_its_message_whole_and_in_part() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = format!("/v1/tickets/{}", world.ticket(json!({})).await.id());
    let content: Vec<u8> = (0..PIECE * 2 + 10).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let sent = send(&world.ada, "..%2Fplan%20b.bin", "application/x-plan", &content).await.expect(201);
    assert_eq!(
        (sent.text("/name"), sent.text("/state"), &sent.body["size"]),
        ("plan b.bin".into(), "pending".into(), &json!(content.len()))
    );
    let again = send(&world.ada, "copy.bin", "application/x-plan", &content).await.expect(201);
    assert_eq!(again.text("/sha256"), sent.text("/sha256"));
    let stored =
        (file::Entity::find().count(world.app.db.read()).await.unwrap(), chunk::Entity::find().count(world.app.db.read()).await.unwrap());
    assert_eq!(stored, (1, 3));
    let _ = write(&world, &ticket, &[sent.body["id"].clone()]).await.expect(201);
    write(&world, &ticket, &[sent.body["id"].clone()]).await.expect_problem(422, "validation_failed");
    let listed = world.ada.get(&format!("{ticket}/attachments")).await.expect(200);
    assert_eq!((listed.rows().len(), &listed.rows()[0]["id"]), (1, &sent.body["id"]));
    let path = format!("{ticket}/attachments/{}", sent.text("/id"));
    let whole = world.ada.get(&path).await.expect(200);
    assert!(whole.bytes == content);
    assert!(whole.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"plan b.bin\""));
    for (range, from, to) in
        [("bytes=0-9", 0, 10), ("bytes=1048570-1048585", PIECE - 6, PIECE + 10), ("bytes=-3", content.len() - 3, content.len())]
    {
        let answer = part(&world.ada, &path, range).await.expect(206);
        assert!(answer.bytes == content[from..to], "{range}");
        assert_eq!(answer.headers["content-range"], format!("bytes {from}-{}/{}", to - 1, content.len()));
    }
    part(&world.ada, &path, "bytes=9999999-").await.expect_problem(416, "range_not_satisfiable");
    let known = world.ada.request(reqwest::Method::GET, &path).header("if-none-match", whole.etag());
    assert_eq!(world.ada.send(known).await.status.as_u16(), 304);
    world.stop().await;
}

#[actix_web::test]
async fn a_file_is_its_senders_until_it_has_a_message_and_then_its_readers() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (account, other) = (kernel::id::new_uuid(), kernel::id::new_uuid());
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read tickets:write"));
    let eve = world.app.client(&Persona::customer(&[other], "tickets:read tickets:write"));
    let ticket = cleo.post("/v1/tickets", json!({"subject": "Bin", "description": "Full.", "account_id": account})).await.expect(201);
    let path = format!("/v1/tickets/{}", ticket.id());
    let photo = send(&cleo, "bin.png", "image/png", b"\x89PNG\r\n\x1a\n...").await.expect(201);
    assert_eq!(photo.text("/media_type"), "image/png");
    write(&world, &path, &[photo.body["id"].clone()]).await.expect_problem(422, "validation_failed");
    let said = json!({"body": "Here.", "attachments": [photo.body["id"]]});
    let _ = cleo.post(&format!("{path}/messages"), said).await.expect(201);
    let note = send(&world.ada, "note.txt", "text/plain", b"For us only.").await.expect(201);
    let inside = json!({"kind": "internal_note", "body": "Ours alone.", "attachments": [note.body["id"]]});
    let _ = world.ada.post(&format!("{path}/messages"), inside).await.expect(201);
    assert_eq!(world.ada.get(&format!("{path}/attachments")).await.expect(200).rows().len(), 2);
    assert_eq!(cleo.get(&format!("{path}/attachments")).await.expect(200).rows().len(), 1);
    let _ = cleo.get(&format!("{path}/attachments/{}", photo.text("/id"))).await.expect(200);
    cleo.get(&format!("{path}/attachments/{}", note.text("/id"))).await.expect_problem(404, "not_found");
    eve.get(&format!("{path}/attachments/{}", photo.text("/id"))).await.expect_problem(404, "not_found");
    world.stop().await;
}

#[actix_web::test]
async fn files_come_with_the_first_word_whichever_way_it_came() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (account, ada) = (kernel::id::new_uuid(), &world.ada);
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read tickets:write"));
    let ways = [
        (&cleo, "tickets", "/id", json!({"subject": "Bin", "description": "Full."})),
        (ada, "intake/sms", "/ticket/id", json!({"provider": "acme", "message_id": "1", "from": "+13125550100", "body": "Look."})),
        (ada, "intake/chat", "/ticket/id", json!({"provider": "acme", "message_id": "1", "session_id": "s", "body": "Look."})),
        (ada, "intake/portal", "/ticket/id", json!({"provider": "acme", "message_id": "1", "subject": "Bin", "body": "Look."})),
    ];
    let foreign = send(&world.app.administrator(), "theirs.png", "image/png", b"\x89PNG\r\n\x1a\n...").await.expect(201).body["id"].clone();
    for (client, way, ticket, mut body) in ways {
        let mut files = Vec::new();
        for name in ["a.txt", "b.txt"] {
            files.push(send(client, name, "text/plain", format!("{name} {way}").as_bytes()).await.expect(201).body["id"].clone());
        }
        let path = format!("/v1/{way}");
        body["attachments"] = json!([files[0], foreign]);
        let refused = client.post(&path, body.clone()).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/pointer"), "/attachments/1");
        body["attachments"] = json!(files);
        let opened = client.post(&path, body.clone()).await.expect(201);
        let listed = client.get(&format!("/v1/tickets/{}/attachments", opened.text(ticket))).await.expect(200);
        let listed: Vec<Value> = listed.rows().iter().map(|file| file["id"].clone()).collect();
        assert_eq!(listed, files, "{way}");
        if way != "tickets" {
            let again = client.post(&path, body).await.expect(200);
            assert_eq!(again.text("/duplicate"), "true", "what is delivered again changes nothing");
        }
    }
    world.stop().await;
}

#[actix_web::test]
async fn a_verdict_holds_for_a_content_now_and_later_and_lets_no_program_out() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = format!("/v1/tickets/{}", world.ticket(json!({})).await.id());
    let first = send(&world.ada, "a.pdf", "application/pdf", b"%PDF-1 bad").await.expect(201);
    let _ = write(&world, &ticket, &[first.body["id"].clone()]).await.expect(201);
    let waiting = world.ada.get("/v1/attachments?filter[state]=pending").await.expect(200);
    assert_eq!(waiting.rows().len(), 1);
    let scanned = format!("/v1/attachments/{}", first.text("/id"));
    assert!(world.ada.get(&scanned).await.expect(200).bytes == b"%PDF-1 bad");
    let bad = json!({"verdict": "blocked", "detail": "EICAR"});
    assert_eq!(world.ada.post(&format!("{scanned}/verdict"), bad).await.expect(200).text("/state"), "blocked");
    for path in [format!("{ticket}/attachments/{}", first.text("/id")), scanned.clone()] {
        world.ada.get(&path).await.expect_problem(409, "file_blocked");
    }
    let same = send(&world.ada, "b.pdf", "application/pdf", b"%PDF-1 bad").await.expect(201);
    assert_eq!(same.text("/state"), "blocked");
    let good = json!({"verdict": "clean"});
    assert_eq!(world.ada.post(&format!("{scanned}/verdict"), good.clone()).await.expect(200).text("/state"), "clean");
    let _ = world.ada.get(&format!("{ticket}/attachments/{}", first.text("/id"))).await.expect(200);
    let program = send(&world.ada, "c.pdf", "application/pdf", b"MZ\x90").await.expect(201);
    assert_eq!(program.text("/state"), "blocked");
    world.ada.post(&format!("/v1/attachments/{}/verdict", program.text("/id")), good).await.expect_problem(409, "runs_when_opened");
    world.stop().await;
}

#[actix_web::test]
async fn what_no_message_names_within_a_day_is_forgotten_and_what_is_too_large_leaves_nothing() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = format!("/v1/tickets/{}", world.ticket(json!({})).await.id());
    let kept = send(&world.ada, "a.txt", "text/plain", b"kept").await.expect(201);
    let _ = write(&world, &ticket, &[kept.body["id"].clone()]).await.expect(201);
    for content in [b"kept".as_slice(), b"lost".as_slice()] {
        let _ = send(&world.ada, "b.txt", "text/plain", content).await.expect(201);
    }
    send(&world.ada, "c.bin", "", &vec![0; (25 << 20) + 1]).await.expect_problem(413, "body_too_large");
    assert_eq!(chunk::Entity::find().count(world.app.db.read()).await.unwrap(), 2);
    world.app.set_time("2026-03-03T15:00:01Z");
    world.app.work().await;
    assert_eq!(chunk::Entity::find().count(world.app.db.read()).await.unwrap(), 1);
    let _ = world.ada.get(&format!("{ticket}/attachments/{}", kept.text("/id"))).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn a_replys_files_go_out_with_its_mail() {
    let smtp = testkit::Smtp::start().await;
    let app = testkit::App::configured(crate::service(), Arc::new(NoPeers), &[("LIAISON_SMTP_URL", &smtp.url)]).await;
    let desk = crate::intake::tests::desk::Desk::on(app).await;
    let raw = crate::intake::tests::desk::mail("m1@acme.test", "jane@acme.test", "Subject: Lift", "It is stuck.");
    let first = desk.created("help@us.test", &raw).await;
    let file = send(&desk.client, "r%C3%A9sum%C3%A9.txt", "text/plain", b"We come at nine.").await.expect(201);
    let program = send(&desk.client, "run.sh", "text/plain", b"#!/bin/sh").await.expect(201);
    let reply = json!({"body": "See the file.", "attachments": [file.body["id"], program.body["id"]]});
    let _ = desk.client.post(&format!("/v1/tickets/{}/messages", first["ticket_id"].as_str().unwrap()), reply).await.expect(201);
    desk.app.work().await;
    desk.app.work().await;
    let sent = smtp.taken().into_iter().find(|mail| mail.raw.contains("multipart/mixed")).unwrap();
    let read = crate::intake::mime::read(sent.raw.as_bytes());
    assert_eq!(read.attachments.len(), 1);
    assert_eq!(
        (read.attachments[0].name.as_str(), read.attachments[0].content.as_slice()),
        ("r\u{e9}sum\u{e9}.txt", b"We come at nine.".as_slice())
    );
    assert!(read.text.contains("See the file."));
    desk.app.stop().await;
}

#[actix_web::test]
async fn where_unscanned_files_are_held_they_are_neither_handed_out_nor_sent_before_the_verdict() {
    let smtp = testkit::Smtp::start().await;
    let app = testkit::App::configured(crate::service(), Arc::new(NoPeers), &[("LIAISON_SMTP_URL", &smtp.url)]).await;
    let desk = crate::intake::tests::desk::Desk::on(app).await;
    let settings = desk.client.get("/v1/ticket-settings").await.expect(200);
    let hold = json!({"hold_unscanned_files": true});
    let _ = desk.client.write(reqwest::Method::PUT, "/v1/ticket-settings", &settings.etag(), hold).await.expect(200);
    let raw = crate::intake::tests::desk::mail("m1@acme.test", "jane@acme.test", "Subject: Lift", "It is stuck.");
    let ticket = desk.created("help@us.test", &raw).await["ticket_id"].as_str().unwrap().to_owned();
    let file = send(&desk.client, "plan.txt", "text/plain", b"We come at nine.").await.expect(201);
    let reply = json!({"body": "See the file.", "attachments": [file.body["id"]]});
    let _ = desk.client.post(&format!("/v1/tickets/{ticket}/messages"), reply).await.expect(201);
    for _ in 0..2 {
        desk.app.work().await;
    }
    assert_eq!(smtp.taken().len(), 1, "the acknowledgement alone");
    let held = format!("/v1/tickets/{ticket}/attachments/{}", file.text("/id"));
    desk.client.get(&held).await.expect_problem(409, "file_unscanned");
    let queued = desk.client.get("/v1/outgoing-mails?filter[kind]=reply").await.expect(200).text("/data/0/id");
    desk.client.get(&format!("/v1/outgoing-mails/{queued}/raw")).await.expect_problem(409, "file_unscanned");
    let scanned = format!("/v1/attachments/{}", file.text("/id"));
    assert_eq!(desk.client.get(&scanned).await.expect(200).bytes, b"We come at nine.", "the scanner reads it");
    let _ = desk.client.post(&format!("{scanned}/verdict"), json!({"verdict": "clean"})).await.expect(200);
    desk.app.work().await;
    assert!(smtp.taken().last().unwrap().raw.contains("See the file."));
    let _ = desk.client.get(&held).await.expect(200);
    desk.app.stop().await;
}
