//! What callers send and receive about obligations.

use chrono::{DateTime, Utc};
use kernel::calendar::Span;
use kernel::id::{CalendarVersionId, MessageId, ObligationId, SlaPolicyVersionId, TicketId};
use kernel::{Fault, FaultKind};
use platform::scope::RowScope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::engine::{Calendars, Obligation, Step, Subject, Target};
use super::holder::Holder;
use crate::escalation::plan::{Moment, moments};
use crate::rulebook::Rulebook;
use crate::vocabulary::{Cause, ClockKind, ObligationKind, ObligationState, Status, SubjectKind};

/// Names one obligation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ObligationPath {
    /// The obligation.
    pub obligation_id: ObligationId,
}

/// How much is to be said about obligations.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// Adds how each due instant came about.
    #[param(required = false)]
    pub explain: bool,
}

impl ExplainQuery {
    /// Whether a query string asks for it, and what else it asks for.
    ///
    /// # Errors
    /// 400 when it says neither yes nor no.
    pub(crate) fn of(query: &str) -> Result<(bool, String), Fault> {
        let (asked, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(|pair| pair.split('=').next() == Some("explain"));
        let explain = match asked.as_slice() {
            [] | ["explain=false"] => false,
            ["explain=true"] => true,
            _ => {
                let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The query string cannot be read.");
                return Err(fault.and_field("?explain", "invalid_value", "Expected true or false, once."));
            }
        };
        Ok((explain, others.join("&")))
    }
}

/// Excuses a broken promise: it leaves the default figures and stays countable.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExcuseObligation {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Sets a due instant by hand.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OverrideObligation {
    pub due_at: DateTime<Utc>,
    /// Later recalculations keep the later of this and what they compute.
    #[serde(default)]
    pub sticky: bool,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Who excused a breach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExcuseView {
    pub by: Uuid,
    #[schema(max_length = 500)]
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// A promise as the reader's instant shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObligationView {
    pub id: ObligationId,
    pub version: i64,
    pub kind: ObligationKind,
    /// What it is about; absent for a ticket's own conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectView>,
    /// Counted from one for each kind; of a daily touch, the date as `yyyymmdd`.
    #[schema(minimum = 1, maximum = 99991231)]
    pub cycle: i32,
    pub state: ObligationState,
    pub start_at: DateTime<Utc>,
    pub clock: Option<ClockKind>,
    /// Null while paused and when it ended without being due.
    pub due_at: Option<DateTime<Utc>>,
    pub satisfied_at: Option<DateTime<Utc>>,
    pub satisfied_by_message_id: Option<MessageId>,
    /// The due instant in force when it was first broken; never cleared.
    pub breached_at: Option<DateTime<Utc>>,
    pub cause: Option<Cause>,
    pub excused: Option<ExcuseView>,
    /// Clock seconds left; negative when overdue, null for a promise by the end of a day or one that has ended.
    pub remaining_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// What a promise is about.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SubjectView {
    #[serde(rename = "type")]
    pub kind: SubjectKind,
    pub id: Uuid,
}

impl From<Subject> for SubjectView {
    fn from(subject: Subject) -> Self {
        Self { kind: subject.kind, id: subject.id }
    }
}

/// How a due instant came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Explanation {
    #[schema(max_items = 1000)]
    pub segments: Vec<SegmentView>,
    #[schema(max_items = 1000)]
    pub pauses: Vec<PauseView>,
    /// The time that counts from the present segment's start to the due instant, at most 200 windows.
    #[schema(max_items = 200)]
    pub windows: Vec<Span>,
    /// When someone is told.
    #[schema(max_items = 20)]
    pub steps: Vec<StepView>,
    /// A later correction of the calendar would have kept it.
    pub would_not_breach: bool,
}

/// A stretch under one set of terms.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SegmentView {
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
    pub policy_version_id: SlaPolicyVersionId,
    pub calendar_version_id: CalendarVersionId,
    pub clock: ClockKind,
    pub target_s: Option<i64>,
    pub cutoff_before_close_s: Option<i64>,
    /// Clock seconds used in it; frozen once it has ended.
    #[schema(minimum = 0)]
    pub consumed_s: i64,
    pub cause: Option<Cause>,
    /// A due instant set by hand.
    pub override_due_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500)]
    pub override_reason: Option<String>,
}

/// Time in which the clock stood still.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PauseView {
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub cause: Status,
}

/// A moment at which someone is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepView {
    /// `50%`, `breach`, `due-1800s`; the second repetition of a step is `due+900s x3`.
    #[schema(max_length = 20)]
    pub step: String,
    pub at: DateTime<Utc>,
}

impl From<Moment> for StepView {
    fn from(moment: Moment) -> Self {
        let label = moment.name.split_once(' ').map_or(moment.name.as_str(), |(_, label)| label);
        Self { step: label.to_owned(), at: moment.at }
    }
}

impl Step {
    /// As stored and shown: `50%`, `breach`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Percent(percent) => format!("{percent}%"),
            Self::Breach => "breach".to_owned(),
        }
    }
}

impl Obligation {
    /// False for what a portal customer is not told of.
    pub(crate) fn is_shown_to(&self, scope: &RowScope) -> bool {
        !scope.is_customer() || ObligationKind::PUBLIC.contains(&self.kind)
    }
}

