//! Expanding a recurrence into slots.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use kernel::calendar::at_local;

use super::period;
use super::rule::{Rule, Until};

/// A rule that matches nothing is given up after this many years of periods.
const YEARS: i32 = 400;

/// A series: where it starts, by which rule it goes on, what is left out and what is added.
#[derive(Clone, Debug)]
pub struct Recurrence {
    pub start: NaiveDateTime,
    pub zone: Tz,
    pub rule: Option<Rule>,
    pub excluded: BTreeSet<NaiveDateTime>,
    pub added: BTreeSet<NaiveDateTime>,
}

/// One time at which service is to happen. `local` identifies it for ever, whatever becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub local: NaiveDateTime,
    pub at: DateTime<Utc>,
}

impl Recurrence {
    /// The first `limit` slots, in order.
    #[must_use]
    pub fn slots(&self, limit: usize) -> Vec<Slot> {
        let mut by_rule = self.by_rule().filter(|local| !self.excluded.contains(local)).peekable();
        let mut added = self.added.iter().copied().filter(|local| !self.excluded.contains(local)).peekable();
        let mut slots: Vec<Slot> = Vec::new();
        while slots.len() < limit {
            let take_added = match (by_rule.peek(), added.peek()) {
                (None, None) => break,
                (Some(ruled), Some(added)) => added < ruled,
                (None, Some(_)) => true,
                (Some(_), None) => false,
            };
            let next = if take_added { added.next() } else { by_rule.next() };
            if let Some(local) = next.filter(|local| slots.last().is_none_or(|last| last.local != *local)) {
                slots.push(Slot { local, at: at_local(self.zone, local) });
            }
        }
        slots
    }

    /// The slots of the rule alone; without a rule, the start.
    fn by_rule(&self) -> Box<dyn Iterator<Item = NaiveDateTime> + '_> {
        let Some(rule) = &self.rule else { return Box::new(std::iter::once(self.start)) };
        let periods = std::iter::successors(period::first(rule, self.start), move |at| period::next(rule, *at));
        let horizon = self.start.year().saturating_add(YEARS);
        let slots = periods
            .take_while(move |at| at.year() <= horizon)
            .flat_map(move |at| self.period(rule, at))
            .filter(move |local| *local >= self.start)
            .take_while(move |local| self.before_end(rule, *local));
        match rule.count {
            Some(count) => Box::new(slots.take(usize::try_from(count).unwrap_or(usize::MAX))),
            None => Box::new(slots),
        }
    }

    fn before_end(&self, rule: &Rule, local: NaiveDateTime) -> bool {
        match rule.until {
            None => true,
            Some(Until::Local(last)) => local <= last,
            Some(Until::Instant(last)) => at_local(self.zone, local) <= last,
        }
    }

    /// The slots of one period, sorted; `BYSETPOS` picks among them.
    fn period(&self, rule: &Rule, at: NaiveDateTime) -> Vec<NaiveDateTime> {
        let times = period::times(rule, at, self.start);
        let days = period::days(rule, at, self.start);
        let mut set: Vec<NaiveDateTime> = days.iter().flat_map(|day| times.iter().map(|time| day.and_time(*time))).collect();
        set.sort_unstable();
        if rule.by_set_pos.is_empty() {
            return set;
        }
        let mut picked: Vec<NaiveDateTime> = rule.by_set_pos.iter().filter_map(|position| pick(&set, *position)).collect();
        picked.sort_unstable();
        picked.dedup();
        picked
    }
}

fn pick(set: &[NaiveDateTime], position: i32) -> Option<NaiveDateTime> {
    let distance = usize::try_from(position.unsigned_abs()).ok()?;
    let index = if position > 0 { distance.checked_sub(1)? } else { set.len().checked_sub(distance)? };
    set.get(index).copied()
}
