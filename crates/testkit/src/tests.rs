//! The platform's contract, shown on the smallest service that keeps it.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App as Application, HttpMessage as _, HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Clock;
use platform::authority::Authority;
use platform::caller::{Actor, ActorKind, Caller, Unnamed};
use platform::db::{Db, Tx};
use platform::etag::IfMatch;
use platform::migration::{Migration, Migrations, table};
use platform::operation::Operations;
use platform::outbox::{self, Change};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::request::{self, RequestContext};
use platform::service::{Mounted, Service};
use platform::valid::Valid;
use platform::worker::{Outcome, Worker as _};
use platform::{audit, openapi, operations, permissions};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, DbBackend, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::keys::{ISSUER, TestTrust};
use crate::{App, Persona};

permissions! {
    ReadNotes = "notes:read";
    WriteNotes = "notes:write";
}

#[expect(unreachable_pub, reason = "the derive makes public types of these")]
mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub text: String,
        pub at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct WriteNote {
    #[schema(min_length = 1, max_length = 20)]
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct NoteView {
    id: Uuid,
    text: String,
    at: DateTime<Utc>,
}

#[derive(Deserialize, IntoParams)]
struct NotePath {
    note_id: Uuid,
}

fn view(note: &note::Model) -> NoteView {
    NoteView { id: note.id, text: note.text.clone(), at: note.at }
}

/// Write a note.
#[utoipa::path(post, path = "/v1/notes", request_body = WriteNote, responses((status = 201, body = NoteView)))]
async fn create(caller: Caller<WriteNotes>, command: Valid<WriteNote>, db: web::Data<Db>) -> Result<Reply, Problem> {
    db.command(&caller, "note.create", async |tx| {
        let note = note::Model { id: kernel::id::new_uuid(), version: 1, text: command.text.clone(), at: tx.now() };
        note::Entity::insert(note::ActiveModel::from(note.clone())).exec_without_returning(tx).await?;
        tx.record(Change::new("note.created", "note", note.id, 1).after(&view(&note)));
        Ok(Reply::created(format!("/v1/notes/{}", note.id), &view(&note))?.tagged(1))
    })
    .await
}

/// Read a note.
#[utoipa::path(get, path = "/v1/notes/{note_id}", params(NotePath), responses((status = 200, body = NoteView)))]
async fn fetch(_caller: Caller<ReadNotes>, path: web::Path<NotePath>, db: web::Data<Db>) -> Result<Reply, Problem> {
    let note = note::Entity::find_by_id(path.note_id).one(db.read()).await?.ok_or_else(|| kernel::Fault::not_found("note"))?;
    Ok(Reply::ok(&view(&note))?.tagged(note.version))
}

/// Rewrite a note.
#[utoipa::path(put, path = "/v1/notes/{note_id}", params(NotePath), request_body = WriteNote, responses((status = 200, body = NoteView)))]
async fn replace(
    caller: Caller<WriteNotes>,
    path: web::Path<NotePath>,
    expected: IfMatch,
    command: Valid<WriteNote>,
    db: web::Data<Db>,
) -> Result<Reply, Problem> {
    db.command(&caller, "note.replace", async |tx| {
        let old = note::Entity::find_by_id(path.note_id).one(tx).await?.ok_or_else(|| kernel::Fault::not_found("note"))?;
        expected.check(old.version)?;
        let new = note::Model { version: old.version + 1, text: command.text.clone(), ..old.clone() };
        let written = note::Entity::update_many()
            .set(note::ActiveModel { version: Set(new.version), text: Set(new.text.clone()), ..Default::default() })
            .filter(note::Column::Id.eq(new.id))
            .filter(note::Column::Version.eq(old.version))
            .exec(tx)
            .await?;
        if written.rows_affected == 0 {
            return Err(kernel::Fault::stale().into());
        }
        tx.record(Change::new("note.replaced", "note", new.id, new.version).before(&view(&old)).after(&view(&new)));
        Ok(Reply::ok(&view(&new))?.tagged(new.version))
    })
    .await
}

fn notes() -> Operations {
    operations!["notes"; create, fetch, replace]
}

fn migrations() -> Migrations {
    use sea_orm_migration::schema::{big_integer, string, timestamp_with_time_zone, uuid};
    vec![Migration {
        name: "m0001_note",
        tables: || {
            let columns = table("note").col(uuid("id").primary_key()).col(big_integer("version")).take();
            let mut columns = columns;
            vec![columns.col(string("text")).col(timestamp_with_time_zone("at")).take()]
        },
        statements: |_| Vec::new(),
    }]
}

fn service() -> Service {
    Service {
        name: "notes",
        about: "Notes.",
        number: 200,
        operations: notes,
        migrations,
        start: |foundation| {
            Box::pin(async move {
                let db = web::Data::new(foundation.db);
                let data = Arc::new(move |config: &mut web::ServiceConfig| {
                    config.app_data(db.clone());
                });
                Ok(Mounted { data, workers: Vec::new() })
            })
        },
    }
}

#[actix_web::test]
async fn a_note_is_written_read_and_rewritten_on_its_version() {
    let app = App::start(service()).await;
    let ada = app.administrator();
    let made = ada.post("/v1/notes", json!({"text": "one"})).await.expect(201);
    assert_eq!(made.text("/at"), "2026-03-02T15:00:00Z");
    let path = made.header("location").to_owned();
    assert_eq!(ada.get(&path).await.expect(200).bytes, made.bytes);
    let _ = ada.put(&path, json!({"text": "two"})).await.expect_problem(428, "if_match_required");
    let _ = ada.write(reqwest::Method::PUT, &path, &made.etag(), json!({"text": "two"})).await.expect(200);
    ada.write(reqwest::Method::PUT, &path, &made.etag(), json!({"text": "three"})).await.expect_problem(412, "stale_version");
    let unchanged = ada.request(reqwest::Method::GET, &path).header("If-None-Match", "\"v2\"");
    let _ = ada.send(unchanged).await.expect(304);
    let outbox = outbox::entity::Entity::find().all(app.db.read()).await.unwrap();
    assert_eq!(outbox.len(), 2);
    assert!(outbox[1].payload.contains("note.replaced"), "{}", outbox[1].payload);
    app.stop().await;
}

#[actix_web::test]
async fn refusals_are_problem_documents_that_name_the_request() {
    let app = App::start(service()).await;
    let ada = app.administrator();
    app.anonymous().get("/v1/notes/x").await.expect_problem(401, "unauthenticated");
    let reader = app.client(&Persona::new("Rea", platform::caller::ActorKind::User, "notes:read"));
    reader.post("/v1/notes", json!({"text": "x"})).await.expect_problem(403, "missing_permission");
    ada.get("/v1/notes/x").await.expect_problem(404, "not_found");
    ada.get("/v1/nothing").await.expect_problem(404, "no_such_route");
    let refused = ada.send(ada.request(reqwest::Method::DELETE, "/v1/notes")).await;
    assert_eq!(refused.header("allow"), "POST");
    refused.expect_problem(405, "method_not_allowed");
    let plain = ada.request(reqwest::Method::POST, "/v1/notes").body("text").header("content-type", "text/plain");
    ada.send(plain).await.expect_problem(415, "unsupported_media_type");
    let long = ada.request(reqwest::Method::POST, "/v1/notes").body(vec![b' '; (1 << 20) + 1]).header("content-type", "application/json");
    ada.send(long).await.expect_problem(413, "body_too_large");
    let refused = ada.post("/v1/notes", json!({"text": 3, "more": true})).await;
    assert_eq!(refused.body["request_id"], refused.header("x-request-id"));
    assert_eq!(refused.body["errors"][1]["pointer"], "/text");
    refused.expect_problem(422, "validation_failed");
    app.stop().await;
}

#[actix_web::test]
async fn nothing_names_an_unnamed_caller_whether_admitted_or_refused() {
    let (authority, mut refusals) = Authority::new(ISSUER, Clock::default(), Arc::new(TestTrust));
    let service = Application::new()
        .app_data(web::Data::new(authority))
        .route("/named", web::post().to(|_: Caller<WriteNotes>| async { HttpResponse::Ok().finish() }))
        .route("/unnamed", web::post().to(|_: Unnamed<WriteNotes>| async { HttpResponse::Ok().finish() }))
        .wrap(from_fn(request::context));
    let service = init_service(service).await;
    let [reader, writer] = ["notes:read", "notes:write"].map(|right| Persona::new("Rita", ActorKind::User, right));
    for (path, persona, status) in
        [("/named", &writer, 200), ("/named", &reader, 403), ("/unnamed", &writer, 200), ("/unnamed", &reader, 403)]
    {
        let bearer = format!("Bearer {}", persona.token());
        let request = TestRequest::post().uri(path).insert_header(("authorization", bearer)).to_request();
        let answer = call_service(&service, request).await;
        let context = answer.request().extensions().get::<Rc<RequestContext>>().cloned().unwrap();
        let logged = (path == "/named").then(|| format!("user:{}", persona.id));
        assert_eq!((answer.status().as_u16(), context.actor.take()), (status, logged), "{path}");
    }
    let (named, unnamed) = (refusals.try_recv().unwrap(), refusals.try_recv().unwrap());
    assert_eq!((named.actor.id, named.request_id.is_some()), (reader.id, true));
    assert_eq!((unnamed.actor, unnamed.request_id, unnamed.permission), (Actor::system("unnamed"), None, "notes:write"));
}

#[actix_web::test]
async fn fifty_requests_with_one_key_write_one_note() {
    let app = App::start(service()).await;
    let ada = app.administrator();
    let posts = (0..50).map(|_| ada.post_keyed("/v1/notes", "k1", json!({"text": "once"})));
    let answers = futures_util::future::join_all(posts).await;
    let bodies: std::collections::BTreeSet<Vec<u8>> = answers.iter().map(|answer| answer.clone().expect(201).bytes).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotent-replayed") == "true").count(), 49);
    ada.post_keyed("/v1/notes", "k1", json!({"text": "other"})).await.expect_problem(422, "idempotency_mismatch");
    assert_eq!(note::Entity::find().count(app.db.read()).await.unwrap(), 1);
    assert_eq!(outbox::entity::Entity::find().count(app.db.read()).await.unwrap(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_repetition_gets_its_answer_also_where_it_would_be_refused_now() {
    let app = App::start(service()).await;
    let ada = app.administrator();
    let made = ada.post("/v1/notes", json!({"text": "one"})).await.expect(201);
    let keyed = |text: &str| {
        let request = ada.request(reqwest::Method::PUT, made.header("location")).header("If-Match", made.etag());
        ada.send(request.header("Idempotency-Key", "k2").json(&json!({"text": text})))
    };
    let first = keyed("two").await.expect(200);
    let again = keyed("two").await.expect(200);
    assert_eq!((&again.bytes, again.header("idempotent-replayed"), again.etag()), (&first.bytes, "true", first.etag()));
    keyed("three").await.expect_problem(422, "idempotency_mismatch");
    app.stop().await;
}

async fn write(tx: &Tx, text: &str) -> Result<(), Problem> {
    let note = note::Model { id: kernel::id::new_uuid(), version: 1, text: text.to_owned(), at: tx.now() };
    note::Entity::insert(note::ActiveModel::from(note)).exec_without_returning(tx).await?;
    Ok(())
}

#[actix_web::test]
async fn a_write_that_is_given_up_is_undone_and_leaves_room_for_the_next() {
    let app = App::start(service()).await;
    let given_up = app.db.write("test.given_up", async |tx| {
        write(tx, "given up").await?;
        std::future::pending().await
    });
    let waited: Result<Result<(), Problem>, _> = actix_web::rt::time::timeout(std::time::Duration::from_millis(200), given_up).await;
    assert!(waited.is_err());
    app.db.write("test.next", async |tx| write(tx, "next").await).await.unwrap();
    let notes = note::Entity::find().all(app.db.read()).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["next"]);
    app.stop().await;
}

#[actix_web::test]
async fn connections_that_broke_are_replaced() {
    let app = App::start(service()).await;
    if app.db.backend() == DbBackend::Postgres {
        let both = futures_util::future::join(note::Entity::find().count(app.db.read()), note::Entity::find().count(app.db.read()));
        assert_eq!(both.await, (Ok(0), Ok(0)));
        let others =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        app.db.migrations().execute_unprepared(others).await.unwrap();
        let refused = Problem::from(note::Entity::find().count(app.db.read()).await.unwrap_err());
        assert_eq!(refused.status().as_u16(), 503);
    }
    assert_eq!(note::Entity::find().count(app.db.read()).await.unwrap(), 0);
    app.stop().await;
}

#[actix_web::test]
async fn the_audit_trail_is_sealed_and_cannot_be_rewritten() {
    let app = App::start(service()).await;
    let ada = app.administrator();
    for text in ["a", "b", "c"] {
        let _ = ada.post("/v1/notes", json!({"text": text})).await.expect(201);
    }
    assert_eq!(audit::seal::step(&app.db).await.unwrap(), 3);
    assert_eq!(audit::seal::step(&app.db).await.unwrap(), 0);
    let verification = audit::seal::verify(app.db.read()).await.unwrap();
    assert_eq!((verification.checked, verification.broken_at), (3, None));
    let entries = ada.get("/v1/audit/notes?limit=2").await.expect(200);
    assert_eq!(entries.rows()[0]["action"], "note.created");
    assert_eq!(ada.get(&format!("/v1/audit/notes?after={}", entries.text("/next_cursor"))).await.expect(200).rows().len(), 1);
    assert_eq!(ada.get("/v1/audit/notes/verification").await.expect(200).text("/checked"), "3");
    let sealing = audit::seal::Sealing::new(app.db.clone());
    let idle = app.db.write("test.hold", async |_| sealing.step().await).await.unwrap();
    assert_eq!(idle, Outcome::Idle, "with nothing to seal no lock is needed");
    let mut late = audit::entity::Entity::find().one(app.db.read()).await.unwrap().unwrap();
    (late.seq, late.id) = (-1, kernel::id::new_uuid());
    let late = audit::entity::ActiveModel::from(late).reset_all();
    app.db.write("test.late", async |tx| Ok(late.clone().insert(tx).await?)).await.unwrap();
    assert_eq!(sealing.step().await.unwrap(), Outcome::Idle);
    assert_eq!(audit::seal::step(&app.db).await.unwrap(), 1, "what committed late is found by a thorough look");
    let tampered = app.db.migrations().execute_unprepared("UPDATE audit SET actor_name = 'nobody'").await;
    assert!(tampered.unwrap_err().to_string().contains("append-only"));
    app.stop().await;
}

#[test]
fn the_document_says_what_the_types_say() {
    let document = serde_json::to_value(openapi::document("Notes", "Notes.", &notes())).unwrap();
    let replace = &document["paths"]["/v1/notes/{note_id}"]["put"];
    assert_eq!(replace["operationId"], "notes.replace");
    assert_eq!(replace["security"], json!([{"bearer": ["notes:write"]}]));
    assert_eq!(replace["summary"], "Rewrite a note.");
    assert!(replace["parameters"].as_array().unwrap().iter().any(|parameter| parameter["name"] == "If-Match"));
    for status in ["401", "403", "404", "409", "412", "413", "415", "422", "428"] {
        assert!(replace["responses"][status].is_object(), "{status}");
    }
}
