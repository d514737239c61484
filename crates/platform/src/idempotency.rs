//! Requests that may be repeated safely: key, fingerprint and answer are stored with the effect, in one transaction.
//!
//! A key belongs to its principal. Only answers of committed work (2xx) are stored: a refused request changed nothing, so
//! its repetition is decided anew on the present state. The caller is authorised again before a replay.

use std::time::Duration;

use actix_web::http::StatusCode;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryTrait};

use crate::db::{Db, Tx};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::RequestContext;
use crate::worker::{Outcome, Worker};

/// How long an answer can be replayed, unless the command says longer.
pub(crate) const KEEP: TimeDelta = TimeDelta::hours(48);

/// How long it can be when the request comes from files that are sent again weeks later.
pub(crate) const KEEP_LONG: TimeDelta = TimeDelta::days(30);

pub mod entity {
    //! The table of stored answers.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub principal: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub fingerprint: Vec<u8>,
        pub status: i32,
        pub content_type: String,
        pub etag: Option<String>,
        pub location: Option<String>,
        pub body: Vec<u8>,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One caller's key and what it was used for.
#[derive(Debug)]
pub struct Slot {
    principal: Uuid,
    key: String,
    fingerprint: [u8; 32],
    keep: TimeDelta,
}

impl Slot {
    /// The slot of a request, if it carries a key.
    ///
    /// # Errors
    /// `internal` never; kept fallible for the middleware's sake.
    pub(crate) fn of(principal: Uuid, context: &RequestContext, keep: TimeDelta) -> Result<Option<Self>, Problem> {
        let Some(key) = &context.idempotency_key else { return Ok(None) };
        let fingerprint = context.fingerprint.get().unwrap_or_else(|| fingerprint_of(&context.target));
        Ok(Some(Self { principal, key: key.clone(), fingerprint, keep }))
    }
}

fn fingerprint_of(target: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(target.as_bytes()).into()
}

/// The stored answer of this key, if there is one.
pub(crate) async fn replay<C: ConnectionTrait>(db: &C, slot: &Slot, now: DateTime<Utc>) -> Result<Option<Reply>, Problem> {
    let found = entity::Entity::find_by_id((slot.principal, slot.key.clone())).one(db).await?;
    let Some(record) = found.filter(|record| record.expires_at > now) else { return Ok(None) };
    if record.fingerprint != slot.fingerprint {
        return Err(Fault::invalid("idempotency_mismatch", "This Idempotency-Key was used for another request.").into());
    }
    let status = u16::try_from(record.status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    Ok(Some(Reply {
        status,
        body: record.body.into(),
        content_type: if record.content_type == "application/json" { "application/json" } else { "application/octet-stream" },
        etag: record.etag,
        location: record.location,
        replayed: true,
        links: None,
    }))
}

/// Stores an answer, and with it all that the transaction has left to write; an expired record of the same key gives way.
pub(crate) async fn store(tx: &Tx, slot: &Slot, reply: &Reply) -> Result<(), Problem> {
    let now = tx.now();
    let record = entity::ActiveModel {
        principal: Set(slot.principal),
        key: Set(slot.key.clone()),
        fingerprint: Set(slot.fingerprint.to_vec()),
        status: Set(i32::from(reply.status.as_u16())),
        content_type: Set(reply.content_type.to_owned()),
        etag: Set(reply.etag.clone()),
        location: Set(reply.location.clone()),
        body: Set(reply.body.to_vec()),
        expires_at: Set(now + slot.keep),
    };
    let mut give_way = OnConflict::columns([entity::Column::Principal, entity::Column::Key]);
    give_way
        .update_columns([
            entity::Column::Fingerprint,
            entity::Column::Status,
            entity::Column::ContentType,
            entity::Column::Etag,
            entity::Column::Location,
            entity::Column::Body,
            entity::Column::ExpiresAt,
        ])
        .action_and_where(entity::Column::ExpiresAt.lte(now));
    let mut insert = entity::Entity::insert(record).on_conflict(give_way).into_query();
    insert.returning_col(entity::Column::Principal);
    if !tx.finish_with(insert).await? {
        // A request with this key has committed: undo this one's work and answer with the other's.
        return Err(Fault::conflict("idempotency_in_progress", "A request with this Idempotency-Key is being carried out.").into());
    }
    Ok(())
}

/// Removes expired records in the background.
pub struct Forgetting(pub Db);

#[async_trait(?Send)]
impl Worker for Forgetting {
    fn name(&self) -> &'static str {
        "idempotency.forget"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let removed = self.0.write("idempotency.forget", async |tx| forget(tx, tx.now()).await).await?;
        Ok(if removed == 0 { Outcome::Idle } else { Outcome::Worked(removed) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(60)
    }
}

async fn forget<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64, Problem> {
    Ok(entity::Entity::delete_many().filter(entity::Column::ExpiresAt.lte(now)).exec(db).await?.rows_affected)
}
