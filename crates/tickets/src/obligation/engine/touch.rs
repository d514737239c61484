//! Daily touches: on every business day on which somebody had to do something about a ticket for long enough, a person touches it.
//!
//! Each such day is a promise of its own, numbered by its date, from the first opening to the last close. The next day's begins
//! as soon as a day is decided, so its timer is what goes on to the day after: no sweep looks for days that nobody touched. A promise's
//! pauses are the time in which nothing was owed; a day that is left with less than the least time is called off.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use kernel::calendar::Calendar;

use super::promises::{Policy, Promises};
use super::terms::{Segment, Target, Terms};
use super::{Calendars, Obligation, Stop};
use crate::vocabulary::{Cause, ClockKind, ObligationKind, ObligationState, Status};

/// No day is looked for beyond this.
const HORIZON: Days = Days::new(366);

/// What is known of a ticket whose touches are followed.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    pub status: Status,
    /// Why no touch is owed on it now; none when one is.
    pub exempt: Option<Cause>,
    /// When people touched it since it was followed last. Calls may be told of late.
    pub touches: &'a [DateTime<Utc>],
    /// The latest touch of all.
    pub latest: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    /// How many days are gone through at most. The timer of the last one, past already, goes on.
    pub days: usize,
}

/// What the policies say of a touch on one day.
struct Rule<'a> {
    terms: Terms,
    calendar: &'a Calendar,
    /// A day on which less open time is owed needs no touch.
    least: TimeDelta,
}

impl<'a> Rule<'a> {
    fn of(policy: &'a impl Policy) -> Option<Self> {
        let terms = policy.terms(ObligationKind::DailyTouch)?;
        let Target::EndOfBusinessDay { cutoff_before_close_s } = terms.target else { return None };
        let calendar = policy.calendar(terms.calendar_version);
        // No status stops the clock of a day: what is not owed is kept as pauses.
        let terms = Terms { clock: ClockKind::Business, pause_states: Vec::new(), ..terms };
        Some(Self { terms, calendar, least: TimeDelta::seconds(cutoff_before_close_s) })
    }

    fn opening(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        self.calendar.spans_of(date).first().map(|span| span.start)
    }

    /// True when a touch is owed for long enough from `since` to the end of the day.
    fn demands(&self, date: NaiveDate, since: DateTime<Utc>) -> bool {
        self.calendar.close_of(date).is_some_and(|close| self.is_enough(self.calendar.worked(since, close, &[])))
    }

    fn is_enough(&self, worked: TimeDelta) -> bool {
        worked > TimeDelta::zero() && worked >= self.least
    }
}

/// The lowest number of a day that was not over at `at`, wherever it was.
pub(crate) fn first_day_after(at: DateTime<Utc>) -> i32 {
    cycle_of(at.date_naive().checked_sub_days(Days::new(1)).unwrap_or_default())
}

/// The number of a day's promise: its date as `yyyymmdd`.
fn cycle_of(date: NaiveDate) -> i32 {
    let two_digits = |number: u32| i32::try_from(number).unwrap_or_default();
    date.year() * 10_000 + two_digits(date.month()) * 100 + two_digits(date.day())
}

fn date_of(cycle: i32) -> Option<NaiveDate> {
    let part = |number: i32| u32::try_from(number).ok();
    NaiveDate::from_ymd_opt(cycle / 10_000, part(cycle / 100 % 100)?, part(cycle % 100)?)
}

impl Promises {
    /// Rules are corrected from `at` on: what was broken after that and made good since stays broken, and is marked when it would have
    /// been in time by the corrected ones.
    pub fn correct(&mut self, at: DateTime<Utc>, policy: &impl Policy) {
        let late = |one: &&mut Obligation| one.state == ObligationState::MissedClosed && one.breached_at.is_some_and(|due| due > at);
        for one in self.list.iter_mut().filter(late) {
            one.would_not_breach = match one.kind {
                ObligationKind::DailyTouch => one.would_have_been_touched(policy),
                kind => policy.terms(kind).is_some_and(|terms| one.would_have_been_met(at, &terms, policy)),
            };
        }
    }

