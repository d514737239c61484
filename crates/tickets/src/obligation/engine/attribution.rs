//! Whose a promise is: of whoever has what it is about, until it is broken or ends; from then on of whoever had it then, so that
//! figures by agent, group, branch or account do not move with the ticket.
//!
//! A command settles what the clock has decided before it writes. What was due before the command is therefore decided for those
//! who had it then, also when the command itself gives it to others and nobody had noticed the breach.

use super::Obligation;
use crate::whose::Whose;

impl Obligation {
    /// Whose it is after a command, by which `holder` has what it is about; `before` is how the command found it.
    #[must_use]
    pub fn whose_after(&self, before: Option<&Self>, holder: Whose) -> Whose {
        match before {
            Some(before) if before.is_decided() && self.is_decided() => before.whose,
            Some(before) if self.breached_at.is_some() => before.whose,
            // A day that passed before anybody looked: of whoever had the day before.
            None if self.breached_at.is_some() && self.whose != Whose::default() => self.whose,
            _ => holder,
        }
    }

    fn is_decided(&self) -> bool {
        self.breached_at.is_some() || !self.is_active()
    }
}

#[cfg(test)]
mod tests {
    use kernel::id::UserId;

    use super::super::promises::Policy;
    use super::super::samples::{at, chicago};
    use super::*;
    use crate::vocabulary::{Cause, ObligationKind};

    fn of(agent: UserId) -> Whose {
        Whose { assignee_id: Some(agent), ..Whose::default() }
    }

    #[test]
    fn a_promise_follows_its_holder_until_it_is_decided() {
        let rules = chicago().hours(ObligationKind::FirstResponse, 2);
        let terms = rules.terms(ObligationKind::FirstResponse).unwrap();
        let (ann, bo) = (of(UserId::generate()), of(UserId::generate()));
        let begun = Obligation::start(ObligationKind::FirstResponse, 1, at("2026-03-02T15:00:00Z"), &terms, &rules);
        let begun = Obligation { whose: begun.whose_after(None, ann), ..begun };
        assert_eq!((begun.whose, begun.whose_after(Some(&begun), bo)), (ann, bo));

        let broken = begun.seen_at(at("2026-03-02T17:00:01Z"));
        assert_eq!(broken.whose_after(Some(&begun), bo), ann, "it was hers when it was due, whenever that is noticed");
        let mut late = broken.clone();
        late.satisfy(at("2026-03-02T18:00:00Z"), None, &rules);
        assert_eq!(late.whose_after(Some(&broken), bo), ann, "making it good does not take the breach over");

        let mut met = begun.clone();
        met.satisfy(at("2026-03-02T16:00:00Z"), None, &rules);
        assert_eq!(met.whose_after(Some(&begun), bo), bo, "kept by whoever has it after the command that keeps it");
        let met = Obligation { whose: bo, ..met };
        assert_eq!(met.whose_after(Some(&met), ann), bo);
        let mut owed = met.clone();
        owed.withdraw(at("2026-03-02T16:30:00Z"));
        assert_eq!(owed.whose_after(Some(&met), ann), ann, "owed again by whoever has it now");

        let mut dropped = begun.clone();
        dropped.cancel(at("2026-03-02T16:00:00Z"), Cause::Withdrawn);
        assert_eq!(dropped.whose_after(Some(&dropped), bo), ann);
    }
}
