use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use kernel::Clock;
use kernel::id::new_uuid;

use super::*;
use crate::db::{Location, Pools};
use crate::lease::Lease;
use crate::migration;
use crate::outbox::Change;
use crate::worker;

#[derive(Default)]
struct Inbox {
    broken: AtomicBool,
    taken: Mutex<Vec<Envelope>>,
}

#[async_trait(?Send)]
impl Sink for Inbox {
    async fn deliver(&self, batch: &[Envelope]) -> Result<(), Problem> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Problem::unavailable("broken on purpose"));
        }
        self.taken.lock().unwrap().extend_from_slice(batch);
        Ok(())
    }
}

async fn database() -> (Db, Clock) {
    let folder = std::env::temp_dir().join(format!("liaison-relay-{}", new_uuid()));
    std::fs::create_dir_all(&folder).unwrap();
    let start: DateTime<Utc> = "2026-03-02T15:00:00Z".parse().unwrap();
    let clock = Clock::fixed(start);
    let db = Db::open("tickets", &Location::Folder(folder), &Pools::default(), clock.clone()).await.unwrap();
    migration::run(&db, Vec::new).await.unwrap();
    (db, clock)
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
    let (db, clock) = database().await;
    let inbox = Arc::new(Inbox::default());
    let relay = Relay::new(db.clone(), Arc::<Inbox>::clone(&inbox));
    assert_eq!(relay.step().await.unwrap(), Outcome::Idle);
    commit(&db, 300).await;
    inbox.broken.store(true, Ordering::Relaxed);
    assert!(relay.step().await.is_err());
    inbox.broken.store(false, Ordering::Relaxed);
    assert_eq!(relay.step().await.unwrap(), Outcome::Worked(256));
    assert_eq!(relay.step().await.unwrap(), Outcome::Worked(44));
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
}

#[actix_web::test]
async fn a_lease_has_one_owner_until_it_ends_or_is_given_up() {
    let (db, _) = database().await;
    let term = Duration::from_millis(150);
    let first = Lease::new(db.clone(), "relay").with_term(term);
    let second = Lease::new(db, "relay").with_term(term);
    assert!(first.take().await.unwrap());
    assert!(first.take().await.unwrap(), "the owner renews");
    assert!(!second.take().await.unwrap());
    tokio::time::sleep(term * 2).await;
    assert!(second.take().await.unwrap(), "an ended lease is taken over");
    assert!(!first.take().await.unwrap());
    second.release().await.unwrap();
    assert!(first.take().await.unwrap());
}

#[actix_web::test]
async fn a_running_relay_wakes_on_commit_and_ends_with_the_drain() {
    let (db, _) = database().await;
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
    health.drain();
    runners.ended().await;
    assert!(Lease::new(db, "relay").take().await.unwrap(), "the lease was given up");
}
