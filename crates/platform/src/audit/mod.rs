//! The audit trail: who did what, to what, with what effect; append-only, in the same transaction as the change.
//!
//! Entries carry a digest of their own content. The [`seal`] worker chains the digests afterwards in a table of its own,
//! so that writers do not queue behind one another for the end of the chain and no entry is ever updated.

pub mod entity;
mod http;
pub mod seal;

pub(crate) use http::operations;

use chrono::{DateTime, Utc};
use kernel::id::new_uuid;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::InsertStatement;
use sea_orm::{ConnectionTrait, EntityTrait, QueryTrait};
use sha2::{Digest, Sha256};

use crate::authority::Denial;
use crate::caller::Actor;
use crate::outbox::Change;
use crate::problem::Problem;

/// The entries of one transaction, to be written.
pub(crate) fn entries(changes: &[Change], actor: &Actor, request_id: Option<&str>, now: DateTime<Utc>) -> InsertStatement {
    let rows = changes.iter().map(|change| entry(change, actor, request_id, now));
    entity::Entity::insert_many(rows).into_query()
}

fn entry(change: &Change, actor: &Actor, request_id: Option<&str>, now: DateTime<Utc>) -> entity::ActiveModel {
    let model = entity::Model {
        seq: 0,
        id: new_uuid(),
        at: now,
        actor_kind: actor.kind.as_str().to_owned(),
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        action: change.event.to_owned(),
        subject_type: change.subject_type.to_owned(),
        subject_id: Some(change.subject_id),
        branch_id: change.branch_id,
        before: change.before.as_ref().map(|json| json.get().to_owned()),
        after: change.after.as_ref().map(|json| json.get().to_owned()),
        reason: change.reason.clone(),
        request_id: request_id.map(str::to_owned),
        outcome: "done".to_owned(),
        digest: Vec::new(),
    };
    active(model)
}

fn active(model: entity::Model) -> entity::ActiveModel {
    let digest = digest(&model);
    let mut active: entity::ActiveModel = model.into();
    active.seq = NotSet;
    active.digest = Set(digest);
    sea_orm::ActiveModelTrait::reset_all(active)
}

/// SHA-256 over every member in a fixed order, each preceded by its length.
#[must_use]
pub fn digest(model: &entity::Model) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut feed = |part: Option<&str>| {
        let text = part.unwrap_or_default();
        hash.update([u8::from(part.is_some())]);
        hash.update(text.len().to_be_bytes());
        hash.update(text.as_bytes());
    };
    feed(Some(&model.id.to_string()));
    feed(Some(&model.at.timestamp_micros().to_string()));
    feed(Some(&model.actor_kind));
    feed(Some(&model.actor_id.to_string()));
    feed(Some(&model.actor_name));
    feed(Some(&model.action));
    feed(Some(&model.subject_type));
    feed(model.subject_id.map(|id| id.to_string()).as_deref());
    feed(model.branch_id.map(|id| id.to_string()).as_deref());
    feed(model.before.as_deref());
    feed(model.after.as_deref());
    feed(model.reason.as_deref());
    feed(model.request_id.as_deref());
    feed(Some(&model.outcome));
    hash.finalize().to_vec()
}

/// Records a refused attempt.
///
/// # Errors
/// Those of the database.
pub async fn deny<C: ConnectionTrait>(db: &C, denial: &Denial) -> Result<(), Problem> {
    let row = active(entity::Model {
        seq: 0,
        id: new_uuid(),
        at: denial.at,
        actor_kind: denial.actor.kind.as_str().to_owned(),
        actor_id: denial.actor.id,
        actor_name: denial.actor.name.clone(),
        action: denial.permission.to_owned(),
        subject_type: "operation".to_owned(),
        subject_id: None,
        branch_id: None,
        before: None,
        after: None,
        reason: Some(denial.target.clone()),
        request_id: denial.request_id.clone(),
        outcome: "denied".to_owned(),
        digest: Vec::new(),
    });
    entity::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
