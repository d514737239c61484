//! A corrective action and what each step of it demands. Pure rules; instants are passed in.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::calendar::midnight;
use kernel::id::{CorrectiveActionId, SafetyReportId, UserId};
use kernel::{Fault, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::state::{CorrectiveActionState, Step, moved};
use crate::obligation::engine::Subject;
use crate::place::Place;
use crate::safety::report::model::SafetyReport;
use crate::safety::report::state::SafetyReportState;
use crate::vocabulary::SubjectKind;

words! {
    /// How a danger is met: the further up, the surer.
    pub enum ControlHierarchy {
        Eliminate = "eliminate",
        Substitute = "substitute",
        Engineering = "engineering",
        Administrative = "administrative",
        /// Personal protective equipment.
        Ppe = "ppe",
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) description: String,
    pub(crate) owner_id: UserId,
    /// The last local day on which it is done in time.
    pub(crate) due_on: NaiveDate,
    pub(crate) hierarchy: ControlHierarchy,
    /// The local day on which somebody looks whether it helped.
    pub(crate) effectiveness_check_on: Option<NaiveDate>,
}

impl Plan {
    fn check(&self) -> Result<(), Fault> {
        if self.effectiveness_check_on.is_some_and(|check| check < self.due_on) {
            return Err(Fault::field("/effectiveness_check_on", "out_of_range", "Whether it helped shows after it is done."));
        }
        Ok(())
    }
}

/// What shows that an action is done: words, a file that was sent here, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionEvidence {
    #[schema(min_length = 1, max_length = 10_000)]
    pub(crate) text: Option<String>,
    /// A file of the caller's that belongs to no message.
    pub(crate) attachment_id: Option<Uuid>,
}

/// Whether an action helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EffectivenessCheck {
    pub(crate) effective: bool,
    #[schema(max_length = 2000)]
    pub(crate) note: Option<String>,
    pub(crate) checked_by: Uuid,
    pub(crate) checked_at: DateTime<Utc>,
}

/// What happened to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    #[serde(default)]
    pub(crate) evidence: Vec<ActionEvidence>,
    pub(crate) done_by: Option<Uuid>,
    pub(crate) done_at: Option<DateTime<Utc>>,
    pub(crate) verified_by: Option<Uuid>,
    pub(crate) verified_at: Option<DateTime<Utc>>,
    pub(crate) rejected_reason: Option<String>,
    pub(crate) cancelled_reason: Option<String>,
    pub(crate) effectiveness: Option<EffectivenessCheck>,
}

/// A corrective action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CorrectiveAction {
    pub(crate) id: CorrectiveActionId,
    pub(crate) stamp: Stamp,
    pub(crate) report_id: SafetyReportId,
    /// The report's.
    pub(crate) place: Place,
    /// Of its local dates.
    pub(crate) zone: Tz,
    pub(crate) plan: Plan,
    pub(crate) state: CorrectiveActionState,
    pub(crate) history: History,
}

/// As much evidence as one action takes.
const MOST_EVIDENCE: usize = 50;

impl CorrectiveAction {
    /// A new action of a report that somebody has looked at and that is not settled.
    ///
    /// # Errors
    /// 409 `no_actions_now`; every field fault.
    pub(crate) fn plan(report: &SafetyReport, plan: Plan, touch: Touch) -> Result<Self, Fault> {
        use SafetyReportState::{ActionsOpen, Investigating, Triaged};
        if !matches!(report.state, Triaged | Investigating | ActionsOpen) {
            let detail = "Corrective actions are planned between the triage of a report and its verification.";
            return Err(Fault::conflict("no_actions_now", detail));
        }
        plan.check()?;
        Ok(Self {
            id: CorrectiveActionId::generate(),
            stamp: Stamp::new(touch),
            report_id: report.id,
            place: report.place,
            zone: report.zone,
            plan,
            state: CorrectiveActionState::Open,
            history: History::default(),
        })
    }

    /// What its promise is about.
    pub(crate) fn subject(&self) -> Subject {
        Subject { kind: SubjectKind::CorrectiveAction, id: self.id.uuid() }
    }

    /// The end of the last day on which it is done in time.
    pub(crate) fn due_at(&self) -> DateTime<Utc> {
        self.start_of(self.plan.due_on.succ_opt().unwrap_or(self.plan.due_on))
    }

    fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        midnight(self.zone, date)
    }

    /// When somebody is reminded next: `days` before it is due, then on each day that it is late; and when its effect is to be checked.
    pub(crate) fn reminds_at(&self, after: DateTime<Utc>, days: u8) -> Option<DateTime<Utc>> {
        if self.state.is_owed() {
            let warned = self.plan.due_on.checked_sub_days(Days::new(days.into())).map(|date| self.start_of(date));
            if let Some(early) = warned.filter(|early| *early > after) {
                return Some(early);
            }
            let due = self.due_at();
            let late = (after - due).num_days() + 1;
            return Some(if due > after { due } else { due + TimeDelta::days(late) });
        }
        let check = self.plan.effectiveness_check_on.filter(|_| self.state == CorrectiveActionState::Verified);
        check.filter(|_| self.history.effectiveness.is_none()).map(|date| self.start_of(date)).filter(|at| *at > after)
    }

    /// True when what a reminder was planned for holds at `now`.
    pub(crate) fn is_to_remind(&self, now: DateTime<Utc>, days: u8) -> bool {
        let day = if self.state.is_owed() {
            self.plan.due_on.checked_sub_days(Days::new(days.into()))
        } else {
            let unchecked = self.state == CorrectiveActionState::Verified && self.history.effectiveness.is_none();
            self.plan.effectiveness_check_on.filter(|_| unchecked)
        };
        day.is_some_and(|day| self.start_of(day) <= now)
    }

    fn step(self, step: Step, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { state: moved(self.state, step)?, stamp: self.stamp.touched(touch), ..self })
    }

    /// Another plan, while its owner still has to do something.
    ///
    /// # Errors
    /// 409 `not_owed`; every field fault.
    pub(crate) fn edit(self, plan: Plan, touch: Touch) -> Result<Self, Fault> {
        if !self.state.is_owed() {
            return Err(Fault::conflict("not_owed", "Only an action that is still to be done can be changed."));
        }
        plan.check()?;
        Ok(Self { plan, stamp: self.stamp.touched(touch), ..self })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn start(self, touch: Touch) -> Result<Self, Fault> {
        self.step(Step::Start, touch)
    }

    /// It is done, as this shows.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 for evidence that shows nothing, or too much of it.
    pub(crate) fn complete(self, evidence: Vec<ActionEvidence>, touch: Touch) -> Result<Self, Fault> {
        let empty = |one: &ActionEvidence| one.text.is_none() && one.attachment_id.is_none();
        if let Some(at) = evidence.iter().position(empty) {
            return Err(Fault::field(format!("/evidence/{at}"), "required", "State a text, a file, or both."));
        }
        if self.history.evidence.len() + evidence.len() > MOST_EVIDENCE {
            return Err(Fault::field("/evidence", "too_many", "It has as much evidence as it can take."));
        }
        let mut next = self.step(Step::Complete, touch)?;
        next.history.evidence.extend(evidence);
        (next.history.done_by, next.history.done_at) = (Some(touch.by), Some(touch.at));
        Ok(next)
    }

    /// Somebody who has not done it finds it done.
    ///
    /// # Errors
    /// 403 `own_action`; 409 `illegal_transition`.
    pub(crate) fn verify(self, touch: Touch) -> Result<Self, Fault> {
        self.demand_other(touch)?;
        let mut next = self.step(Step::Verify, touch)?;
        (next.history.verified_by, next.history.verified_at) = (Some(touch.by), Some(touch.at));
        Ok(next)
    }

    /// Somebody who has not done it does not find it done; its owner goes on with it.
    ///
    /// # Errors
    /// 403 `own_action`; 409 `illegal_transition`.
    pub(crate) fn reject(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        self.demand_other(touch)?;
        let mut next = self.step(Step::Reject, touch)?;
        next.history.rejected_reason = Some(reason);
        Ok(next)
    }

    fn demand_other(&self, touch: Touch) -> Result<(), Fault> {
        if self.plan.owner_id.uuid() == touch.by || self.history.done_by == Some(touch.by) {
            return Err(Fault::forbidden("own_action", "Somebody other than its owner judges a corrective action."));
        }
        Ok(())
    }

    /// It need not be done.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn cancel(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(Step::Cancel, touch)?;
        next.history.cancelled_reason = Some(reason);
        Ok(next)
    }

    /// Somebody has looked whether it helped.
    ///
    /// # Errors
    /// 403 `own_action`; 409 `not_verified` or `checked_already`.
    pub(crate) fn checked(self, effective: bool, note: Option<String>, touch: Touch) -> Result<Self, Fault> {
        self.demand_other(touch)?;
        if self.state != CorrectiveActionState::Verified {
            return Err(Fault::conflict("not_verified", "Whether it helped shows after it was verified."));
        }
        if self.history.effectiveness.is_some() {
            return Err(Fault::conflict("checked_already", "Its effect was checked already."));
        }
        let mut next = Self { stamp: self.stamp.touched(touch), ..self };
        next.history.effectiveness = Some(EffectivenessCheck { effective, note, checked_by: touch.by, checked_at: touch.at });
        Ok(next)
    }
}
