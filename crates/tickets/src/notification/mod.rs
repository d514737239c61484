//! Notifications: word left for people of the desk, whoever or whatever leaves it.
//!
//! [`tell`] writes one in the transaction of what it is about, with its event, so that nothing happens untold and nothing is
//! told that did not happen. Outside the calendar of the group concerned it is held back until the next opening, unless it is
//! an emergency; what shall reach them by mail too is queued then ([`mail`]). Word for a group or a role is read by the first of them who takes it.

pub mod entity;
pub(crate) mod http;
pub(crate) mod mail;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use platform::db::Tx;
use platform::problem::Problem;

pub(crate) use model::{Notification, Recipient};

use crate::group;
use crate::rulebook::Rulebook;

/// Leaves word, to be seen at once or at the next opening of the group concerned.
///
/// # Errors
/// Those of the database.
pub(crate) async fn tell(tx: &Tx, rules: &Rulebook, word: Notification) -> Result<(), Problem> {
    tell_all(tx, rules, [word]).await
}

/// As [`tell`], for all of these.
pub(crate) async fn tell_all(tx: &Tx, rules: &Rulebook, words: impl IntoIterator<Item = Notification>) -> Result<(), Problem> {
    let mut calendars = BTreeMap::new();
    for word in words {
        let own = match word.group_id {
            Some(group) => match calendars.get(&group) {
                Some(known) => *known,
                None => *calendars.entry(group).or_insert(group::store::calendar_of(tx, group).await?),
            },
            None => None,
        };
        let hours = rules.hours(own, word.branch_id, tx.now());
        let stored = word.left(hours, tx.now());
        store::insert(tx, &stored);
        tx.record(http::changed("notification.left", &stored));
    }
    Ok(())
}