    /// Follows a ticket's course to `now`: days that have passed since are missed, touches count on the day they were made, and while
    /// one is owed the next day's is promised. `was` are the rules under which one has been owed until now, if it has.
    pub fn follow<P: Policy>(&mut self, course: &Course<'_>, was: Option<&P>, policy: &P) {
        let (now, since) = (course.now, self.owed_since(course.now, was.is_some()));
        self.days_mut().for_each(|day| day.settle(now));
        if let (Some(was), Some(rule)) = (was, was.and_then(Rule::of)) {
            self.go_on(since, course, (&rule, was));
        }
        let Some(rule) = Rule::of(policy) else {
            return self.days_mut().for_each(|day| day.cancel(now, Cause::PolicyRemoved));
        };
        course.touches.iter().for_each(|at| self.touched(*at, rule.calendar, policy));
        match course.exempt {
            Some(cause) => self.days_mut().for_each(|day| day.exempt(cause, course, &rule)),
            None => {
                self.days_mut().for_each(|day| day.fit(course, (&rule, policy)));
                self.go_on(since, course, (&rule, policy));
            }
        }
    }

    /// When the touch is due that can still be made in time.
    #[must_use]
    pub fn touch_due(&self) -> Option<DateTime<Utc>> {
        let open = self.of(ObligationKind::DailyTouch).filter(|day| day.state == ObligationState::Running);
        open.filter_map(|day| day.due_at).min()
    }

    fn days_mut(&mut self) -> impl Iterator<Item = &mut Obligation> {
        self.of_mut(ObligationKind::DailyTouch)
    }

    fn day_mut(&mut self, date: NaiveDate) -> Option<&mut Obligation> {
        let cycle = cycle_of(date);
        self.days_mut().find(|day| day.cycle == cycle)
    }

    /// Since when a touch has been owed without a break, as far back as days are to be gone through.
    fn owed_since(&self, now: DateTime<Utc>, was_owed: bool) -> DateTime<Utc> {
        let owed = self.of(ObligationKind::DailyTouch).filter(|day| was_owed && day.is_active());
        owed.max_by_key(|day| day.cycle).map_or(now, |day| day.start_at.min(now))
    }

    /// Promises one day after the other until one can still be touched.
    fn go_on(&mut self, since: DateTime<Utc>, course: &Course<'_>, (rule, policy): (&Rule<'_>, &impl Policy)) {
        let last = rule.calendar.date_of(course.now).checked_add_days(HORIZON);
        let (mut next, known) = (Some(rule.calendar.date_of(since)), self.list.len());
        while let Some(date) = next.filter(|date| last.is_some_and(|last| *date <= last)) {
            self.take_up(date, since, course, (rule, policy));
            let enough = self.list.len() - known >= course.days;
            if let Some(day) = self.day_mut(date) {
                if !enough {
                    day.settle(course.now);
                }
                if day.state == ObligationState::Running {
                    return;
                }
            }
            next = rule.calendar.next_business_day(date);
        }
    }

    /// Promises a day when it is owed.
    fn take_up(&mut self, date: NaiveDate, since: DateTime<Utc>, course: &Course<'_>, (rule, policy): (&Rule<'_>, &impl Policy)) {
        let Some(start) = rule.opening(date).map(|opening| opening.max(since)) else { return };
        match self.day_mut(date) {
            Some(day) if day.state == ObligationState::Cancelled && day.is_owed_again(date, (start, since), rule) => {
                day.owe(start, since, (rule, policy));
            }
            None if rule.demands(date, start) => {
                let before = self.of(ObligationKind::DailyTouch).max_by_key(|day| day.cycle);
                let whose = before.map(|day| day.whose).unwrap_or_default();
                let begun = Obligation::start(ObligationKind::DailyTouch, cycle_of(date), start, &rule.terms, policy);
                self.list.push(Obligation { whose, ..begun });
            }
            _ => return,
        }
        let touched = course.latest.filter(|at| rule.calendar.date_of(*at) == date);
        if let Some((day, at)) = self.day_mut(date).zip(touched) {
            day.satisfy(at.max(day.start_at), None, policy);
        }
    }

    /// A person touched the ticket at `at`. That keeps its day, though it is told of late, and makes good the days before.
    fn touched(&mut self, at: DateTime<Utc>, calendar: &Calendar, calendars: &impl Calendars) {
        let cycle = cycle_of(calendar.date_of(at));
        for day in self.days_mut().filter(|day| day.cycle <= cycle) {
            if day.cycle == cycle && day.breached_at.is_some_and(|due| at <= due) {
                day.reopen_missed();
            }
            if day.is_active() {
                day.satisfy(at.max(day.start_at), None, calendars);
            }
        }
    }
}

