//! From when a raised price holds for an account that must be told of it first.
//!
//! A change of prices is published once for everybody. Where it raises, the boundary between the old and the new entry is a gate: for
//! an account that is owed a notice it moves to the day that proof of the notice allows, and without proof the old price goes on. What
//! is recorded of an account is only added to, so that a price can be worked out again as it was known.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Period;
use kernel::id::{AccountId, ChangeSetId};

use super::context::Context;
use super::index::PriceIndex;
use super::trace::RejectReason;

/// Whose notice moves the boundaries of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// The change set that began the entry by a raise.
    pub start: Option<ChangeSetId>,
    /// The change set that ended it by a raise.
    pub end: Option<ChangeSetId>,
    /// The day on which it ends even where the raise does not come; it never does when absent.
    pub lapses: Option<NaiveDate>,
}

/// What is known of an account's notice from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    pub set: ChangeSetId,
    pub account: AccountId,
    /// The first day of the new price; none while nothing proves that the account was told.
    pub on: Option<NaiveDate>,
    pub recorded_at: DateTime<Utc>,
}

impl PriceIndex {
    /// Adds what became known of accounts' notices since.
    pub fn learn_releases(&mut self, releases: Vec<Release>) {
        for release in releases {
            self.releases.change((release.set, release.account), |known| known.push(release));
        }
    }

    /// Everything recorded of an account's notice of a change set.
    pub fn releases_of(&self, set: ChangeSetId, account: AccountId) -> impl Iterator<Item = &Release> {
        self.releases.get(&(set, account)).into_iter().flatten()
    }
}

/// Who asks, and as of when.
#[derive(Clone, Copy)]
pub(super) struct Viewer<'a> {
    pub(super) index: &'a PriceIndex,
    pub(super) context: &'a Context,
    pub(super) known_at: DateTime<Utc>,
}

/// An entry that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// It goes on after its own end, because what follows it has not begun for this account.
    pub(super) continues: bool,
}

impl Viewer<'_> {
    /// The day that a change set's raise begins for the account, or for the nearest of its ancestors that is owed a notice. Outer none:
    /// nobody is owed one. Inner none: there is no proof.
    fn owed(self, set: ChangeSetId) -> Option<Option<NaiveDate>> {
        let accounts = self.context.account.iter().chain(&self.context.ancestors);
        accounts.copied().find_map(|account| {
            let known = self.index.releases_of(set, account).filter(|release| release.recorded_at <= self.known_at);
            known.max_by_key(|release| release.recorded_at).map(|release| release.on)
        })
    }

    /// Whether an entry holds on a day for this account.
    ///
    /// # Errors
    /// `not_effective`, `notice_pending`.
    pub(super) fn holds(self, period: Period, gates: Gates, date: NaiveDate) -> Result<Held, RejectReason> {
        if date < period.start {
            return Err(RejectReason::NotEffective);
        }
        let continues = match period.end {
            Some(end) if date >= end => match gates.end.and_then(|set| self.owed(set)) {
                Some(release) if release.is_none_or(|day| date < day) && gates.lapses.is_none_or(|day| date < day) => true,
                _ => return Err(RejectReason::NotEffective),
            },
            _ => false,
        };
        match gates.start.and_then(|set| self.owed(set)) {
            Some(release) if release.is_none_or(|day| date < day) => Err(RejectReason::NoticePending),
            _ => Ok(Held { continues }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{day, instant};
    use super::*;

    const KNOWN: &str = "2026-12-10T00:00:00Z";

    struct Case {
        index: PriceIndex,
        context: Context,
        set: ChangeSetId,
    }

    impl Case {
        fn of(days: &[(Option<&str>, &str)]) -> Self {
            let (set, account) = (ChangeSetId::generate(), AccountId::generate());
            let record = |(on, at): &(Option<&str>, &str)| Release { set, account, on: on.map(day), recorded_at: instant(at) };
            let mut index = PriceIndex::default();
            index.learn_releases(days.iter().map(record).collect());
            Self { index, context: Context { ancestors: vec![account], ..Context::default() }, set }
        }

        fn holds(&self, period: (&str, Option<&str>), gates: Gates, date: &str, known_at: &str) -> Result<bool, RejectReason> {
            let viewer = Viewer { index: &self.index, context: &self.context, known_at: instant(known_at) };
            viewer.holds(Period { start: day(period.0), end: period.1.map(day) }, gates, day(date)).map(|held| held.continues)
        }

        fn old(&self, date: &str) -> Result<bool, RejectReason> {
            self.holds(("2026-01-01", Some("2027-01-01")), Gates { end: Some(self.set), ..Gates::default() }, date, KNOWN)
        }

        fn raised(&self, date: &str) -> Result<bool, RejectReason> {
            self.holds(("2027-01-01", None), Gates { start: Some(self.set), ..Gates::default() }, date, KNOWN)
        }
    }

    #[test]
    fn the_boundary_moves_to_the_day_of_release_for_whom_is_owed_a_notice() {
        let nobody = Case::of(&[]);
        assert_eq!((nobody.old("2027-01-01"), nobody.raised("2027-01-01")), (Err(RejectReason::NotEffective), Ok(false)));
        let pending = Case::of(&[(None, "2026-12-01T00:00:00Z")]);
        assert_eq!((pending.old("2030-01-01"), pending.raised("2030-01-01")), (Ok(true), Err(RejectReason::NoticePending)));
        let late = Case::of(&[(None, "2026-12-01T00:00:00Z"), (Some("2027-01-04"), "2026-12-05T00:00:00Z")]);
        assert_eq!((late.old("2027-01-03"), late.raised("2027-01-03")), (Ok(true), Err(RejectReason::NoticePending)));
        assert_eq!((late.old("2027-01-04"), late.raised("2027-01-04")), (Err(RejectReason::NotEffective), Ok(false)));
        assert_eq!(late.raised("2026-12-31"), Err(RejectReason::NotEffective));
    }

    #[test]
    fn what_was_recorded_later_was_not_known_before() {
        let case =
            Case::of(&[(None, "2026-12-01T00:00:00Z"), (Some("2027-01-04"), "2026-12-05T00:00:00Z"), (None, "2026-12-07T00:00:00Z")]);
        let gates = Gates { start: Some(case.set), ..Gates::default() };
        let on = |known_at| case.holds(("2027-01-01", None), gates, "2027-01-04", known_at);
        assert_eq!(on("2026-12-04T00:00:00Z"), Err(RejectReason::NoticePending));
        assert_eq!(on("2026-12-06T00:00:00Z"), Ok(false));
        assert_eq!(on("2026-12-08T00:00:00Z"), Err(RejectReason::NoticePending), "it came back");
    }

    #[test]
    fn a_price_that_goes_on_lapses_when_it_would_have_ended_anyway() {
        let case = Case::of(&[(None, "2026-12-01T00:00:00Z")]);
        let gates = Gates { end: Some(case.set), lapses: Some(day("2027-03-01")), ..Gates::default() };
        let on = |date| case.holds(("2026-01-01", Some("2027-01-01")), gates, date, KNOWN);
        assert_eq!((on("2027-02-28"), on("2027-03-01")), (Ok(true), Err(RejectReason::NotEffective)));
    }
}
