//! Public holidays by rule, for the regions a calendar can be made for: which days, under which names, and on which
//! weekday a holiday at the weekend is observed.
//!
//! The rules are law and custom as they stood for 2020 to 2030; other years are refused rather than guessed. Nothing here
//! says that a business is closed: a calendar decides that by adding the dates as exceptions.

mod north_america;
mod overseas;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::fault::Fault;
use rule::Rule;
pub use rule::easter;

/// The years the rules are known to hold for.
pub const YEARS: RangeInclusive<i32> = 2020..=2030;

/// One public holiday; several on one date are joined by "; ".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Holiday {
    pub date: NaiveDate,
    pub name: String,
}

/// Whether days on which a weekend holiday is observed are listed beside the holiday itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Listed,
    Omitted,
}

/// A country or a part of one, with its rules.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    code: &'static str,
    /// What the whole country keeps.
    base: &'static [Rule],
    /// Names of the base that this region does not keep, or keeps otherwise.
    without: &'static [&'static str],
    own: &'static [Rule],
    /// Replaces the observance of the base.
    observance: Option<rule::Observance>,
}

impl Region {
    /// Every region there are rules for.
    pub fn all() -> impl Iterator<Item = Self> {
        north_america::REGIONS.iter().chain(overseas::REGIONS).copied()
    }

    /// The region of a code such as `US` or `US-CA` (ISO 3166).
    ///
    /// # Errors
    /// `unknown_region`.
    pub fn find(code: &str) -> Result<Self, Fault> {
        Self::all().find(|region| region.code == code).ok_or_else(|| {
            let known: Vec<&str> = Self::all().map(|region| region.code).collect();
            Fault::invalid("unknown_region", format!("There are holiday rules for {}.", known.join(", ")))
        })
    }

    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The holidays whose date lies in `years`, in order, one entry a date.
    ///
    /// # Errors
    /// `unsupported_years` outside [`YEARS`].
    pub fn holidays(&self, years: RangeInclusive<i32>, observed: Observed) -> Result<Vec<Holiday>, Fault> {
        if !YEARS.contains(years.start()) || !YEARS.contains(years.end()) {
            return Err(Fault::invalid("unsupported_years", format!("Holidays are known for {} to {}.", YEARS.start(), YEARS.end())));
        }
        let mut by_date: BTreeMap<NaiveDate, BTreeSet<String>> = BTreeMap::new();
        for rule in self.rules() {
            // The first of January may be observed on the last day of the year before.
            for year in *years.start() - 1..=*years.end() + 1 {
                for (date, name) in rule.dates(year, observed) {
                    if years.contains(&date.year()) {
                        by_date.entry(date).or_default().insert(name);
                    }
                }
            }
        }
        let joined = by_date.into_iter().map(|(date, names)| Holiday { date, name: names.into_iter().collect::<Vec<_>>().join("; ") });
        Ok(joined.collect())
    }

    fn rules(&self) -> impl Iterator<Item = Rule> {
        let (without, observance) = (self.without, self.observance);
        let kept = self.base.iter().filter(move |rule| !without.contains(&rule.name));
        kept.map(move |rule| observance.filter(|_| rule.is_observed()).map_or(*rule, |other| rule.observed(other)))
            .chain(self.own.iter().copied())
    }
}
