//! A service's replicas: in turn, without those that are not ready or whose breaker is open.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use platform::health::Health;

use super::breaker::Breaker;
use super::budget::Budget;
use super::exchange;

const POLL: Duration = Duration::from_secs(1);

pub(super) struct Pool {
    service: String,
    replicas: Vec<Replica>,
    turn: AtomicUsize,
    budget: Budget,
}

pub(super) struct Replica {
    url: String,
    ready: AtomicBool,
    breaker: Mutex<Breaker>,
}

impl Pool {
    pub(super) fn new(service: &str, urls: &[String]) -> Self {
        let replica = |url: &String| Replica { url: url.clone(), ready: AtomicBool::new(true), breaker: Mutex::default() };
        let replicas = urls.iter().map(replica).collect();
        Self { service: service.to_owned(), replicas, turn: AtomicUsize::new(0), budget: Budget::default() }
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    pub(super) fn replicas(&self) -> &[Replica] {
        &self.replicas
    }

    /// The next replica that takes requests, another than `last` if there is one.
    pub(super) fn pick(&self, last: Option<&Replica>) -> Option<&Replica> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        let count = self.replicas.len();
        let in_turn = || (0..count).filter_map(|step| self.replicas.get(turn.wrapping_add(step) % count));
        let is_last = |replica: &Replica| last.is_some_and(|last| std::ptr::eq(last, replica));
        let other = in_turn().find(|replica| !is_last(replica) && replica.admits(now));
        other.or_else(|| in_turn().find(|replica| is_last(replica) && replica.admits(now)))
    }

    pub(super) fn count(&self) {
        self.budget.pay_in();
    }

    pub(super) fn may_retry(&self) -> bool {
        self.budget.spend()
    }
}

impl Replica {
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn admits(&self, now: Instant) -> bool {
        self.ready.load(Ordering::Relaxed) && self.breaker.lock().unwrap_or_else(PoisonError::into_inner).admit(now)
    }

    pub(super) fn heard(&self, failed: bool, now: Instant) {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner).heard(failed, now);
    }

    pub(super) fn let_go(&self) {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner).let_go(Instant::now());
    }

    pub(super) async fn watch(&self, health: &Health) {
        while !health.is_draining() {
            let ready = exchange::is_ready(&self.url).await;
            if self.ready.swap(ready, Ordering::Relaxed) != ready {
                tracing::info!(upstream = self.url, ready, "a replica's readiness changed");
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = health.draining() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(count: usize) -> Pool {
        let urls: Vec<String> = (0..count).map(|number| format!("http://127.0.0.1:{number}")).collect();
        Pool::new("tickets", &urls)
    }

    #[test]
    fn replicas_take_turns_and_a_retry_goes_elsewhere() {
        let pool = pool(3);
        let first = pool.pick(None).unwrap();
        let second = pool.pick(None).unwrap();
        assert_ne!(first.url(), second.url());
        for _ in 0..6 {
            assert_ne!(pool.pick(Some(first)).unwrap().url(), first.url());
        }
    }

    #[test]
    fn what_is_not_ready_or_broken_is_passed_over() {
        let pool = pool(2);
        pool.replicas[0].ready.store(false, Ordering::Relaxed);
        assert!((0..4).all(|_| pool.pick(None).unwrap().url() == pool.replicas[1].url()));
        for _ in 0..5 {
            pool.replicas[1].heard(true, Instant::now());
        }
        assert!(pool.pick(None).is_none());
        pool.replicas[0].ready.store(true, Ordering::Relaxed);
        assert_eq!(pool.pick(Some(&pool.replicas[0])).unwrap().url(), pool.replicas[0].url(), "the last one, if it is the only one");
        assert!(Pool::new("nobody", &[]).pick(None).is_none());
    }
}
