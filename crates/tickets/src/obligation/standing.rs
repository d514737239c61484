//! The promises of one subject that hangs on no ticket: a safety report, a notice to an account.
//!
//! Used as a ticket's case is: resumed inside the transaction that changes the subject, changed by the engine's verbs, written
//! with timers and events. Whoever changes the subject holds its row, so its promises are changed by one at a time.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::id::MessageId;
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::{ConnectionTrait, QuerySelect, Select};
use uuid::Uuid;

use super::engine::promises::{Happening, Promises};
use super::engine::{Subject, Target};
use super::entity::Entity;
use super::holder::Holder;
use super::store::{self, Unwritten};
use crate::rulebook::{Rulebook, Rules};
use crate::vocabulary::{Cause, ObligationKind};

/// A subject's promises under the rules in force, as read and as they are to be written.
pub(crate) struct Standing {
    pub(crate) subject: Subject,
    pub(crate) holder: Holder,
    pub(crate) rules: Arc<Rulebook>,
    before: Promises,
    pub(crate) promises: Promises,
}

impl Standing {
    /// A subject, stored or made in this transaction; `holder` says what it is now, which may differ from what it was.
    pub(crate) async fn resume(tx: &Tx, rules: &Rules, subject: Subject, holder: Holder) -> Result<Self, Problem> {
        let rules = rules.current(tx).await?;
        let promises = store::of_subject(tx, subject.id).await?;
        Ok(Self::read(rules, subject, holder, promises))
    }

    /// As [`Standing::resume`], for promises that are read already.
    pub(crate) fn read(rules: Arc<Rulebook>, subject: Subject, holder: Holder, promises: Promises) -> Self {
        Self { subject, holder, rules, before: promises.clone(), promises }
    }

    /// Promises something from `at` on by the policies' terms; false when they promise nothing of the kind.
    pub(crate) fn promise(&mut self, kind: ObligationKind, at: DateTime<Utc>) -> bool {
        self.promises.promise(self.subject, kind, at, &self.rules.for_ticket(self.holder.traits, at))
    }

    /// Promises something until an instant that somebody else set.
    pub(crate) fn promise_until(&mut self, kind: ObligationKind, at: DateTime<Utc>, due_at: DateTime<Utc>) {
        let terms = self.rules.for_ticket(self.holder.traits, at).fixed(Target::Until { at: due_at });
        self.promises.promise_by(self.subject, kind, at, &terms, self.rules.as_ref());
    }

    /// What was promised was done at `at`.
    pub(crate) fn keep(&mut self, kind: ObligationKind, at: DateTime<Utc>, by: Option<MessageId>) {
        self.promises.keep(self.subject, kind, at, by, self.rules.as_ref());
    }

    /// Nothing of it need be done any more.
    pub(crate) fn release(&mut self, at: DateTime<Utc>, cause: Cause) {
        self.promises.release(self.subject, at, cause);
    }

    /// The promises as they were read.
    pub(crate) fn before(&self) -> &Promises {
        &self.before
    }

    /// Recalculates the promises from `at` on under the rules in force at `under`.
    pub(crate) fn terms_changed(&mut self, cause: Cause, at: DateTime<Utc>, under: DateTime<Utc>) {
        let rules = self.rules.for_ticket(self.holder.traits, under);
        self.promises.apply(Happening::TermsChanged(cause), at, &rules);
    }

    /// Writes what differs from what was read, with timers and events.
    ///
    /// # Errors
    /// 412 when a promise has changed since it was read.
    pub(crate) async fn write(&mut self, tx: &Tx) -> Result<(), Problem> {
        write_all(tx, std::slice::from_mut(self)).await
    }
}

/// As [`Standing::write`], for all of these.
///
/// # Errors
/// 412 when a promise has changed since it was read.
pub(crate) async fn write_all(tx: &Tx, all: &mut [Standing]) -> Result<(), Problem> {
    let mut unwritten = Unwritten::default();
    for standing in all {
        standing.promises.list.iter_mut().for_each(|one| one.settle(tx.now()));
        unwritten.gather(tx, &standing.holder, (&standing.before, &mut standing.promises), &standing.rules)?;
    }
    unwritten.send(tx).await
}

/// These subjects with all their promises, held, in one query.
pub(crate) async fn of_subjects(tx: &Tx, rules: &Arc<Rulebook>, subjects: &[Uuid]) -> Result<Vec<Standing>, Problem> {
    found(tx, rules, store::of(subjects).lock_exclusive()).await
}

/// As [`of_subjects`], to be looked at only.
pub(crate) async fn seen<C: ConnectionTrait>(db: &C, rules: &Arc<Rulebook>, subjects: &[Uuid]) -> Result<Vec<Standing>, Problem> {
    found(db, rules, store::of(subjects)).await
}

async fn found<C: ConnectionTrait>(db: &C, rules: &Arc<Rulebook>, promises: Select<Entity>) -> Result<Vec<Standing>, Problem> {
    let found = store::of_subjects(db, promises).await?;
    Ok(found.into_iter().map(|(subject, holder, promises)| Standing::read(Arc::clone(rules), subject, holder, promises)).collect())
}
