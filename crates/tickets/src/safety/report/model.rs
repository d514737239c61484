//! A safety report and what each step of it demands. Pure rules; instants are passed in. Of people it knows nothing.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::id::{SafetyReportId, UserId};
use kernel::{Fault, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::action::model::CorrectiveAction;
use super::super::action::state::CorrectiveActionState;
use super::super::settings::SafetySettings;
use super::state::{SafetyReportKind, SafetyReportState, Step, moved};
use crate::obligation::Holder;
use crate::obligation::engine::Subject;
use crate::place::Place;
use crate::policy::model::Traits;
use crate::vocabulary::{Channel, Priority, RequesterKind, SubjectKind, TicketType};

words! {
    /// The worst injury of a report.
    pub enum InjuryClass {
        None = "none",
        FirstAid = "first_aid",
        Recordable = "recordable",
        Hospitalisation = "hospitalisation",
        Amputation = "amputation",
        EyeLoss = "eye_loss",
        Fatality = "fatality",
    }
}

impl InjuryClass {
    /// A regulator who was told of an injury need not be told of another of the same gravity.
    const fn gravity(self) -> u8 {
        match self {
            Self::None | Self::FirstAid | Self::Recordable => 0,
            Self::Hospitalisation | Self::Amputation | Self::EyeLoss => 1,
            Self::Fatality => 2,
        }
    }
}

/// What is said to have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: SafetyReportKind,
    pub(crate) occurred_at: DateTime<Utc>,
    /// When we came to know of it.
    pub(crate) learned_at: DateTime<Utc>,
    pub(crate) description: String,
    pub(crate) injury_class: InjuryClass,
    pub(crate) environmental_release: bool,
}

impl Facts {
    /// # Errors
    /// Every field fault.
    fn check(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let harmless = self.kind == SafetyReportKind::Incident || self.injury_class == InjuryClass::None;
        let faults = [
            (self.learned_at > now).then(|| Fault::field("/learned_at", "out_of_range", "It is known already.")),
            (self.occurred_at > self.learned_at)
                .then(|| Fault::field("/occurred_at", "out_of_range", "It happened before anybody knew of it.")),
            (!harmless).then(|| Fault::field("/injury_class", "not_an_incident", "Where somebody was hurt it was an incident.")),
        ];
        Fault::all(faults.into_iter().flatten())
    }
}

/// A regulator was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegulatorReportEntry)]
pub(crate) struct Told {
    /// As the injury was known then.
    pub(crate) injury_class: InjuryClass,
    pub(crate) reported_at: DateTime<Utc>,
    /// The regulator's reference.
    #[serde(rename = "ref")]
    #[schema(max_length = 120)]
    pub(crate) reference: String,
    pub(crate) reported_by: Uuid,
}

/// What happened to it; each entry is written once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) triage_note: Option<String>,
    pub(crate) root_cause: Option<String>,
    pub(crate) verified_by: Option<Uuid>,
    pub(crate) verified_at: Option<DateTime<Utc>>,
    pub(crate) no_action_reason: Option<String>,
    pub(crate) closed_by: Option<Uuid>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// Each time a regulator was told.
    #[serde(default)]
    pub(crate) told: Vec<Told>,
}

/// A safety report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SafetyReport {
    pub(crate) id: SafetyReportId,
    pub(crate) stamp: Stamp,
    pub(crate) place: Place,
    /// Of its local dates.
    pub(crate) zone: Tz,
    pub(crate) anonymous: bool,
    pub(crate) facts: Facts,
    pub(crate) state: SafetyReportState,
    /// Whoever leads the investigation.
    pub(crate) lead_id: Option<UserId>,
    /// Until when a regulator is told of the injury, if of such.
    pub(crate) regulator_due_at: Option<DateTime<Utc>>,
    pub(crate) progress: Progress,
}

impl SafetyReport {
    /// A new report; nobody is its author.
    ///
    /// # Errors
    /// Every field fault.
    pub(crate) fn file(
        (place, zone): (Place, Tz),
        facts: Facts,
        anonymous: bool,
        settings: &SafetySettings,
        touch: Touch,
    ) -> Result<Self, Fault> {
        facts.check(touch.at)?;
        let regulator_due_at = due(&facts, settings);
        Ok(Self {
            id: SafetyReportId::generate(),
            stamp: Stamp { created_by: None, updated_by: None, ..Stamp::new(touch) },
            place,
            zone,
            anonymous,
            facts,
            state: SafetyReportState::Reported,
            lead_id: None,
            regulator_due_at,
            progress: Progress::default(),
        })
    }

    /// What its promises are about.
    pub(crate) fn subject(&self) -> Subject {
        Subject { kind: SubjectKind::SafetyReport, id: self.id.uuid() }
    }

    /// The regulator's confirmation of an injury as grave as this one.
    pub(crate) fn told(&self) -> Option<&Told> {
        let gravity = self.facts.injury_class.gravity();
        self.progress.told.iter().rev().find(|told| told.injury_class.gravity() >= gravity)
    }

    /// Until when a regulator still has to be told.
    pub(crate) fn owed_until(&self) -> Option<DateTime<Utc>> {
        self.regulator_due_at.filter(|_| self.told().is_none())
    }

    /// When somebody is reminded next that a regulator is to be told: halfway, and when the time is over.
    pub(crate) fn reminds_at(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.owed_until()?;
        let half = self.facts.learned_at + (due - self.facts.learned_at) / 2;
        [half, due].into_iter().find(|at| *at > after)
    }

