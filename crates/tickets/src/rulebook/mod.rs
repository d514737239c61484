//! The rules in force, in memory: all calendars, policies and settings, with the generation they were read at.
//!
//! A rulebook never changes; publishing anything raises the generation and a new one is read. So deciding what is promised
//! to a ticket touches no database.

mod cache;
pub(crate) mod entity;
mod hours;
pub(crate) mod http;
mod mail;
pub mod settings;
pub(crate) mod store;
mod supposed;
mod surveys;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::calendar::Calendar;
use kernel::id::{BranchId, CalendarId, CalendarVersionId, EscalationPolicyId, EscalationPolicyVersionId, SlaPolicyId, SlaPolicyVersionId};
use uuid::Uuid;

use crate::automation::model::Automation;
use crate::escalation::model::EscalationStep;
use crate::obligation::engine::promises::Policy;
use crate::obligation::engine::{Calendars, Target, Terms};
use crate::policy::model::{PolicyTerms, SlaPolicyVersion, Traits};
use crate::vocabulary::{ClockKind, ObligationKind};

pub(crate) use cache::Rules;
pub use mail::MailSettings;
pub use settings::DeskSettings;
pub use surveys::SurveySettings;

static ALWAYS: LazyLock<Calendar> = LazyLock::new(Calendar::always);

/// One calendar's place and versions, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct CalendarEntry {
    pub(crate) id: CalendarId,
    pub(crate) branch_id: Option<BranchId>,
    pub(crate) is_default: bool,
    /// In order of publication; the last one in effect at an instant holds.
    pub(crate) versions: Vec<(CalendarVersionId, DateTime<Utc>)>,
}

/// One active policy's versions, in order of publication.
#[derive(Clone, Debug)]
pub(crate) struct PolicyEntry {
    pub(crate) id: SlaPolicyId,
    pub(crate) position: i32,
    pub(crate) versions: Vec<SlaPolicyVersion>,
}

/// What a policy version says of escalation.
#[derive(Clone, Debug)]
pub(crate) struct Escalations {
    pub(crate) percents: Vec<u8>,
    pub(crate) policy: Option<EscalationPolicyId>,
}

/// One version of an active escalation policy.
#[derive(Clone, Debug)]
pub(crate) struct EscalationEntry {
    pub(crate) policy_id: EscalationPolicyId,
    pub(crate) version_id: EscalationPolicyVersionId,
    pub(crate) steps: Vec<EscalationStep>,
}

/// All rules of one generation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rulebook {
    pub(crate) generation: i64,
    pub(crate) settings: DeskSettings,
    pub(crate) calendars: Vec<CalendarEntry>,
    pub(crate) versions: BTreeMap<CalendarVersionId, Calendar>,
    /// The active ones, in the order in which they are tried.
    pub(crate) policies: Vec<PolicyEntry>,
    /// When someone is told, by policy version, of inactive policies too.
    pub(crate) escalations: BTreeMap<SlaPolicyVersionId, Escalations>,
    /// Every version of the active escalation policies, and which is the latest of each.
    pub(crate) escalation_versions: BTreeMap<EscalationPolicyVersionId, EscalationEntry>,
    /// The active ones, in the order in which they are tried.
    pub(crate) automations: Vec<Automation>,
    pub(crate) escalation_policies: BTreeMap<EscalationPolicyId, EscalationPolicyVersionId>,
}

fn in_effect<T>(versions: &[T], at: DateTime<Utc>, from: impl Fn(&T) -> DateTime<Utc>) -> Option<&T> {
    versions.iter().rev().find(|version| from(version) <= at)
}

