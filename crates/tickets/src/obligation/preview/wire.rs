//! What callers send and receive about changes of the rules that are only supposed.

use chrono::{DateTime, Utc};
use kernel::id::{ObligationId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::NAMED;
use super::effect::RuleChangeEffect;
use crate::obligation::engine::Obligation;
use crate::obligation::recalculation::Position;
use crate::obligation::wire::SubjectView;
use crate::vocabulary::ObligationKind;

/// Where a page of a preview ends.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPosition {
    pub ticket_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
}

impl From<PreviewPosition> for Position {
    fn from(position: PreviewPosition) -> Self {
        Self { ticket: position.ticket_id, subject: position.subject_id }
    }
}

impl From<Position> for PreviewPosition {
    fn from(position: Position) -> Self {
        Self { ticket_id: position.ticket, subject_id: position.subject }
    }
}

/// How many running promises a change would affect, and how.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct RuleChangeCounts {
    #[schema(minimum = 0)]
    pub(crate) due_earlier: i64,
    #[schema(minimum = 0)]
    pub(crate) due_later: i64,
    #[schema(minimum = 0)]
    pub(crate) newly_breached: i64,
    #[schema(minimum = 0)]
    pub(crate) would_not_breach: i64,
    #[schema(minimum = 0)]
    pub(crate) cancelled: i64,
    #[schema(minimum = 0)]
    pub(crate) paused_changed: i64,
    #[schema(minimum = 0)]
    pub(crate) unchanged: i64,
}

/// One running promise that a change would affect.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AffectedClock {
    pub(crate) obligation_id: ObligationId,
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) ticket_number: Option<i64>,
    /// What it is about; absent for a ticket's own conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<SubjectView>,
    pub(crate) kind: ObligationKind,
    pub(crate) effect: RuleChangeEffect,
    /// Null while its clock stands still.
    pub(crate) due_now: Option<DateTime<Utc>>,
    pub(crate) due_then: Option<DateTime<Utc>>,
}

impl AffectedClock {
    pub(super) fn of(ticket: Option<(TicketId, i64)>, effect: RuleChangeEffect, (before, after): (&Obligation, &Obligation)) -> Self {
        Self {
            obligation_id: after.id,
            ticket_id: ticket.map(|(id, _)| id),
            ticket_number: ticket.map(|(_, number)| number),
            subject: after.subject.map(Into::into),
            kind: after.kind,
            effect,
            due_now: before.due_at,
            due_then: after.due_at,
        }
    }
}

/// What a change of the rules would do to the promises that run now, if nothing happens until it takes effect.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RuleChangePreview {
    pub(crate) effective_from: DateTime<Utc>,
    /// Of the tickets and subjects that this page went through.
    pub(crate) counts: RuleChangeCounts,
    /// Those that are not left unchanged, the first 200 of the page.
    #[schema(max_items = 200)]
    pub(crate) data: Vec<AffectedClock>,
    /// Where the next page begins; null when all running promises were gone through.
    pub(crate) next: Option<PreviewPosition>,
}

impl RuleChangePreview {
    pub(super) fn new(effective_from: DateTime<Utc>) -> Self {
        Self { effective_from, counts: RuleChangeCounts::default(), data: Vec::new(), next: None }
    }

    pub(super) fn note(&mut self, effect: RuleChangeEffect, clock: impl FnOnce() -> AffectedClock) {
        *self.counts.of(effect) += 1;
        if effect != RuleChangeEffect::Unchanged && self.data.len() < NAMED {
            self.data.push(clock());
        }
    }

    /// `due_later 3, would_not_breach 1`; says when there may be more.
    pub(super) fn summary(&self) -> String {
        let mut counts = self.counts;
        let mut affected: Vec<String> = RuleChangeEffect::ALL
            .iter()
            .copied()
            .filter(|effect| *effect != RuleChangeEffect::Unchanged)
            .map(|effect| (effect, *counts.of(effect)))
            .filter(|(_, count)| *count > 0)
            .map(|(effect, count)| format!("{effect} {count}"))
            .collect();
        if affected.is_empty() {
            affected.push("none of those examined".to_owned());
        }
        let more = if self.next.is_some() { ", and more behind them" } else { "" };
        format!("{}{more}", affected.join(", "))
    }
}

impl RuleChangeCounts {
    fn of(&mut self, effect: RuleChangeEffect) -> &mut i64 {
        match effect {
            RuleChangeEffect::DueEarlier => &mut self.due_earlier,
            RuleChangeEffect::DueLater => &mut self.due_later,
            RuleChangeEffect::NewlyBreached => &mut self.newly_breached,
            RuleChangeEffect::WouldNotBreach => &mut self.would_not_breach,
            RuleChangeEffect::Cancelled => &mut self.cancelled,
            RuleChangeEffect::PausedChanged => &mut self.paused_changed,
            RuleChangeEffect::Unchanged => &mut self.unchanged,
        }
    }
}
