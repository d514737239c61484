//! When each entry was part of the published state: the bitemporal half that the database does not compute. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::BookVersion;
use crate::engine::index::{Entry, Known, Listed};

/// One book's published history: which chain of versions was the content from which instant on.
#[derive(Debug)]
pub struct History {
    /// Instants in order, each with the versions that made up the content from then on.
    timeline: Vec<(DateTime<Utc>, HashSet<Uuid>)>,
    numbers: HashMap<Uuid, i32>,
}

impl History {
    /// The history that the versions of one book tell.
    #[must_use]
    pub fn of(versions: &[BookVersion]) -> Self {
        let bases: HashMap<Uuid, Option<Uuid>> = versions.iter().map(|version| (version.id.uuid(), version.base.map(Into::into))).collect();
        let mut points: Vec<(DateTime<Utc>, i32, Option<Uuid>)> = Vec::new();
        for version in versions {
            let Some(published) = version.published_at else { continue };
            points.push((published, version.no, Some(version.id.uuid())));
            if let Some(withdrawn) = version.withdrawn_at {
                points.push((withdrawn, version.no, version.base.map(Into::into)));
            }
        }
        // A stable sort keeps a withdrawal after the publication it undoes, even at one instant.
        points.sort_by_key(|(at, no, _)| (*at, *no));
        let chain = |current: Option<Uuid>| std::iter::successors(current, |id| bases.get(id).copied().flatten()).collect();
        let timeline = points.into_iter().map(|(at, _, current)| (at, chain(current))).collect();
        Self { timeline, numbers: versions.iter().map(|version| (version.id.uuid(), version.no)).collect() }
    }

    /// The versions that were ever published.
    #[must_use]
    pub fn published(&self) -> Vec<Uuid> {
        let all: HashSet<Uuid> = self.timeline.iter().flat_map(|(_, chain)| chain.iter().copied()).collect();
        let mut ids: Vec<Uuid> = all.into_iter().collect();
        ids.sort_unstable();
        ids
    }

    /// Entries with the spans in which they were published; `removals` are pairs of version and entry.
    #[must_use]
    pub fn list(&self, entries: Vec<(Uuid, Entry)>, removals: &[(Uuid, Uuid)]) -> Vec<Listed> {
        let mut removed_by: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (version, entry) in removals {
            removed_by.entry(*entry).or_default().push(*version);
        }
        // Entries of one version with the same end share their spans.
        let mut spans: HashMap<(Uuid, Vec<Uuid>), Arc<[Known]>> = HashMap::new();
        entries
            .into_iter()
            .map(|(version, entry)| {
                let removals = removed_by.remove(&entry.id.uuid()).unwrap_or_default();
                let of = |(version, removals): &(Uuid, Vec<Uuid>)| self.spans(*version, removals).into();
                let known = spans.entry((version, removals)).or_insert_with_key(of);
                Listed { version: self.numbers.get(&version).copied().unwrap_or_default(), known: Arc::clone(known), entry }
            })
            .collect()
    }

    fn spans(&self, version: Uuid, removals: &[Uuid]) -> Vec<Known> {
        let mut spans: Vec<Known> = Vec::new();
        for (place, (from, chain)) in self.timeline.iter().enumerate() {
            if !chain.contains(&version) || removals.iter().any(|removal| chain.contains(removal)) {
                continue;
            }
            let until = self.timeline.get(place + 1).map(|(next, _)| *next);
            match spans.last_mut() {
                Some(last) if last.until == Some(*from) => last.until = until,
                _ => spans.push(Known { from: *from, until }),
            }
        }
        spans.retain(|span| span.until != Some(span.from));
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::samples::{entry, flat, instant, item};
    use crate::version::model::DraftVersion;
    use platform::stamp::Touch;

    fn version(no: i32, base: Option<&BookVersion>, published: &str) -> BookVersion {
        let touch = Touch { by: Uuid::nil(), at: instant(published) };
        let command = DraftVersion { effective_from: "2026-01-01".parse().unwrap(), reason: None, note: None };
        let mut version = BookVersion::draft(kernel::id::PricebookId::generate(), base.map(|base| base.id), no, &command, touch);
        version.published_at = Some(instant(published));
        version
    }

    fn known(history: &History, of: &BookVersion, removals: &[(Uuid, Uuid)], entry: &Entry) -> Vec<(String, Option<String>)> {
        let listed = history.list(vec![(of.id.uuid(), entry.clone())], removals);
        let day = |at: DateTime<Utc>| at.date_naive().to_string();
        listed[0].known.iter().map(|span| (day(span.from), span.until.map(day))).collect()
    }

    #[test]
    fn an_entry_is_known_from_its_publication_until_its_removal() {
        let first = version(1, None, "2026-03-01T00:00:00Z");
        let second = version(2, Some(&first), "2026-07-10T00:00:00Z");
        let price = entry(&item("X", "each"), flat("1"));
        let removals = [(second.id.uuid(), price.id.uuid())];
        let history = History::of(&[first.clone(), second.clone()]);
        let span = |from: &str, until: Option<&str>| vec![(from.to_owned(), until.map(str::to_owned))];
        assert_eq!(known(&history, &first, &[], &price), span("2026-03-01", None));
        assert_eq!(known(&history, &first, &removals, &price), span("2026-03-01", Some("2026-07-10")));
        assert_eq!(known(&history, &second, &[], &price), span("2026-07-10", None));
        assert_eq!(history.published().len(), 2);
    }

    #[test]
    fn withdrawing_a_version_brings_back_what_it_removed() {
        let first = version(1, None, "2026-03-01T00:00:00Z");
        let mut second = version(2, Some(&first), "2026-07-10T00:00:00Z");
        second.withdrawn_at = Some(instant("2026-07-12T00:00:00Z"));
        let price = entry(&item("X", "each"), flat("1"));
        let removals = [(second.id.uuid(), price.id.uuid())];
        let history = History::of(&[second, first.clone()]);
        let pair = |from: &str, until: Option<&str>| (from.to_owned(), until.map(str::to_owned));
        assert_eq!(known(&history, &first, &removals, &price), [pair("2026-03-01", Some("2026-07-10")), pair("2026-07-12", None)]);
    }
}
