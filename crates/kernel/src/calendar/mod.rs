//! Business calendars: when a place is open, how much open time lies between two instants, and when a promise falls due.
//!
//! Open time is real elapsed time inside the open windows, minus pauses. Windows are written in local wall time; on days
//! when the clocks change a window may be shorter or longer than its name says. Nothing here knows what is promised.

mod local;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

pub use local::{at_local, boundary, date_of, midnight};

/// How far into the future a due instant is searched for.
const HORIZON_DAYS: u64 = 3_660;
const DAY_MINUTES: u16 = 1_440;

/// A window of one local day, in minutes from midnight: `[start_min, end_min)`, 1440 is the end of the day. A shift over
/// midnight is two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    #[schema(minimum = 0, maximum = 1439)]
    pub start_min: u16,
    #[schema(minimum = 1, maximum = 1440)]
    pub end_min: u16,
}

impl Window {
    pub const WHOLE_DAY: Self = Self { start_min: 0, end_min: DAY_MINUTES };

    /// # Errors
    /// `invalid_window` when it is empty or leaves the day.
    pub fn new(start_min: u16, end_min: u16) -> Result<Self, Fault> {
        if start_min >= end_min || end_min > DAY_MINUTES {
            return Err(Fault::invalid(
                "invalid_window",
                "A window needs 0 <= start_min < end_min <= 1440; write a night shift as two windows.",
            ));
        }
        Ok(Self { start_min, end_min })
    }
}

/// A span of real time, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Time that does not count, `[from, to)`; without `to` it lasts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    pub from: DateTime<Utc>,
    #[serde(default)]
    pub to: Option<DateTime<Utc>>,
}

/// Weekly windows in a time zone, with days that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    /// Monday first; each day's windows sorted.
    weekly: [Vec<Window>; 7],
    /// Replaces the week on these days; no window means closed.
    exceptions: BTreeMap<NaiveDate, Vec<Window>>,
}

