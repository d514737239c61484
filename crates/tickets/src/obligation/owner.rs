//! A promise together with all that changes with it, for commands that name nothing but the promise.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{ObligationId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;

use super::engine::promises::Promises;
use super::engine::{Obligation, Subject};
use super::holder::Holder;
use super::standing::{self, Standing};
use super::store;
use crate::rulebook::{Rulebook, Rules};
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::vocabulary::{Cause, ObligationKind};

/// Whose promise it is: a ticket's, or that of a subject that hangs on none.
pub(crate) enum Owner {
    Ticket(Box<Case>),
    Subject(Box<Standing>),
}

impl Owner {
    /// Reads the owner of a promise for a change.
    ///
    /// # Errors
    /// 404 when there is no such promise inside `scope`.
    pub(crate) async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: ObligationId) -> Result<Self, Problem> {
        let subject = match store::whose(tx, id).await? {
            Ok(ticket) => {
                let mut case = commands::resume(tx, rules, scope, ticket).await?;
                case.recall(store::find(tx, id).await?);
                return Ok(Self::Ticket(Box::new(case)));
            }
            Err(subject) => subject,
        };
        let found = standing::of_subjects(tx, &rules.current(tx).await?, &[subject]).await?;
        let standing = found.into_iter().find(|standing| standing.holder.is_within(scope) && !scope.is_customer());
        Ok(Self::Subject(Box::new(standing.ok_or_else(|| Fault::not_found(ObligationId::NOUN))?)))
    }

    /// The owner of what is promised about `subject`: the ticket that it hangs on, or itself. What its ticket promised ended
    /// with it when that was deleted.
    pub(crate) async fn about(
        tx: &Tx,
        rules: &Rules,
        ticket: Option<TicketId>,
        (subject, holder): (Subject, Holder),
    ) -> Result<Self, Problem> {
        if let Some(ticket) = ticket {
            match commands::resume(tx, rules, &RowScope::All, ticket).await {
                Err(problem) if problem.code() == "not_found" => {}
                case => return Ok(Self::Ticket(Box::new(case?))),
            }
        }
        Ok(Self::Subject(Box::new(Standing::resume(tx, rules, subject, holder).await?)))
    }

    /// Promises something about `subject` from `at` until an instant that somebody else set.
    pub(crate) fn promise_until(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, due_at: DateTime<Utc>) {
        match self {
            Self::Ticket(case) => case.promise_until(subject, kind, at, due_at),
            Self::Subject(standing) => standing.promise_until(kind, at, due_at),
        }
    }

    /// What was promised about `subject` was done at `at`.
    pub(crate) fn keep(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>) {
        match self {
            Self::Ticket(case) => case.keep(subject, kind, at, None),
            Self::Subject(standing) => standing.keep(kind, at, None),
        }
    }

    /// What kept a promise about `subject` has come to nothing.
    pub(crate) fn owe_again(&mut self, subject: Subject, kind: ObligationKind, now: DateTime<Utc>) {
        self.promises_mut().owe_again(subject, kind, now);
    }

    /// Nothing promised about `subject` need be done any more.
    pub(crate) fn release(&mut self, subject: Subject, now: DateTime<Utc>) {
        self.promises_mut().release(subject, now, Cause::Withdrawn);
    }

    pub(crate) fn rules(&self) -> &Arc<Rulebook> {
        match self {
            Self::Ticket(case) => &case.rules,
            Self::Subject(standing) => &standing.rules,
        }
    }

    pub(crate) fn promises(&self) -> &Promises {
        match self {
            Self::Ticket(case) => &case.promises,
            Self::Subject(standing) => &standing.promises,
        }
    }

    pub(crate) fn promises_mut(&mut self) -> &mut Promises {
        match self {
            Self::Ticket(case) => &mut case.promises,
            Self::Subject(standing) => &mut standing.promises,
        }
    }

    /// The promises as they were read.
    pub(crate) fn before(&self) -> Option<&Promises> {
        match self {
            Self::Ticket(case) => case.before.as_ref().map(|(_, promises)| promises),
            Self::Subject(standing) => Some(standing.before()),
        }
    }

    /// Recalculates the promises from `at` on under the rules in force at `under`.
    pub(crate) fn terms_changed(&mut self, cause: Cause, at: DateTime<Utc>, under: DateTime<Utc>) {
        match self {
            Self::Ticket(case) => case.terms_changed(cause, at, under),
            Self::Subject(standing) => standing.terms_changed(cause, at, under),
        }
    }

    /// Marks what the rules in force at `under`, had they held from `at` on, would have kept.
    pub(crate) fn correct(&mut self, at: DateTime<Utc>, under: DateTime<Utc>) {
        let (rules, traits) = (Arc::clone(self.rules()), self.holder().traits);
        self.promises_mut().correct(at, &rules.for_ticket(traits, under));
    }

    /// Settles what the clock has decided by `at`, as a write then would.
    pub(crate) fn settle(&mut self, at: DateTime<Utc>) {
        match self {
            Self::Ticket(case) => {
                case.touch.at = at;
                case.settle();
            }
            Self::Subject(standing) => standing.promises.list.iter_mut().for_each(|one| one.settle(at)),
        }
    }

    /// The ticket, when it is one's.
    pub(crate) fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Ticket(case) => Some(&case.ticket),
            Self::Subject(_) => None,
        }
    }

    pub(crate) fn holder(&self) -> Holder {
        match self {
            Self::Ticket(case) => Holder::from(&case.ticket),
            Self::Subject(standing) => standing.holder.clone(),
        }
    }

    /// # Errors
    /// 404 when it has no such promise.
    pub(crate) fn promise(&mut self, id: ObligationId) -> Result<&mut Obligation, Fault> {
        self.promises_mut().list.iter_mut().find(|one| one.id == id).ok_or_else(|| Fault::not_found(ObligationId::NOUN))
    }

    /// Writes what differs from what was read.
    ///
    /// # Errors
    /// 412 when a row has changed since it was read.
    pub(crate) async fn write(&mut self, tx: &Tx) -> Result<(), Problem> {
        match self {
            Self::Ticket(case) => {
                commands::write(tx, case).await?;
                commands::tell_touch(tx, case);
                Ok(())
            }
            Self::Subject(standing) => standing.write(tx).await,
        }
    }
}

/// Writes what differs, of all of them in as few statements as of one.
///
/// # Errors
/// 412 when a row has changed since it was read.
pub(crate) async fn write_all(tx: &Tx, owners: Vec<Owner>) -> Result<(), Problem> {
    let (mut cases, mut standing) = (Vec::new(), Vec::new());
    for owner in owners {
        match owner {
            Owner::Ticket(case) => cases.push(*case),
            Owner::Subject(subject) => standing.push(*subject),
        }
    }
    commands::write_all(tx, &mut cases).await?;
    cases.iter().for_each(|case| commands::tell_touch(tx, case));
    standing::write_all(tx, &mut standing).await
}
