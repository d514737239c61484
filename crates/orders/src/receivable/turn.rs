//! Waiting one's turn at an account before a database connection is taken.
//!
//! The balance row is the lock that counts: it also holds between replicas. But whoever waits for it holds a connection of the
//! pool, and a burst on one account would leave none to anybody else. So those of this process queue here first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// Accounts known at most before those that nobody waits for are forgotten.
const MANY: usize = 1_024;

type Queue = tokio::sync::Mutex<()>;

/// The queues at the accounts; fair, first come first served.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    queues: Arc<Mutex<HashMap<Uuid, Weak<Queue>>>>,
}

impl Turns {
    /// Waits for this account's turn, which lasts until the guard is dropped.
    pub async fn at(&self, account: Uuid) -> OwnedMutexGuard<()> {
        self.queue(account).lock_owned().await
    }

    fn queue(&self, account: Uuid) -> Arc<Queue> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(&account).and_then(Weak::upgrade) {
            return queue;
        }
        if queues.len() >= MANY {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::new(Queue::default());
        queues.insert(account, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[actix_web::test]
    async fn one_account_waits_and_another_does_not() {
        let turns = Turns::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let held = turns.at(one).await;
        let _other = turns.at(other).await;
        assert!(tokio::time::timeout(Duration::from_millis(20), turns.at(one)).await.is_err());
        drop(held);
        let _next = turns.at(one).await;
    }
}
