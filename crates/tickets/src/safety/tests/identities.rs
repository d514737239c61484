//! Who reported and who was involved: shown to those who may know, and to nobody else by any way.

use platform::caller::ActorKind;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use testkit::Persona;

use super::desk::{Desk, incident};

const PEOPLE: &str = "Imogen Injured";

/// Everything that the database holds, table by table, as text.
async fn stored(desk: &Desk) -> Vec<(String, String)> {
    let db = desk.world.app.db.read();
    let sqlite = db.get_database_backend() == sea_orm::DbBackend::Sqlite;
    let names = if sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
    } else {
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    };
    let mut tables = Vec::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), names)).await.unwrap() {
        let name: String = row.try_get("", "name").unwrap();
        let columns = if sqlite {
            format!("SELECT name FROM pragma_table_info('{name}')")
        } else {
            format!("SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{name}'")
        };
        let mut text = String::new();
        for column in db.query_all_raw(Statement::from_string(db.get_database_backend(), columns)).await.unwrap() {
            let column: String = column.try_get("", "name").unwrap();
            let cast = if sqlite {
                format!("SELECT CAST(\"{column}\" AS TEXT) || '|' || lower(hex(\"{column}\")) AS value FROM \"{name}\"")
            } else {
                format!(
                    "SELECT \"{column}\"::text || '|' || encode(convert_to(\"{column}\"::text, 'UTF8'), 'hex') AS value FROM \"{name}\""
                )
            };
            for value in db.query_all_raw(Statement::from_string(db.get_database_backend(), cast)).await.unwrap() {
                text.push_str(&value.try_get::<Option<String>>("", "value").unwrap_or_default().unwrap_or_default());
            }
        }
        tables.push((name, text));
    }
    tables
}

#[actix_web::test]
async fn of_an_anonymous_report_no_trace_of_its_author_is_kept() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let rita = Persona::new("Rita Reporter", ActorKind::User, "safety-reports:file");
    let client = desk.world.app.client(&rita);
    let ticket = desk.world.ticket(json!({"type": "safety"})).await.id();
    let body = incident(json!({"anonymous": true, "ticket_id": ticket, "injury_class": "fatality"}));
    let (client_key, mut ids) = ("0b1c-anonymous", Vec::new());
    // Whoever may look for a ticket must not be who reports; the administrator reads along.
    let reader = desk.world.app.client(&Persona { permissions: "safety-reports:file tickets:read".into(), ..rita.clone() });
    drop(client);
    for _ in 0..2 {
        ids.push(reader.post_keyed("/v1/safety-reports", client_key, body.clone()).await.expect(201).id());
    }
    assert_eq!(ids[0], ids[1], "a repetition is answered as the first request was");
    desk.world.app.work().await;
    let (text, plain, hex) = (rita.id.to_string(), rita.id.simple().to_string(), &rita.name);
    let hexed: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    for (table, content) in stored(&desk).await {
        for trace in [&text, &plain, hex, &hexed] {
            assert!(!content.contains(trace.as_str()), "{table} has {trace}");
        }
    }
    let shown = desk.grace.get(&format!("/v1/safety-reports/{}/identities", ids[0])).await.expect(200);
    assert_eq!((shown.text("/reporter"), shown.text("/filed_by"), shown.text("/anonymous")), ("null".into(), "null".into(), "true".into()));
    desk.stop().await;
}

