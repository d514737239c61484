//! What a change of the rules would do to the running promises, before it is made.
//!
//! The change is carried, by the very function that would carry it out, to owners read under the supposed rules; nothing is written and
//! nothing is held. A page goes through a bounded number of owners and says where the next one begins, so that the number of tickets
//! bounds neither time nor memory of a request. Only owners inside the caller's scope are counted or named.

mod effect;
pub(crate) mod wire;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Db;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::recalculation::{Next, Position, of, resumed};
use super::{Owner, RuleChange, standing};
use crate::rulebook::Rulebook;
use crate::ticket;
use effect::RuleChangeEffect;
use wire::{AffectedClock, PreviewPosition, RuleChangePreview};

/// Owners read at once.
const BATCH: u64 = 500;
/// Owners that a page goes through unless fewer are asked for.
pub(crate) const PAGE: u64 = 10_000;
/// Promises named on a page.
const NAMED: usize = 200;

/// A change that is only supposed, with the rules as they would be.
pub(crate) struct Supposition {
    pub(crate) change: RuleChange,
    pub(crate) rules: Arc<Rulebook>,
}

/// Who asks, and which page.
pub(crate) struct Question<'a> {
    scope: &'a RowScope,
    touch: Touch,
    after: Position,
    limit: u64,
}

impl<'a> Question<'a> {
    pub(crate) fn of<P>(caller: &'a Caller<P>, at: DateTime<Utc>) -> Self {
        Self { scope: caller.scope(), touch: Touch { by: caller.actor().id, at }, after: Position::default(), limit: PAGE }
    }

    /// A page other than the first, or a shorter one.
    pub(crate) fn page(self, after: Option<PreviewPosition>, limit: Option<u64>) -> Self {
        Self { after: after.unwrap_or_default().into(), limit: limit.unwrap_or(PAGE), ..self }
    }
}

impl Supposition {
    /// One page of what the change would do.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn examine(&self, db: &Db, question: &Question<'_>) -> Result<RuleChangePreview, Problem> {
        let mut preview = RuleChangePreview::new(self.change.at);
        let (mut position, mut left) = (question.after, question.limit);
        loop {
            let next = Next::after(db.read(), (&self.change, &self.rules), position, left.min(BATCH)).await?;
            left -= left.min(u64::try_from(next.tickets.len() + next.subjects.len()).unwrap_or(left));
            for owner in self.owners(db, &next, question).await? {
                self.tell(owner, &mut preview);
            }
            match next.position {
                Some(reached) if left > 0 => position = reached,
                reached => {
                    preview.next = reached.map(Into::into);
                    return Ok(preview);
                }
            }
        }
    }

    /// Why a back-dated version needs to be asked for expressly: what it would change.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn refusal(&self, db: &Db, question: &Question<'_>) -> Result<Fault, Problem> {
        let preview = self.examine(db, question).await?;
        let detail = format!(
            "A version that took effect in the past recalculates running promises: {}. Send recompute=true to do so.",
            preview.summary()
        );
        let affected = preview.data.iter().map(|clock| clock.obligation_id.uuid());
        Ok(Fault::conflict("recompute_required", detail).with_conflicts(affected))
    }

    /// The next owners that the caller may know of, as if the rules were the supposed ones.
    async fn owners(&self, db: &Db, next: &Next, question: &Question<'_>) -> Result<Vec<Owner>, Problem> {
        let mut owners = Vec::new();
        if !next.tickets.is_empty() {
            let tickets = of(&next.tickets);
            let visible = sea_orm::QueryFilter::filter(tickets, ticket::store::within(question.scope));
            let cases = resumed(db.read(), &self.rules, visible, (question.touch, self.change.concerns_since(&self.rules))).await?;
            owners.extend(cases.into_iter().map(|case| Owner::Ticket(Box::new(case))));
        }
        if !next.subjects.is_empty() {
            let seen = standing::seen(db.read(), &self.rules, &next.subjects).await?;
            let visible = seen.into_iter().filter(|standing| standing.holder.is_within(question.scope));
            owners.extend(visible.map(|standing| Owner::Subject(Box::new(standing))));
        }
        Ok(owners)
    }

    /// Carries the change to an owner and notes what differs.
    fn tell(&self, mut owner: Owner, preview: &mut RuleChangePreview) {
        let moment = self.change.due_at();
        self.change.carry(&mut owner);
        owner.settle(moment);
        let ticket = owner.ticket().map(|ticket| (ticket.id, ticket.number));
        let before = owner.before().map(|promises| promises.list.as_slice()).unwrap_or_default();
        for (before, after) in before.iter().zip(&owner.promises().list) {
            let (before, after) = (before.seen_at(moment), after.seen_at(moment));
            if before.is_active() || (after.would_not_breach && !before.would_not_breach) {
                let effect = RuleChangeEffect::of(&before, &after, moment);
                preview.note(effect, || AffectedClock::of(ticket, effect, (&before, &after)));
            }
        }
    }
}
