//! Answers of peers that are used again for a moment.
//!
//! For facts that are asked for far more often than they change. Only what was answered is kept, never that nothing was; a
//! fault is asked about again. Nothing here decides how old an answer may be: who keeps it says so, with the reason.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Answers kept at most; beyond it, old ones are dropped, and when none is old the next is not kept.
const MOST: usize = 10_000;

/// Answers by question. Clones of an answer are handed out, so large ones belong in an `Arc`.
pub struct Recent<K, V> {
    fresh_for: Duration,
    known: RwLock<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Keeps each answer for `fresh_for`, by the machine's clock whatever the time is set to.
    #[must_use]
    pub fn new(fresh_for: Duration) -> Self {
        Self { fresh_for, known: RwLock::default() }
    }

    /// The answer, when it was kept not longer ago than answers are fresh.
    #[must_use]
    pub fn get(&self, question: &K) -> Option<V> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(question).filter(|(at, _)| at.elapsed() < self.fresh_for).map(|(_, answer)| answer.clone())
    }

    /// Keeps an answer.
    pub fn keep(&self, question: K, answer: V) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (at, _)| at.elapsed() < self.fresh_for);
        }
        if known.len() < MOST {
            known.insert(question, (Instant::now(), answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_used_again_until_it_is_old() {
        let (lasting, passing) = (Recent::new(Duration::from_secs(60)), Recent::new(Duration::ZERO));
        for recent in [&lasting, &passing] {
            assert_eq!(recent.get(&1), None);
            recent.keep(1, "one");
        }
        assert_eq!((lasting.get(&1), lasting.get(&2), passing.get(&1)), (Some("one"), None, None));
    }

    #[test]
    fn the_number_of_answers_is_bounded() {
        let (lasting, passing) = (Recent::new(Duration::from_secs(60)), Recent::new(Duration::ZERO));
        for question in 0..=MOST {
            lasting.keep(question, ());
            passing.keep(question, ());
        }
        assert_eq!((lasting.get(&0), lasting.get(&MOST)), (Some(()), None));
        assert_eq!(passing.known.read().unwrap().len(), 1);
    }
}