impl Calendar {
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        Self { zone, weekly: Default::default(), exceptions: BTreeMap::new() }
    }

    /// Open at all times: the calendar of elapsed clocks.
    #[must_use]
    pub fn always() -> Self {
        Self { zone: Tz::UTC, weekly: std::array::from_fn(|_| vec![Window::WHOLE_DAY]), exceptions: BTreeMap::new() }
    }

    /// Adds a weekly window.
    #[must_use]
    pub fn open(mut self, day: Weekday, window: Window) -> Self {
        if let Some(windows) =
            self.weekly.iter_mut().zip(0_u32..).find(|(_, index)| *index == day.num_days_from_monday()).map(|(windows, _)| windows)
        {
            windows.push(window);
            windows.sort_unstable();
        }
        self
    }

    /// Adds the same window on several days.
    #[must_use]
    pub fn open_on(self, days: impl IntoIterator<Item = Weekday>, window: Window) -> Self {
        days.into_iter().fold(self, |calendar, day| calendar.open(day, window))
    }

    /// Replaces a date's windows; an empty list closes it.
    #[must_use]
    pub fn except(mut self, date: NaiveDate, mut windows: Vec<Window>) -> Self {
        windows.sort_unstable();
        self.exceptions.insert(date, windows);
        self
    }

    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The local date of an instant.
    #[must_use]
    pub fn date_of(&self, at: DateTime<Utc>) -> NaiveDate {
        date_of(self.zone, at)
    }

    fn windows_of(&self, date: NaiveDate) -> &[Window] {
        if let Some(windows) = self.exceptions.get(&date) {
            return windows;
        }
        let day = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
        self.weekly.get(day).map_or(&[], Vec::as_slice)
    }

    /// The open spans of one local date, sorted and without overlap.
    #[must_use]
    pub fn spans_of(&self, date: NaiveDate) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for window in self.windows_of(date) {
            let span = Span { start: boundary(self.zone, date, window.start_min), end: boundary(self.zone, date, window.end_min) };
            if span.end <= span.start {
                continue;
            }
            match spans.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
        }
        spans
    }

    /// Open spans from the local day of `from` on, in order; it ends at the horizon.
    fn spans_from(&self, from: DateTime<Utc>) -> impl Iterator<Item = Span> + '_ {
        let first = self.date_of(from);
        // A window of the day before can end after this midnight's instant only by a change of the clocks.
        let first = first.pred_opt().unwrap_or(first);
        let days = (0..HORIZON_DAYS).map_while(move |offset| first.checked_add_days(chrono::Days::new(offset)));
        days.flat_map(|date| self.spans_of(date)).filter(move |span| span.end > from)
    }

    /// The open spans inside `[from, to)`, touching ones joined.
    #[must_use]
    pub fn windows(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
        let mut windows: Vec<Span> = Vec::new();
        for span in self.spans_from(from).take_while(|span| span.start < to) {
            let cut = Span { start: span.start.max(from), end: span.end.min(to) };
            match windows.last_mut() {
                Some(last) if last.end == cut.start => last.end = cut.end,
                _ => windows.push(cut),
            }
        }
        windows
    }

    /// Open time inside `[from, to)`, minus pauses.
    #[must_use]
    pub fn worked(&self, from: DateTime<Utc>, to: DateTime<Utc>, pauses: &[Pause]) -> TimeDelta {
        let pauses = joined(pauses);
        let spans = self.spans_from(from).take_while(|span| span.start < to);
        spans.fold(TimeDelta::zero(), |sum, span| {
            let cut = Span { start: span.start.max(from), end: span.end.min(to) };
            sum + running(cut, &pauses).map(|part| part.end - part.start).sum::<TimeDelta>()
        })
    }

    /// The earliest instant from `start` on by which `target` has been worked. A target that runs out exactly at closing
    /// is due at closing. None while an open-ended pause comes first, or when the calendar does not open enough within
    /// ten years.
    #[must_use]
    pub fn due(&self, start: DateTime<Utc>, target: TimeDelta, pauses: &[Pause]) -> Option<DateTime<Utc>> {
        if target <= TimeDelta::zero() {
            return Some(start);
        }
        let pauses = joined(pauses);
        let endless = pauses.last().filter(|pause| pause.to.is_none()).map(|pause| pause.from);
        let mut left = target;
        for span in self.spans_from(start) {
            if endless.is_some_and(|from| span.start >= from) {
                return None;
            }
            let cut = Span { start: span.start.max(start), end: span.end };
            for part in running(cut, &pauses) {
                let length = part.end - part.start;
                if length >= left {
                    return Some(part.start + left);
                }
                left -= length;
            }
        }
        None
    }

    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.spans_from(at).next().is_some_and(|span| span.start <= at)
    }

    /// `at` while it is open, else the next opening; none when it does not open within ten years.
    #[must_use]
    pub fn next_open(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.spans_from(at).next().map(|span| span.start.max(at))
    }

    #[must_use]
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        !self.spans_of(date).is_empty()
    }

    /// The last closing of a date; none on a closed day.
    #[must_use]
    pub fn close_of(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        self.spans_of(date).last().map(|span| span.end)
    }

    /// The next business day after `date`.
    #[must_use]
    pub fn next_business_day(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.days_after(date).find(|date| self.is_business_day(*date))
    }

    /// The last business day before `date`.
    #[must_use]
    pub fn previous_business_day(&self, date: NaiveDate) -> Option<NaiveDate> {
        let days = (1..=HORIZON_DAYS).map_while(|offset| date.checked_sub_days(chrono::Days::new(offset)));
        days.into_iter().find(|date| self.is_business_day(*date))
    }

    fn days_after(&self, date: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        (1..=HORIZON_DAYS).map_while(move |offset| date.checked_add_days(chrono::Days::new(offset)))
    }

    /// The close of the first business day that ends after `start`, or of the one after it when `start` is later than
    /// `cutoff` before that close.
    #[must_use]
    pub fn end_of_business_day(&self, start: DateTime<Utc>, cutoff: TimeDelta) -> Option<DateTime<Utc>> {
        let today = self.date_of(start);
        let mut days = std::iter::once(today).chain(self.days_after(today));
        let day = days.find(|date| self.close_of(*date).is_some_and(|close| close > start))?;
        let close = self.close_of(day)?;
        if start <= close - cutoff {
            return Some(close);
        }
        self.close_of(self.next_business_day(day)?)
    }
}

/// Pauses sorted and joined, so that overlapping ones count once.
fn joined(pauses: &[Pause]) -> Vec<Pause> {
    let mut sorted: Vec<Pause> = pauses.iter().copied().filter(|pause| pause.to.is_none_or(|to| to > pause.from)).collect();
    sorted.sort_unstable_by_key(|pause| pause.from);
    let mut joined: Vec<Pause> = Vec::with_capacity(sorted.len());
    for pause in sorted {
        match joined.last_mut() {
            Some(last) if last.to.is_none_or(|to| pause.from <= to) => {
                last.to = last.to.and_then(|end| pause.to.map(|to| to.max(end)));
            }
            _ => joined.push(pause),
        }
    }
    joined
}

/// The parts of a span in which nothing is paused. `pauses` are joined.
fn running(span: Span, pauses: &[Pause]) -> impl Iterator<Item = Span> {
    let mut parts = Vec::new();
    let mut at = span.start;
    for pause in pauses.iter().filter(|pause| pause.from < span.end && pause.to.is_none_or(|to| to > span.start)) {
        if pause.from > at {
            parts.push(Span { start: at, end: pause.from });
        }
        at = pause.to.map_or(span.end, |to| to.min(span.end).max(at));
    }
    if at < span.end {
        parts.push(Span { start: at, end: span.end });
    }
    parts.into_iter()
}