#[actix_web::test]
async fn identities_are_stored_in_one_place_and_shown_by_one_permission() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let rita = Persona::new("Rita Reporter", ActorKind::User, "safety-reports:file");
    let people = json!([{"name": PEOPLE, "role": "injured", "contact": "+13125550142"}]);
    let filed = desk.world.app.client(&rita).post_keyed("/v1/safety-reports", "k-1", incident(json!({"people": people}))).await.expect(201);
    let path = format!("/v1/safety-reports/{}", filed.id());
    let identities = desk.grace.get(&format!("{path}/identities")).await.expect(200);
    assert_eq!((identities.text("/reporter/name"), identities.text("/filed_by")), (rita.name.clone(), rita.id.to_string()));
    assert_eq!(identities.text("/people/0/name"), PEOPLE);
    let changed = json!({"people": [{"name": PEOPLE, "role": "witness"}]});
    let put = desk.grace.write(reqwest::Method::PUT, &format!("{path}/people"), &identities.etag(), changed).await.expect(200);
    assert_eq!((put.text("/people/0/role"), put.text("/reporter/name")), ("witness".to_owned(), rita.name.clone()));
    let corrected = json!({"description": format!("It was not {PEOPLE}.")});
    let again = desk.grace.patch(&path, &desk.grace.get(&path).await.expect(200).etag(), corrected).await.expect(200);
    let _ = desk.grace.patch(&path, &again.etag(), json!({"description": "Nobody was near."})).await.expect(200);
    let earlier = desk.grace.get(&format!("{path}/identities")).await.expect(200).body["earlier"].clone();
    assert_eq!((&earlier[0]["people"][0]["role"], &earlier[0]["replaced_by"]), (&json!("injured"), &put.body["earlier"][0]["replaced_by"]));
    assert_eq!((&earlier[2]["description"], &earlier[2]["people"]), (&json!(format!("It was not {PEOPLE}.")), &Value::Null));
    desk.world.app.work().await;
    let without = Persona::new("Wim", ActorKind::User, "safety-reports:* corrective-actions:* audit:read notifications:*");
    let without = desk.world.app.client(&without);
    without.get(&format!("{path}/identities")).await.expect_problem(403, "missing_permission");
    for (table, content) in stored(&desk).await {
        // An answer is kept for whoever sent the request, and given to nobody else.
        if table == "safety_identity" || table == "idempotency_record" {
            continue;
        }
        for secret in [PEOPLE, &rita.name, &rita.id.to_string(), &rita.id.simple().to_string()] {
            assert!(!content.contains(secret), "{table} has {secret}");
        }
    }
    for path in [path.as_str(), "/v1/safety-reports", "/v1/notifications", "/v1/audit"] {
        let seen = String::from_utf8(without.get(path).await.bytes).unwrap();
        assert!(!seen.contains(PEOPLE) && !seen.contains(&rita.name) && !seen.contains(&rita.id.to_string()), "{path}: {seen}");
    }
    desk.stop().await;
}

#[actix_web::test]
async fn what_is_written_freely_about_a_report_is_told_in_no_event() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let says = |what: &str| format!("{what} {PEOPLE}.");
    let report = desk.filed(json!({"description": says("A drum rolled onto")})).await.id();
    let _ = desk.step(report, "triage", json!({"note": says("Ask")})).await.expect(200);
    let _ = desk.step(report, "investigate", json!({})).await.expect(200);
    let _ = desk.step(report, "open-actions", json!({"root_cause": says("Nobody warned")})).await.expect(200);
    let (first, second) = (json!({"description": says("Train")}), json!({"description": says("Move")}));
    let (action, spare) = (desk.planned(report, first).await.expect(201).id(), desk.planned(report, second).await.expect(201).id());
    let shown = || json!({"evidence": [{"text": says("Trained")}]});
    for (client, step, body) in [
        (&desk.otto.1, "start", json!({})),
        (&desk.otto.1, "complete", shown()),
        (&desk.grace, "reject", json!({"reason": says("Not yet")})),
        (&desk.otto.1, "start", json!({})),
        (&desk.otto.1, "complete", shown()),
        (&desk.grace, "verify", json!({})),
        (&desk.grace, "effectiveness", json!({"effective": false, "note": says("Hurt again:")})),
    ] {
        let _ = desk.deed(client, action, step, body).await.expect(200);
    }
    let _ = desk.deed(&desk.grace, spare, "cancel", json!({"reason": says("Gone is")})).await.expect(200);
    let catch = desk.filed(json!({"kind": "good_catch", "description": says("Well done,")})).await.id();
    let _ = desk.step(catch, "triage", json!({})).await.expect(200);
    let _ = desk.step(catch, "close", json!({"no_action_reason": says("Caught by")})).await.expect(200);
    desk.world.app.work().await;
    for (table, content) in stored(&desk).await {
        let theirs = ["safety_report", "corrective_action", "idempotency_record"].contains(&&*table);
        assert!(theirs || !content.contains(PEOPLE), "{table} names somebody");
        // What an event does say is said.
        assert!(table != "outbox" || (content.contains("good_catch") && content.contains(&action.to_string())));
    }
    desk.stop().await;
}

#[actix_web::test]
async fn whoever_files_for_somebody_else_names_the_reporter() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let filed = desk.filed(json!({"reporter": {"name": "Dirk Driver", "phone": "+13125550142"}})).await.id();
    let shown = desk.grace.get(&format!("/v1/safety-reports/{filed}/identities")).await.expect(200);
    assert_eq!((shown.text("/reporter/name"), shown.text("/reporter/user_id")), ("Dirk Driver".to_owned(), "null".to_owned()));
    desk.stop().await;
}
