//! What changed, written with the change: each [`Change`] becomes one event in the outbox and one audit entry.
//!
//! The event's payload is frozen at commit. Rows are taken from here by the relay, in order; nothing publishes an event
//! in any other way. `version` is the object's own sequence: it rises by one with each change of that object.

use chrono::{DateTime, SecondsFormat, Utc};
use kernel::id::new_uuid;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::InsertStatement;
use sea_orm::{EntityTrait, QueryTrait};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::caller::Actor;
use crate::problem::Problem;

pub mod entity {
    //! The outbox table; `seq` orders rows of one object by their commit.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub event_id: Uuid,
        /// The whole envelope as JSON text.
        pub payload: String,
        pub created_at: DateTimeUtc,
        pub published_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    pub event: &'static str,
    pub subject_type: &'static str,
    pub subject_id: Uuid,
    pub version: i64,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    /// True when portal customers of the account may see the event.
    pub portal: bool,
    pub deleted: bool,
    pub reason: Option<String>,
    pub occurred_at: Option<DateTime<Utc>>,
    pub before: Option<Box<RawValue>>,
    pub after: Option<Box<RawValue>>,
}

impl Change {
    /// A change named in the past tense (`ticket.resolved`) of the object `subject_type`/`subject_id`, now at `version`.
    #[must_use]
    pub fn new(event: &'static str, subject_type: &'static str, subject_id: impl Into<Uuid>, version: i64) -> Self {
        Self {
            event,
            subject_type,
            subject_id: subject_id.into(),
            version,
            account_id: None,
            site_id: None,
            branch_id: None,
            portal: false,
            deleted: false,
            reason: None,
            occurred_at: None,
            before: None,
            after: None,
        }
    }

    /// The object as it was, for the audit trail. Must not hold secrets.
    #[must_use]
    pub fn before<T: Serialize + ?Sized>(mut self, view: &T) -> Self {
        self.before = raw(view);
        self
    }

    /// The object as it is now: the event's data and the audit entry's "after". Must not hold secrets.
    #[must_use]
    pub fn after<T: Serialize + ?Sized>(mut self, view: &T) -> Self {
        self.after = raw(view);
        self
    }

    /// The account the object belongs to, which decides who may see the event.
    #[must_use]
    pub fn account(mut self, account: Option<impl Into<Uuid>>) -> Self {
        self.account_id = account.map(Into::into);
        self
    }

    #[must_use]
    pub fn site(mut self, site: Option<impl Into<Uuid>>) -> Self {
        self.site_id = site.map(Into::into);
        self
    }

    #[must_use]
    pub fn branch(mut self, branch: Option<impl Into<Uuid>>) -> Self {
        self.branch_id = branch.map(Into::into);
        self
    }

    /// Lets portal customers of the account see the event.
    #[must_use]
    pub fn portal(mut self) -> Self {
        self.portal = true;
        self
    }

    /// The object is gone: `/v1/changes` shows a tombstone.
    #[must_use]
    pub fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    #[must_use]
    pub fn reason(mut self, reason: Option<impl Into<String>>) -> Self {
        self.reason = reason.map(Into::into);
        self
    }

    /// When it happened, if not at the transaction's instant: a breach is dated at its due time.
    #[must_use]
    pub fn occurred_at(mut self, at: DateTime<Utc>) -> Self {
        self.occurred_at = Some(at);
        self
    }
}

fn raw<T: Serialize + ?Sized>(view: &T) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(view).inspect_err(|error| tracing::error!(%error, "a view cannot be written as JSON")).ok()
}

/// An event as it leaves a service and as `GET /v1/events` shows it.
#[derive(Serialize)]
struct Envelope<'a> {
    id: Uuid,
    #[serde(rename = "type")]
    event: &'a str,
    service: &'a str,
    subject: Subject<'a>,
    sequence: i64,
    occurred_at: String,
    recorded_at: String,
    actor: &'a Actor,
    account_id: Option<Uuid>,
    site_id: Option<Uuid>,
    branch_id: Option<Uuid>,
    portal: bool,
    deleted: bool,
    data: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Subject<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: Uuid,
}

/// The events of one transaction, to be written.
pub(crate) fn events(service: &'static str, changes: &[Change], actor: &Actor, now: DateTime<Utc>) -> Result<InsertStatement, Problem> {
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        let id = new_uuid();
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let envelope = Envelope {
            id,
            event: change.event,
            service,
            subject: Subject { kind: change.subject_type, id: change.subject_id },
            sequence: change.version,
            occurred_at: text(change.occurred_at.unwrap_or(now)),
            recorded_at: text(now),
            actor,
            account_id: change.account_id,
            site_id: change.site_id,
            branch_id: change.branch_id,
            portal: change.portal,
            deleted: change.deleted,
            data: change.after.as_deref(),
        };
        rows.push(entity::ActiveModel {
            seq: NotSet,
            event_id: Set(id),
            payload: Set(serde_json::to_string(&envelope)?),
            created_at: Set(now),
            published_at: Set(None),
        });
    }
    Ok(entity::Entity::insert_many(rows).into_query())
}
