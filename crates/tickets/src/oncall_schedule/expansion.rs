//! Expanding plans and overrides into who is on call at an instant, and through a period. Pure.
//!
//! The question at one instant is the definition; a period is cut wherever the answer could change and asked piece by piece, so
//! the pieces cannot overlap and cover all that is not a gap.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::calendar::{Span, boundary, date_of};
use kernel::id::{OnCallOverrideId, UserId};

use super::model::{OnCallOverride, OnCallSchedule, OnCallVersion};
use super::plan::{OnCallHours, OnCallLayer};
use crate::notification::model::NoticeChannel;

/// A schedule with what decides who is on call: plans in the order of publication, overrides in that of their making.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    pub(crate) schedule: OnCallSchedule,
    pub(crate) versions: Vec<OnCallVersion>,
    pub(crate) overrides: Vec<OnCallOverride>,
}

/// Somebody on call, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duty<'a> {
    pub(crate) user: UserId,
    pub(crate) reason: Reason<'a>,
}

/// What put somebody on call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason<'a> {
    Override(OnCallOverrideId),
    Layer(&'a str),
}

/// Somebody on call on one level for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift<'a> {
    pub(crate) level: i16,
    pub(crate) span: Span,
    pub(crate) duty: Duty<'a>,
}

impl Timetable {
    /// The plan in force at an instant.
    pub(crate) fn version_at(&self, at: DateTime<Utc>) -> Option<&OnCallVersion> {
        self.versions.iter().rev().find(|version| version.effective_from <= at)
    }

    /// Who is on call on a level at an instant. Of overlapping overrides the last one made counts.
    pub(crate) fn on_duty(&self, level: i16, at: DateTime<Utc>) -> Option<Duty<'_>> {
        if let Some(one) = self.overrides.iter().rev().find(|one| one.covers(level, at)) {
            return Some(Duty { user: one.user_id, reason: Reason::Override(one.id) });
        }
        let plan = &self.version_at(at)?.plan;
        let (zone, mut layers) = (plan.zone(), plan.layers.iter().filter(|layer| layer.level == level));
        layers.find_map(|layer| Some(Duty { user: layer.on_duty(zone, at)?, reason: Reason::Layer(&layer.name) }))
    }

    /// The levels that have somebody at an instant, lowest first: the page chain.
    pub(crate) fn chain(&self, at: DateTime<Utc>) -> impl Iterator<Item = (i16, Duty<'_>)> {
        self.levels(at, at + TimeDelta::microseconds(1)).into_iter().filter_map(move |level| Some((level, self.on_duty(level, at)?)))
    }

    /// By which way a level's people are paged.
    pub(crate) fn channel(&self, level: i16, at: DateTime<Utc>) -> NoticeChannel {
        let layer = self.version_at(at).and_then(|version| version.plan.layers.iter().find(|layer| layer.level == level));
        layer.map_or(NoticeChannel::Email, |layer| layer.channel)
    }

    fn levels(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> BTreeSet<i16> {
        let standing_in = self.overrides.iter().filter(|one| one.start_at < to && one.end_at > from).map(|one| one.level);
        self.versions.iter().flat_map(|version| version.plan.levels()).chain(standing_in).collect()
    }

    /// Who is on call in `[from, to)`, by level and time.
    pub(crate) fn shifts(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Shift<'_>> {
        let cuts = self.cuts(from, to);
        let mut shifts: Vec<Shift<'_>> = Vec::new();
        for level in self.levels(from, to) {
            for span in pieces(&cuts) {
                let Some(duty) = self.on_duty(level, span.start) else { continue };
                match shifts.last_mut() {
                    Some(last) if last.level == level && last.duty == duty && last.span.end == span.start => last.span.end = span.end,
                    _ => shifts.push(Shift { level, span, duty }),
                }
            }
        }
        shifts
    }

    /// When nobody is on call on any level in `[from, to)`.
    pub(crate) fn gaps(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
        let (cuts, levels) = (self.cuts(from, to), self.levels(from, to));
        let mut gaps: Vec<Span> = Vec::new();
        for span in pieces(&cuts).filter(|span| levels.iter().all(|level| self.on_duty(*level, span.start).is_none())) {
            match gaps.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => gaps.push(span),
            }
        }
        gaps
    }

    /// Every instant of `[from, to]` at which an answer could change, with both ends.
    fn cuts(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let mut cuts = BTreeSet::from([from, to]);
        cuts.extend(self.versions.iter().map(|version| version.effective_from));
        cuts.extend(self.overrides.iter().flat_map(|one| [one.start_at, one.end_at]));
        for plan in self.versions.iter().map(|version| &version.plan) {
            for layer in &plan.layers {
                layer.changes(plan.zone(), (from, to), &mut cuts);
            }
        }
        cuts.into_iter().filter(|at| (from..=to).contains(at)).collect()
    }
}