impl Rulebook {
    /// The rules as they are for one ticket at one instant.
    pub(crate) fn for_ticket(&self, traits: Traits, at: DateTime<Utc>) -> TicketRules<'_> {
        let version = self.matching(traits, at).next();
        let calendar = self.calendar_of(&traits, version.map(|version| &version.terms), at);
        TicketRules { rulebook: self, traits, at, version, calendar }
    }

    /// The versions in effect of the policies that are for these traits, in the order in which they are tried.
    fn matching(&self, traits: Traits, at: DateTime<Utc>) -> impl Iterator<Item = &SlaPolicyVersion> {
        self.policies.iter().filter_map(move |policy| {
            let version = in_effect(&policy.versions, at, |version| version.effective_from)?;
            version.terms.matching.covers(&traits).then_some(version)
        })
    }

    /// The version of the calendar that counts for a ticket: its own, the policy's, its branch's or the default.
    fn calendar_of(&self, traits: &Traits, terms: Option<&PolicyTerms>, at: DateTime<Utc>) -> Option<CalendarVersionId> {
        let named = traits.calendar_id.or_else(|| terms.and_then(|terms| terms.calendar_id));
        let by_id = named.and_then(|id| self.calendars.iter().find(|calendar| calendar.id == id));
        let of_branch = || {
            let branch = traits.branch_id?;
            self.calendars.iter().find(|calendar| calendar.branch_id == Some(branch))
        };
        let entry = by_id.or_else(of_branch).or_else(|| self.calendars.iter().find(|calendar| calendar.is_default))?;
        let version = in_effect(&entry.versions, at, |(_, from)| *from).or_else(|| entry.versions.first());
        version.map(|(id, _)| *id)
    }

    /// Every version of a calendar.
    pub(crate) fn versions_of(&self, calendar: CalendarId) -> Vec<Uuid> {
        let entries = self.calendars.iter().filter(|entry| entry.id == calendar);
        entries.flat_map(|entry| entry.versions.iter().map(|(version, _)| version.uuid())).collect()
    }

    /// The hours of a group by its own calendar, else of its branch, else of the organisation: when its people may be disturbed.
    pub(crate) fn hours(&self, own: Option<CalendarId>, branch: Option<BranchId>, at: DateTime<Utc>) -> Option<&Calendar> {
        let named = own.and_then(|id| self.calendars.iter().find(|calendar| calendar.id == id));
        let of_branch = || branch.and_then(|branch| self.calendars.iter().find(|calendar| calendar.branch_id == Some(branch)));
        let entry = named.or_else(of_branch).or_else(|| self.calendars.iter().find(|calendar| calendar.is_default))?;
        let version = in_effect(&entry.versions, at, |(_, from)| *from).or_else(|| entry.versions.first());
        version.and_then(|(id, _)| self.versions.get(id))
    }

    /// At which percentages someone is told under a policy version.
    pub(crate) fn percents(&self, version: SlaPolicyVersionId) -> &[u8] {
        self.escalations.get(&version).map_or(&[], |escalations| escalations.percents.as_slice())
    }

    /// The steps that a promise under a policy version is planned with.
    pub(crate) fn escalation_of(&self, version: SlaPolicyVersionId) -> Option<&EscalationEntry> {
        let policy = self.escalations.get(&version)?.policy?;
        self.escalation(*self.escalation_policies.get(&policy)?)
    }

    /// The steps of a version, unless its policy is not in use.
    pub(crate) fn escalation(&self, version: EscalationPolicyVersionId) -> Option<&EscalationEntry> {
        self.escalation_versions.get(&version)
    }
}

impl Calendars for Rulebook {
    fn calendar(&self, version: CalendarVersionId) -> &Calendar {
        self.versions.get(&version).unwrap_or(&ALWAYS)
    }
}

impl TicketRules<'_> {
    /// The zone of local dates: that of the calendar which counts.
    pub(crate) fn zone(&self) -> Tz {
        self.calendar.map_or(Tz::UTC, |version| self.rulebook.calendar(version).zone())
    }

    /// Terms that no policy sets the target of: a regulator's, a contract's. They name the policy that comes last, the house's own.
    pub(crate) fn fixed(&self, target: Target) -> Terms {
        let house = self.rulebook.matching(self.traits, self.at).last();
        Terms {
            clock: ClockKind::Elapsed,
            target,
            pause_states: Vec::new(),
            policy_version: house.map_or(SlaPolicyVersionId::from(Uuid::nil()), |version| version.id),
            calendar_version: self.calendar.unwrap_or(CalendarVersionId::from(Uuid::nil())),
        }
    }
}

/// What the rulebook says to one ticket.
pub(crate) struct TicketRules<'a> {
    rulebook: &'a Rulebook,
    traits: Traits,
    at: DateTime<Utc>,
    pub(crate) version: Option<&'a SlaPolicyVersion>,
    calendar: Option<CalendarVersionId>,
}

impl Calendars for TicketRules<'_> {
    fn calendar(&self, version: CalendarVersionId) -> &Calendar {
        self.rulebook.calendar(version)
    }
}

impl Policy for TicketRules<'_> {
    fn terms(&self, kind: ObligationKind) -> Option<Terms> {
        let version = if kind.is_standing() {
            let states = |version: &&SlaPolicyVersion| version.terms.target(kind, self.traits.priority).is_some();
            self.rulebook.matching(self.traits, self.at).find(states)?
        } else {
            self.version?
        };
        let target = version.terms.target(kind, self.traits.priority)?;
        let calendar = match kind {
            // What days there are is up to those who work on it.
            ObligationKind::DailyTouch => self.rulebook.calendar_of(&Traits { calendar_id: None, ..self.traits }, None, self.at),
            _ => self.calendar,
        };
        Some(Terms {
            clock: target.clock,
            target: target.target()?,
            pause_states: target.pausing(),
            policy_version: version.id,
            calendar_version: calendar?,
        })
    }
}
