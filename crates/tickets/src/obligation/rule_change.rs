//! A change of the rules and what it does to the promises of one owner: pure, so that what is shown before a change and what
//! is done by it cannot differ.
//!
//! What a promise consumed until the change is frozen, so the answer does not depend on when it is carried out.

use chrono::{DateTime, Utc};
use kernel::id::CalendarId;

use super::owner::Owner;
use crate::rulebook::Rulebook;
use crate::vocabulary::Cause;

/// A change of the rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleChange {
    pub(crate) cause: Cause,
    /// When it takes effect.
    pub(crate) at: DateTime<Utc>,
    /// When it was decided; later than `at` when it is back-dated.
    pub(crate) decided_at: DateTime<Utc>,
    /// The calendar that got a version: only promises that it counts for are concerned.
    pub(crate) calendar: Option<CalendarId>,
}

impl RuleChange {
    /// The earliest day whose touches it may concern.
    pub(crate) fn concerns_since(&self, rules: &Rulebook) -> DateTime<Utc> {
        rules.settings.known_since(self.due_at()).min(self.at)
    }

    /// When it is carried out at the earliest. The rules of this instant hold for what still runs: a change that came after a back-dated
    /// one took effect is not taken back by it.
    pub(crate) fn due_at(&self) -> DateTime<Utc> {
        self.at.max(self.decided_at)
    }

    pub(crate) fn is_back_dated(&self) -> bool {
        self.at < self.decided_at
    }

    /// Carries it to an owner's promises. When it is back-dated, what readers could see as broken before it stays broken, and is
    /// marked when the correction would have kept it, also what was made good since.
    pub(crate) fn carry(&self, owner: &mut Owner) {
        let back_dated = self.is_back_dated();
        if back_dated {
            owner.correct(self.at, self.due_at());
            owner.promises_mut().list.iter_mut().for_each(|obligation| obligation.settle(self.decided_at));
        }
        owner.terms_changed(self.cause, self.at, self.due_at());
        if back_dated {
            for obligation in owner.promises_mut().list.iter_mut().filter(|obligation| obligation.is_active()) {
                let moved = obligation.breached_at.zip(obligation.due_at).is_some_and(|(breached, due)| due > breached);
                obligation.would_not_breach = moved && obligation.due_at.is_none_or(|due| due >= self.decided_at);
            }
        }
    }
}