impl ObligationView {
    /// The promise as it stands at `now`.
    pub(crate) fn at(stored: &Obligation, now: DateTime<Utc>, rules: &Rulebook) -> Self {
        let seen = stored.seen_at(now);
        let remaining = seen.remaining_at(now, rules).filter(|_| seen.is_active());
        Self {
            id: seen.id,
            version: seen.version,
            kind: seen.kind,
            subject: seen.subject.map(Into::into),
            cycle: seen.cycle,
            state: seen.state,
            start_at: seen.start_at,
            clock: seen.segments.last().map(|segment| segment.clock),
            due_at: seen.due_at,
            satisfied_at: seen.satisfied_at,
            satisfied_by_message_id: seen.satisfied_by,
            breached_at: seen.breached_at,
            cause: seen.cause,
            excused: seen.excused.map(|excuse| ExcuseView { by: excuse.by, reason: excuse.reason, at: excuse.at }),
            remaining_s: remaining.map(|left| left.num_seconds()),
            explanation: None,
        }
    }

    /// Without what is said inside the desk, for a portal customer.
    pub(crate) fn for_reader(self, scope: &RowScope) -> Self {
        if scope.is_customer() { Self { excused: None, cause: None, explanation: None, ..self } } else { self }
    }

    /// With the explanation of its due instant.
    pub(crate) fn explained(stored: &Obligation, now: DateTime<Utc>, rules: &Rulebook) -> Self {
        Self { explanation: Some(Explanation::of(stored, now, rules)), ..Self::at(stored, now, rules) }
    }
}

impl Explanation {
    fn of(obligation: &Obligation, now: DateTime<Utc>, rules: &Rulebook) -> Self {
        let present = obligation.segments.last();
        let until = obligation.due_at.or(obligation.satisfied_at).unwrap_or(now);
        let mut windows = present.map(|segment| segment.calendar(rules).windows(segment.from, until)).unwrap_or_default();
        windows.truncate(200);
        let percents = present.map(|segment| rules.percents(segment.policy_version)).unwrap_or_default();
        let mut steps: Vec<_> =
            obligation.steps(percents, rules).into_iter().map(|(step, at)| StepView { step: step.name(), at }).collect();
        let escalation = present.and_then(|segment| rules.escalation_of(segment.policy_version));
        steps.extend(escalation.into_iter().flat_map(|entry| moments(&entry.steps, obligation, rules)).map(StepView::from));
        steps.sort_by(|one, other| (one.at, &one.step).cmp(&(other.at, &other.step)));
        steps.dedup();
        steps.truncate(20);
        let pauses = obligation.pauses.iter().map(|pause| PauseView { from: pause.from, to: pause.to, cause: pause.cause });
        Self {
            segments: obligation.segments.iter().map(|segment| SegmentView::of(obligation, segment, now, rules)).collect(),
            pauses: pauses.collect(),
            windows,
            steps,
            would_not_breach: obligation.would_not_breach,
        }
    }
}

impl SegmentView {
    fn of(obligation: &Obligation, segment: &super::engine::Segment, now: DateTime<Utc>, rules: &impl Calendars) -> Self {
        let (target_s, cutoff) = match segment.target {
            Target::Seconds(target_s) => (Some(target_s), None),
            Target::EndOfBusinessDay { cutoff_before_close_s } => (None, Some(cutoff_before_close_s)),
            Target::Until { .. } => (None, None),
        };
        let consumed_s = match segment.until {
            Some(_) => segment.consumed_us / 1_000_000,
            None => {
                let until = obligation.satisfied_at.unwrap_or(now);
                segment.calendar(rules).worked(segment.from, until, &obligation.stopped()).num_seconds()
            }
        };
        Self {
            from: segment.from,
            until: segment.until,
            policy_version_id: segment.policy_version,
            calendar_version_id: segment.calendar_version,
            clock: segment.clock,
            target_s,
            cutoff_before_close_s: cutoff,
            consumed_s,
            cause: segment.cause,
            override_due_at: segment.fixed.as_ref().map(|fixed| fixed.due_at),
            override_reason: segment.fixed.as_ref().map(|fixed| fixed.reason.clone()),
        }
    }
}

/// A promise in an event.
#[derive(Debug, Serialize)]
pub(crate) struct ObligationEvent {
    ticket_id: Option<TicketId>,
    number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectView>,
    kind: ObligationKind,
    cycle: i32,
    state: ObligationState,
    due_at: Option<DateTime<Utc>>,
    satisfied_at: Option<DateTime<Utc>>,
    breached_at: Option<DateTime<Utc>>,
    cause: Option<Cause>,
    /// When Liaison noticed; a breach itself is dated at its due instant.
    detected_at: DateTime<Utc>,
    late_by_s: Option<i64>,
}

impl ObligationEvent {
    pub(crate) fn of(holder: &Holder, obligation: &Obligation, now: DateTime<Utc>) -> Self {
        let end = obligation.satisfied_at.unwrap_or(now);
        Self {
            ticket_id: holder.ticket_id(),
            number: holder.ticket.map(|(_, number)| number),
            subject: obligation.subject.map(Into::into),
            kind: obligation.kind,
            cycle: obligation.cycle,
            state: obligation.state,
            due_at: obligation.due_at,
            satisfied_at: obligation.satisfied_at,
            breached_at: obligation.breached_at,
            cause: obligation.cause,
            detected_at: now,
            late_by_s: obligation.breached_at.map(|breached| (end - breached).num_seconds()),
        }
    }
}
