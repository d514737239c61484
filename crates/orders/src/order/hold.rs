//! Why an order waits: a set of holds, each with what it stops. Pure.
//!
//! One hold of a kind at a time. A hold that has expired stops nothing; it stays in the row until the next change.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::new_uuid;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// Why an order waits.
    pub enum HoldKind {
        Credit = "credit",
        Po = "po",
        ProfileExpired = "profile_expired",
        Paperwork = "paperwork",
        Dispute = "dispute",
        Manual = "manual",
    }

    /// What a hold stops.
    pub enum HoldScope {
        Confirm = "confirm",
        Dispatch = "dispatch",
        /// The order's billables wait as well.
        Bill = "bill",
    }
}

/// A hold as asked for.
#[derive(Clone, Debug)]
pub struct NewHold {
    pub kind: HoldKind,
    pub scopes: Vec<HoldScope>,
    pub reason: String,
    pub owner: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// One reason to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    pub id: Uuid,
    pub kind: HoldKind,
    #[schema(min_items = 1, max_items = 3)]
    pub scopes: Vec<HoldScope>,
    #[schema(max_length = 500)]
    pub reason: String,
    /// Who works on it.
    pub owner_id: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
    pub placed_at: DateTime<Utc>,
    pub placed_by: Option<Uuid>,
}

/// The holds of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holds(Vec<Hold>);

impl Holds {
    /// The holds in the order they were placed.
    #[must_use]
    pub fn as_slice(&self) -> &[Hold] {
        &self.0
    }

    /// True when something of this scope is stopped at `now`.
    #[must_use]
    pub fn stop(&self, scope: HoldScope, now: DateTime<Utc>) -> bool {
        self.stopping(scope, now).next().is_some()
    }

    fn stopping(&self, scope: HoldScope, now: DateTime<Utc>) -> impl Iterator<Item = &Hold> {
        self.0.iter().filter(move |hold| hold.is_live(now) && hold.scopes.contains(&scope))
    }

    /// Demands that nothing of this scope is stopped.
    ///
    /// # Errors
    /// 409 `on_hold` with the holds' ids.
    pub fn check(&self, scope: HoldScope, now: DateTime<Utc>) -> Result<(), Fault> {
        let stopping: Vec<&Hold> = self.stopping(scope, now).collect();
        if stopping.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = stopping.iter().map(|hold| hold.kind.as_str()).collect();
        let detail = format!("The order is on hold ({}).", kinds.join(", "));
        Err(Fault::conflict("on_hold", detail).with_conflicts(stopping.iter().map(|hold| hold.id)))
    }

    /// Adds a hold and drops those that have expired.
    ///
    /// # Errors
    /// 409 `already_held` when one of this kind is live; 422 when it stops nothing or has expired already.
    pub fn place(self, new: NewHold, by: Option<Uuid>, now: DateTime<Utc>) -> Result<Self, Fault> {
        if new.scopes.is_empty() {
            return Err(Fault::field("/scopes", "required", "A hold stops at least one thing."));
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(Fault::field("/expires_at", "not_in_future", "A hold expires in the future."));
        }
        let mut live: Vec<Hold> = self.0.into_iter().filter(|hold| hold.is_live(now)).collect();
        if let Some(same) = live.iter().find(|hold| hold.kind == new.kind) {
            return Err(Fault::conflict("already_held", "The order has a hold of this kind.").with_conflicts([same.id]));
        }
        let scopes = HoldScope::ALL.iter().copied().filter(|scope| new.scopes.contains(scope)).collect();
        live.push(Hold {
            id: new_uuid(),
            kind: new.kind,
            scopes,
            reason: new.reason,
            owner_id: new.owner,
            expires_at: new.expires_at,
            placed_at: now,
            placed_by: by,
        });
        Ok(Self(live))
    }

    /// Takes a hold away.
    ///
    /// # Errors
    /// 404 when there is no such hold.
    pub fn lift(self, id: Uuid) -> Result<Self, Fault> {
        if !self.0.iter().any(|hold| hold.id == id) {
            return Err(Fault::not_found("hold"));
        }
        Ok(Self(self.0.into_iter().filter(|hold| hold.id != id).collect()))
    }
}

impl Hold {
    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hold(kind: HoldKind, scopes: &[HoldScope], expires: Option<&str>) -> NewHold {
        NewHold { kind, scopes: scopes.to_vec(), reason: "Because".into(), owner: None, expires_at: expires.map(at) }
    }

    #[test]
    fn a_hold_stops_its_scopes_until_it_is_lifted_or_expires() {
        let now = at("2026-03-02T12:00:00Z");
        let both = [HoldScope::Dispatch, HoldScope::Confirm];
        let holds = Holds::default().place(hold(HoldKind::Credit, &both, Some("2026-03-03T00:00:00Z")), None, now).unwrap();
        assert_eq!(holds.check(HoldScope::Confirm, now).unwrap_err().code, "on_hold");
        assert!(holds.check(HoldScope::Bill, now).is_ok());
        assert!(holds.check(HoldScope::Confirm, at("2026-03-03T00:00:00Z")).is_ok());
        let id = holds.as_slice()[0].id;
        assert!(holds.lift(id).unwrap().check(HoldScope::Dispatch, now).is_ok());
    }

    #[test]
    fn one_hold_of_a_kind_at_a_time() {
        let now = at("2026-03-02T12:00:00Z");
        let holds = Holds::default().place(hold(HoldKind::Po, &[HoldScope::Bill], Some("2026-03-03T00:00:00Z")), None, now).unwrap();
        let again = hold(HoldKind::Po, &[HoldScope::Confirm], None);
        assert_eq!(holds.clone().place(again.clone(), None, now).unwrap_err().code, "already_held");
        let later = holds.place(again, None, at("2026-03-04T00:00:00Z")).unwrap();
        assert_eq!(later.as_slice().len(), 1);
        assert_eq!(later.lift(new_uuid()).unwrap_err().code, "not_found");
    }

    #[test]
    fn a_hold_that_stops_nothing_is_none() {
        let now = at("2026-03-02T12:00:00Z");
        assert!(Holds::default().place(hold(HoldKind::Manual, &[], None), None, now).is_err());
        assert!(Holds::default().place(hold(HoldKind::Manual, &[HoldScope::Bill], Some("2026-03-02T12:00:00Z")), None, now).is_err());
    }
}