/// One day's promise.
impl Obligation {
    /// No touch is owed from now on. A day that it was owed on for long enough stays as it is, unless nothing at all is owed any more; what
    /// was missed cannot be made good.
    fn exempt(&mut self, cause: Cause, course: &Course<'_>, rule: &Rule<'_>) {
        let now = course.now;
        match self.state {
            ObligationState::MissedOpen => self.cancel(now, cause),
            ObligationState::Running if cause != Cause::NotRequired => self.call_off(cause, course),
            ObligationState::Running | ObligationState::Met
                if self.due_at.is_some_and(|due| due > now) && !rule.is_enough(self.owed_until(now, rule)) =>
            {
                self.call_off(cause, course);
            }
            _ => {}
        }
    }

    /// Fits a day to the rules of now. One that has not begun is promised anew.
    fn fit(&mut self, course: &Course<'_>, (rule, policy): (&Rule<'_>, &impl Policy)) {
        let now = course.now;
        let Some(present) = self.segments.last().filter(|present| self.state == ObligationState::Running && !present.same_as(&rule.terms))
        else {
            return;
        };
        let policy_changed = present.policy_version != rule.terms.policy_version;
        let close = date_of(self.cycle).and_then(|date| rule.calendar.close_of(date));
        let owed = close.is_some_and(|close| rule.is_enough(self.owed_until(close, rule)));
        if owed && self.start_at <= now {
            let cause = if policy_changed { Cause::PolicyChanged } else { Cause::CalendarChanged };
            self.recalculate(now, &rule.terms, cause, policy);
        } else {
            self.call_off(Cause::NotRequired, course);
        }
    }

    /// True when a day that was missed and made good later would not have been missed by these rules: none is owed on it, or longer.
    fn would_have_been_touched<P: Policy>(&self, policy: &P) -> bool {
        let Some(rule) = Rule::of(policy) else { return false };
        let close = date_of(self.cycle).and_then(|date| rule.calendar.close_of(date));
        let Some(close) = close.filter(|close| rule.is_enough(self.owed_until(*close, &rule))) else { return true };
        self.satisfied_at.is_some_and(|done| done <= close)
    }

    /// It was thought to be missed, whatever became of it then.
    fn reopen_missed(&mut self) {
        if matches!(self.state, ObligationState::MissedClosed | ObligationState::Cancelled) {
            self.state = ObligationState::MissedOpen;
            self.due_at = self.due_at.or(self.breached_at);
            (self.satisfied_at, self.cause) = (None, None);
        }
    }

    /// Open time in which a touch was owed on the day, until `at`.
    fn owed_until(&self, at: DateTime<Utc>, rule: &Rule<'_>) -> TimeDelta {
        rule.calendar.worked(self.start_at, at, &self.stopped())
    }

    /// The day need not be touched, as it stands.
    fn call_off(&mut self, cause: Cause, course: &Course<'_>) {
        self.pauses.push(Stop { from: course.now, to: None, cause: course.status });
        self.state = ObligationState::Cancelled;
        self.cause = Some(cause);
        (self.due_at, self.satisfied_at) = (None, None);
        self.generation += 1;
    }

    /// True when nothing was owed yet on the day when it was called off.
    fn is_untried(&self) -> bool {
        self.pauses.last().is_some_and(|pause| pause.to.is_none() && pause.from <= self.start_at)
    }

    /// True when a touch is owed on a day that was called off, if one is owed again since `since`.
    fn is_owed_again(&self, date: NaiveDate, (start, since): (DateTime<Utc>, DateTime<Utc>), rule: &Rule<'_>) -> bool {
        if self.is_untried() {
            return rule.demands(date, start);
        }
        let mut again = self.clone();
        again.close_gap(since);
        rule.calendar.close_of(date).is_some_and(|close| rule.is_enough(again.owed_until(close, rule)))
    }

    fn close_gap(&mut self, since: DateTime<Utc>) {
        if let Some(open) = self.pauses.last_mut().filter(|pause| pause.to.is_none()) {
            open.to = Some(since.max(open.from));
        }
        self.pauses.retain(|pause| pause.to != Some(pause.from));
    }

    /// Takes the calling off back.
    fn owe(&mut self, start: DateTime<Utc>, since: DateTime<Utc>, (rule, policy): (&Rule<'_>, &impl Policy)) {
        if self.is_untried() {
            self.start_at = start;
            self.pauses.clear();
            self.segments = vec![Segment::begin(start, &rule.terms, None)];
        } else {
            self.close_gap(since);
            if self.segments.last().is_some_and(|present| !present.same_as(&rule.terms)) {
                self.split(since, &rule.terms, Cause::CalendarChanged, policy);
            }
        }
        self.state = ObligationState::Running;
        self.cause = None;
        self.due_at = self.computed_due(policy);
        self.generation += 1;
    }
}
