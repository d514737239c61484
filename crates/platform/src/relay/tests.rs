use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kernel::Clock;
use kernel::id::new_uuid;
use sea_orm::{ConnectionTrait as _, DbBackend};

use super::*;
use crate::db::{Location, Pools};
use crate::lease::{self, Lease};
use crate::migration;
use crate::outbox::Change;
use crate::worker;

#[derive(Default)]
struct Inbox {
    broken: AtomicBool,
    taken: Mutex<Vec<Envelope>>,
    batches: AtomicUsize,
}

#[async_trait(?Send)]
impl Sink for Inbox {
    async fn deliver(&self, batch: &[Envelope]) -> Result<(), Problem> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Problem::unavailable("broken on purpose"));
        }
        self.taken.lock().unwrap().extend_from_slice(batch);
        self.batches.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A fresh database: PostgreSQL where `LIAISON_TEST_POSTGRES` names a server, otherwise SQLite.
struct Scratch {
    db: Db,
    clock: Clock,
    folder: std::path::PathBuf,
    server: Option<(String, String)>,
}

impl Scratch {
    async fn new() -> Self {
        let name = format!("relay_{}", new_uuid().simple());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).unwrap();
        let server = crate::config::environment().remove("LIAISON_TEST_POSTGRES");
        let location = match &server {
            None => Location::Folder(folder.clone()),
            Some(server) => {
                on_server(server, &format!("CREATE DATABASE {name}")).await;
                Location::Postgres(format!("{}/{name}", server.rsplit_once('/').unwrap().0))
            }
        };
        let clock = Clock::fixed("2026-03-02T15:00:00Z".parse().unwrap());
        let db = Db::open("tickets", &location, &Pools { postgres: 4, ..Pools::default() }, clock.clone()).await.unwrap();
        migration::run(&db, Vec::new).await.unwrap();
        Self { db, clock, folder, server: server.map(|server| (server, name)) }
    }

    async fn end(self) {
        let Self { db, folder, server, .. } = self;
        drop(db);
        std::fs::remove_dir_all(folder).unwrap();
        if let Some((server, name)) = server {
            on_server(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn on_server(server: &str, statement: &str) {
    sea_orm::Database::connect(server).await.unwrap().execute_unprepared(statement).await.unwrap();
}

async fn commit(db: &Db, events: i64) {
    let subject = new_uuid();
    db.write("test.commit", async |tx| {
        for version in 1..=events {
            tx.record(Change::new("ticket.opened", "ticket", subject, version));
        }
        Ok(())
    })
    .await
    .unwrap();
}

#[actix_web::test]
async fn events_leave_in_order_once_and_are_pruned_after_a_day() {
    let scratch = Scratch::new().await;
    let (db, clock) = (scratch.db.clone(), scratch.clock.clone());
    let inbox = Arc::new(Inbox::default());
    let relay = Relay::new(db.clone(), Arc::<Inbox>::clone(&inbox));
    assert_eq!(relay.step().await.unwrap(), Outcome::Idle);
    commit(&db, 300).await;
    inbox.broken.store(true, Ordering::Relaxed);
    assert!(relay.step().await.is_err());
    inbox.broken.store(false, Ordering::Relaxed);
    assert_eq!(relay.step().await.unwrap(), Outcome::Worked(256));
    assert_eq!(relay.step().await.unwrap(), Outcome::Finished(44));
    assert_eq!(relay.step().await.unwrap(), Outcome::Idle);
    let sequences: Vec<i64> = inbox
        .taken
        .lock()
        .unwrap()
        .iter()
        .map(|envelope| serde_json::from_str::<serde_json::Value>(&envelope.payload).unwrap()["sequence"].as_i64().unwrap())
        .collect();
    assert_eq!(sequences, (1..=300).collect::<Vec<_>>());
    let first = inbox.taken.lock().unwrap()[0].clone();
    assert_eq!((first.service, first.kind.as_str()), ("tickets", "ticket.opened"));
    assert_eq!(NatsSink::subject(&first), "liaison.tickets.ticket.opened");

    let prune = Prune::new(db.clone());
    assert_eq!(prune.step().await.unwrap(), Outcome::Idle);
    clock.set(Some(clock.now() + TimeDelta::hours(25)));
    assert_eq!(prune.step().await.unwrap(), Outcome::Worked(300));
    scratch.end().await;
}

#[actix_web::test]
async fn a_lease_has_one_owner_until_it_ends_or_is_given_up() {
    let scratch = Scratch::new().await;
    let db = scratch.db.clone();
    let term = Duration::from_millis(150);
    let first = Lease::new(db.clone(), "relay").with_term(term);
    let second = Lease::new(db.clone(), "relay").with_term(term);
    assert!(first.take().await.unwrap());
    assert!(first.take().await.unwrap(), "the owner renews");
    assert!(!second.take().await.unwrap());
    tokio::time::sleep(term * 2).await;
    assert!(second.take().await.unwrap(), "an ended lease is taken over");
    assert!(!first.take().await.unwrap());
    second.release().await.unwrap();
    assert!(first.take().await.unwrap());
    lease::end_all(&db).await.unwrap();
    assert_eq!(second.take().await.unwrap(), db.backend() == DbBackend::Sqlite, "only SQLite's one process knows the owner to be dead");
    scratch.end().await;
}

#[actix_web::test]
async fn a_running_relay_wakes_on_commit_and_ends_with_the_drain() {
    let scratch = Scratch::new().await;
    let db = scratch.db.clone();
    let inbox = Arc::new(Inbox::default());
    let health = crate::health::Health::new(Vec::new());
    let relay: Arc<dyn Worker> = Arc::new(Relay::new(db.clone(), Arc::<Inbox>::clone(&inbox)));
    let runners = worker::start(&db, vec![relay], &health);
    tokio::time::sleep(Duration::from_millis(50)).await;
    commit(&db, 3).await;
    for _ in 0..100 {
        if inbox.taken.lock().unwrap().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(inbox.taken.lock().unwrap().len(), 3);
    for _ in 0..20 {
        commit(&db, 1).await;
    }
    while inbox.taken.lock().unwrap().len() < 23 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(inbox.batches.load(Ordering::Relaxed) < 12, "commits that follow one another leave together");
    health.drain();
    runners.ended().await;
    assert!(Lease::new(db, "relay").take().await.unwrap(), "the lease was given up");
    scratch.end().await;
}

#[actix_web::test]
async fn a_repeated_batch_is_in_the_stream_once_and_in_order() {
    let Some(url) = crate::config::environment().remove("LIAISON_TEST_NATS") else {
        println!("skipped: LIAISON_TEST_NATS names no NATS server");
        return;
    };
    let sink = NatsSink::connect(&url).await.unwrap();
    let kind = format!("test.{}", new_uuid().simple());
    let event =
        |number: usize| Envelope { id: new_uuid(), service: "platform", kind: kind.clone(), payload: format!("{{\"n\":{number}}}") };
    let batch: Vec<Envelope> = (0..100).map(event).collect();
    sink.deliver(&batch).await.unwrap();
    sink.deliver(&batch).await.unwrap();
    let stream = sink.context().get_stream(STREAM).await.unwrap();
    let consumer = stream
        .create_consumer(async_nats::jetstream::consumer::pull::Config {
            filter_subject: NatsSink::subject(&batch[0]),
            ..Default::default()
        })
        .await
        .unwrap();
    let mut messages = consumer.fetch().max_messages(200).messages().await.unwrap();
    let mut payloads = Vec::new();
    while let Some(message) = futures_util::StreamExt::next(&mut messages).await {
        payloads.push(String::from_utf8(message.unwrap().payload.to_vec()).unwrap());
    }
    assert_eq!(payloads, batch.iter().map(|envelope| envelope.payload.clone()).collect::<Vec<_>>());
}