fn pieces(cuts: &[DateTime<Utc>]) -> impl Iterator<Item = Span> {
    cuts.iter().zip(cuts.iter().skip(1)).map(|(start, end)| Span { start: *start, end: *end })
}

impl OnCallLayer {
    fn on_duty(&self, zone: Tz, at: DateTime<Utc>) -> Option<UserId> {
        if !self.is_open(zone, at) {
            return None;
        }
        let members = i64::try_from(self.members.len()).ok().filter(|count| *count > 0)?;
        let place = usize::try_from(self.turn_at(zone, at).rem_euclid(members)).ok()?;
        self.members.get(place).copied()
    }

    fn is_open(&self, zone: Tz, at: DateTime<Utc>) -> bool {
        let today = date_of(zone, at);
        let days = [today.pred_opt().unwrap_or(today), today];
        self.hours.is_empty() || days.iter().flat_map(|day| self.spans_of(zone, *day)).any(|span| span.start <= at && at < span.end)
    }

    /// The hours that begin on a local date.
    fn spans_of(&self, zone: Tz, date: NaiveDate) -> impl Iterator<Item = Span> {
        self.hours.iter().filter(move |hours| hours.day.weekday() == date.weekday()).map(move |hours| hours.span(zone, date))
    }

    /// Days between handoffs.
    fn period(&self) -> i64 {
        i64::from(self.handoff.every.max(1)) * if self.handoff.day.is_some() { 7 } else { 1 }
    }

    /// The date of handoff 0: the first one on or after the start.
    fn anchor(&self) -> NaiveDate {
        let fits = |date: &NaiveDate| self.handoff.day.is_none_or(|day| day.weekday() == date.weekday());
        self.starts_on.iter_days().take(7).find(fits).unwrap_or(self.starts_on)
    }

    /// The instant of a handoff, by its number; none outside the calendar.
    fn handoff_at(&self, zone: Tz, number: i64) -> Option<DateTime<Utc>> {
        let days = TimeDelta::try_days(number.checked_mul(self.period())?)?;
        self.anchor().checked_add_signed(days).map(|date| boundary(zone, date, self.handoff.time_min))
    }

    /// The number of the last handoff at or before an instant.
    fn turn_at(&self, zone: Tz, at: DateTime<Utc>) -> i64 {
        let days = (date_of(zone, at) - self.anchor()).num_days();
        let mut turn = days.div_euclid(self.period());
        while self.handoff_at(zone, turn).is_some_and(|handoff| handoff > at) {
            turn -= 1;
        }
        while self.handoff_at(zone, turn + 1).is_some_and(|handoff| handoff <= at) {
            turn += 1;
        }
        turn
    }

    /// Adds the handoffs and the ends of hours in a period.
    fn changes(&self, zone: Tz, (from, to): (DateTime<Utc>, DateTime<Utc>), cuts: &mut BTreeSet<DateTime<Utc>>) {
        let handoffs = (self.turn_at(zone, from)..).map_while(|number| self.handoff_at(zone, number)).take_while(|at| *at < to);
        cuts.extend(handoffs);
        let (first, last) = (date_of(zone, from), date_of(zone, to));
        let days = first.checked_sub_days(Days::new(1)).unwrap_or(first).iter_days().take_while(|date| *date <= last);
        cuts.extend(days.flat_map(|date| self.spans_of(zone, date)).flat_map(|span| [span.start, span.end]));
    }
}

impl OnCallHours {
    fn span(self, zone: Tz, date: NaiveDate) -> Span {
        let end = if self.is_overnight() { date.succ_opt().unwrap_or(date) } else { date };
        Span { start: boundary(zone, date, self.start_min), end: boundary(zone, end, self.end_min) }
    }
}