    /// # Errors
    /// 409 `report_closed`.
    pub(crate) fn demand_open(&self) -> Result<(), Fault> {
        if self.state == SafetyReportState::Closed {
            return Err(Fault::conflict("report_closed", "The report is closed."));
        }
        Ok(())
    }

    /// Other facts. An injury that turns out graver is owed to the regulator from when we learned of it.
    ///
    /// # Errors
    /// 409 `report_closed`; every field fault.
    pub(crate) fn edit(self, facts: Facts, lead_id: Option<UserId>, settings: &SafetySettings, touch: Touch) -> Result<Self, Fault> {
        self.demand_open()?;
        facts.check(touch.at)?;
        let same = (facts.injury_class, facts.learned_at) == (self.facts.injury_class, self.facts.learned_at);
        let regulator_due_at = if same { self.regulator_due_at } else { due(&facts, settings) };
        Ok(Self { facts, lead_id, regulator_due_at, stamp: self.stamp.touched(touch), ..self })
    }

    /// One version later, for what is kept beside it.
    ///
    /// # Errors
    /// 409 `report_closed`.
    pub(crate) fn touched(self, touch: Touch) -> Result<Self, Fault> {
        self.demand_open()?;
        Ok(Self { stamp: self.stamp.touched(touch), ..self })
    }

    fn step(self, step: Step, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { state: moved(self.state, step, self.facts.kind)?, stamp: self.stamp.touched(touch), ..self })
    }

    /// Somebody has looked at it, and says who goes on with it.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn triage(self, lead_id: Option<UserId>, note: Option<String>, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(Step::Triage, touch)?;
        next.lead_id = lead_id.or(next.lead_id);
        next.progress.triage_note = note;
        Ok(next)
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn investigate(self, touch: Touch) -> Result<Self, Fault> {
        self.step(Step::Investigate, touch)
    }

    /// The cause is found; what is done about it follows.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn open_actions(self, root_cause: String, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(Step::OpenActions, touch)?;
        next.progress.root_cause = Some(root_cause);
        Ok(next)
    }

    /// All that was to be done is done, as others have verified.
    ///
    /// # Errors
    /// 409 `illegal_transition`; `actions_unverified`; `no_actions` when nothing was done at all.
    pub(crate) fn verify(self, actions: &[CorrectiveAction], touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(Step::Verify, touch)?;
        demand_verified(actions)?;
        if !actions.iter().any(|action| action.state == CorrectiveActionState::Verified) {
            return Err(Fault::conflict("no_actions", "No corrective action was carried out."));
        }
        (next.progress.verified_by, next.progress.verified_at) = (Some(touch.by), Some(touch.at));
        Ok(next)
    }

    /// Closes it. A good catch that needs no action is closed with the reason for that.
    ///
    /// # Errors
    /// 409 `actions_unverified`, `illegal_transition` or `regulator_not_told`; 422 without the reason that it needs.
    pub(crate) fn close(self, reason: Option<String>, actions: &[CorrectiveAction], touch: Touch) -> Result<Self, Fault> {
        demand_verified(actions)?;
        let unacted = self.state == SafetyReportState::Triaged;
        let mut next = self.step(Step::Close, touch)?;
        if unacted && reason.is_none() {
            return Err(Fault::field("/no_action_reason", "required", "State why nothing needs to be done."));
        }
        if next.owed_until().is_some() {
            return Err(Fault::conflict("regulator_not_told", "A regulator has to be told of the injury first."));
        }
        next.progress.no_action_reason = reason.filter(|_| unacted);
        (next.progress.closed_by, next.progress.closed_at) = (Some(touch.by), Some(touch.at));
        Ok(next)
    }

    /// A regulator was told.
    ///
    /// # Errors
    /// 409 `report_closed` or `regulator_told`; 422 for an instant before we knew of it, or to come.
    pub(crate) fn tell_regulator(self, reported_at: DateTime<Utc>, reference: String, touch: Touch) -> Result<Self, Fault> {
        self.demand_open()?;
        if self.told().is_some() {
            return Err(Fault::conflict("regulator_told", "A regulator was told of an injury of this class already."));
        }
        if reported_at < self.facts.learned_at || reported_at > touch.at {
            return Err(Fault::field("/reported_at", "out_of_range", "It was reported after we learned of it, and not in the future."));
        }
        let mut next = Self { stamp: self.stamp.touched(touch), ..self };
        let injury_class = next.facts.injury_class;
        next.progress.told.push(Told { injury_class, reported_at, reference, reported_by: touch.by });
        Ok(next)
    }
}

/// What decides which policies hold for a report that hangs on no ticket.
pub(crate) fn holder(place: Place) -> Holder {
    let traits = Traits {
        kind: TicketType::Safety,
        requester_kind: RequesterKind::Internal,
        priority: Priority::Normal,
        channel: Channel::Internal,
        account_id: place.account_id,
        branch_id: place.branch_id,
        calendar_id: None,
    };
    Holder { ticket: None, traits, site_id: place.site_id, assignee_id: None, group_id: None }
}

fn due(facts: &Facts, settings: &SafetySettings) -> Option<DateTime<Utc>> {
    settings.told_within(facts.injury_class).map(|within: TimeDelta| facts.learned_at + within)
}

fn demand_verified(actions: &[CorrectiveAction]) -> Result<(), Fault> {
    let open: Vec<Uuid> = actions.iter().filter(|action| !action.state.is_settled()).map(|action| action.id.uuid()).collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Fault::conflict("actions_unverified", "A corrective action is not verified yet.").with_conflicts(open))
}
