//! Corrective actions together with what is promised about them: one transaction, the report held.

use kernel::id::{CorrectiveActionId, SafetyReportId};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::{CorrectiveAction, Plan};
use super::record::CorrectiveActionRecord;
use super::state::CorrectiveActionState;
use super::store;
use crate::notification::model::NotificationClass;
use crate::notification::{self, Notification, Recipient};
use crate::obligation::Owner;
use crate::rulebook::Rules;
use crate::safety::report::model::{SafetyReport, holder};
use crate::safety::report::{self, commands};
use crate::step::Held;
use crate::vocabulary::ObligationKind;

/// An action and its report, while a command works on the action.
pub(crate) struct Deed {
    pub(crate) action: CorrectiveAction,
    before: Option<CorrectiveAction>,
    /// Whoever answers for the investigation.
    lead: Recipient,
    owner: Owner,
}

impl Deed {
    /// A new action.
    ///
    /// # Errors
    /// 404 when its report is not inside `scope`; 409 `no_actions_now`; every field fault.
    pub(super) async fn plan(tx: &Tx, rules: &Rules, scope: &RowScope, (report, plan): (SafetyReportId, Plan)) -> Result<Self, Problem> {
        let report = report::store::find_locked(tx, scope, report).await?;
        let action = CorrectiveAction::plan(&report, plan, Touch::of(tx))?;
        Self::of(tx, rules, (&report, action), None).await
    }

    async fn of(
        tx: &Tx,
        rules: &Rules,
        (report, action): (&SafetyReport, CorrectiveAction),
        before: Option<CorrectiveAction>,
    ) -> Result<Self, Problem> {
        let about = (action.subject(), holder(action.place));
        let owner = Owner::about(tx, rules, action.place.ticket_id, about).await?;
        Ok(Self { action, before, lead: commands::lead_of(report), owner })
    }

    fn reminder_days(&self) -> u8 {
        self.owner.rules().settings.safety.reminder_days
    }

    /// Its promise follows the action: it is kept when it is done, owed again when it is sent back, and moves with its day.
    fn follow(&mut self, tx: &Tx) {
        let (action, now, kind) = (&self.action, tx.now(), ObligationKind::CorrectiveAction);
        let (subject, owner) = (action.subject(), &mut self.owner);
        let before = self.before.as_ref();
        let moved = before.is_none_or(|before| before.due_at() != action.due_at());
        match (action.state, before.map(|before| before.state)) {
            (CorrectiveActionState::Done, Some(CorrectiveActionState::InProgress)) => owner.keep(subject, kind, now),
            (CorrectiveActionState::Rejected, Some(CorrectiveActionState::Done)) => owner.owe_again(subject, kind, now),
            (CorrectiveActionState::Cancelled, _) => owner.release(subject, now),
            _ if moved => {
                owner.release(subject, now);
                owner.promise_until(subject, kind, action.stamp.created_at, action.due_at());
            }
            _ => {}
        }
    }

    /// Its owner learns that it is his, or that it was sent back; whoever leads the investigation that it is to be judged, or did
    /// not help.
    async fn tell(&self, tx: &Tx) -> Result<(), Problem> {
        let (action, before) = (&self.action, self.before.as_ref());
        let owner = Recipient::User(action.plan.owner_id);
        let lead = self.lead;
        let entered = |state| action.state == state && before.is_some_and(|before| before.state != state);
        let ineffective = action.history.effectiveness.as_ref().is_some_and(|check| !check.effective);
        let word = if before.is_none_or(|before| before.plan.owner_id != action.plan.owner_id) {
            (owner, NotificationClass::Assignment, "A corrective action is yours.")
        } else if entered(CorrectiveActionState::Rejected) {
            (owner, NotificationClass::Alert, "A corrective action of yours was sent back.")
        } else if entered(CorrectiveActionState::Done) {
            (lead, NotificationClass::Alert, "A corrective action is done and waits to be verified.")
        } else if ineffective {
            (lead, NotificationClass::Alert, "A corrective action did not help.")
        } else {
            return Ok(());
        };
        if word.0 == Recipient::User(tx.actor().id.into()) {
            return Ok(());
        }
        self.leave(tx, word).await
    }

    /// Reminds whoever has to do something next, if it is still so, and notes when that is done again.
    pub(crate) async fn remind(&self, tx: &Tx) -> Result<(), Problem> {
        let days = self.reminder_days();
        if self.action.is_to_remind(tx.now(), days) {
            self.tell_again(tx).await?;
        }
        store::remind(tx, &self.action, days).await
    }

    async fn tell_again(&self, tx: &Tx) -> Result<(), Problem> {
        let (action, owner) = (&self.action, Recipient::User(self.action.plan.owner_id));
        let (class, due) = (NotificationClass::Escalation, action.plan.due_on);
        if !action.state.is_owed() {
            return self.leave(tx, (self.lead, class, "Check whether a corrective action helped.")).await;
        }
        if tx.now() < action.due_at() {
            return self.leave(tx, (owner, class, &format!("A corrective action is due on {due}."))).await;
        }
        let text = format!("A corrective action was due on {due}.");
        self.leave(tx, (owner, class, &text)).await?;
        self.leave(tx, (self.lead, class, &text)).await
    }

    async fn leave(&self, tx: &Tx, (to, class, text): (Recipient, NotificationClass, &str)) -> Result<(), Problem> {
        let word = Notification::about(&self.owner.holder(), to, class, text).subject(Some(self.action.subject()));
        notification::tell(tx, self.owner.rules(), word).await
    }

    fn change(&self, event: &'static str) -> Change {
        let (action, place) = (&self.action, self.action.place);
        let change = Change::new(event, "corrective_action", action.id, action.stamp.version)
            .account(place.account_id)
            .site(place.site_id)
            .branch(place.branch_id)
            .after(&CorrectiveActionRecord::from(action));
        match &self.before {
            Some(before) => change.before(&CorrectiveActionRecord::from(before)),
            None => change,
        }
    }
}

impl Held for Deed {
    type Id = CorrectiveActionId;

    async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: CorrectiveActionId) -> Result<Self, Problem> {
        let report = store::find(tx, scope, id).await?.report_id;
        let report = report::store::find_locked(tx, &RowScope::All, report).await?;
        // Read again now that its report is held.
        let action = store::find(tx, scope, id).await?;
        Self::of(tx, rules, (&report, action.clone()), Some(action)).await
    }

    fn version(&self) -> i64 {
        self.action.stamp.version
    }

    async fn write(&mut self, tx: &Tx, event: &'static str) -> Result<(), Problem> {
        self.follow(tx);
        commands::write_owner(tx, &mut self.owner).await?;
        let days = self.reminder_days();
        match &self.before {
            None => store::insert(tx, &self.action, days)?,
            Some(_) => store::save(tx, &self.action, days).await?,
        }
        tx.record(self.change(event));
        self.tell(tx).await
    }

    fn answer(&self, _: &Tx, _: &RowScope) -> Result<Reply, Problem> {
        super::http::answer(&self.action)
    }
}
