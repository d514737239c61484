//! Chaining the audit trail: each seal's hash covers the entry's digest and the seal before it.
//!
//! Entries are sealed in the order they became visible. Changing, removing or inserting an entry afterwards breaks the
//! chain from there on, which [`verify`] reports.

use async_trait::async_trait;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait, JoinType, QueryOrder, QuerySelect, RelationTrait};
use sha2::{Digest, Sha256};

use crate::audit::{self, entity as entry};
use crate::db::Db;
use crate::problem::Problem;
use crate::worker::{Outcome, Worker};

/// Entries sealed by one step.
const BATCH: u64 = 500;
/// How far back an entry that committed late may lie behind the last sealed one.
const WINDOW: i64 = 10_000;

pub mod entity {
    //! The chain: one row for each sealed entry.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_seal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        /// `audit.seq` of the sealed entry.
        pub entry: i64,
        pub chain: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "crate::audit::entity::Entity", from = "Column::Entry", to = "crate::audit::entity::Column::Seq")]
        Entry,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Seals what is not sealed yet, up to a batch; returns how many entries.
///
/// # Errors
/// Those of the database; 409 when another process sealed the same positions.
pub async fn step(db: &Db) -> Result<u64, Problem> {
    db.write("audit.seal", async |tx| {
        let last = entity::Entity::find().order_by_desc(entity::Column::Position).one(tx).await?;
        let newest = entity::Entity::find().order_by_desc(entity::Column::Entry).one(tx).await?.map_or(0, |seal| seal.entry);
        let unsealed = entry::Entity::find()
            .join(JoinType::LeftJoin, entity::Relation::Entry.def().rev())
            .filter(entity::Column::Position.is_null())
            .filter(entry::Column::Seq.gt(newest - WINDOW))
            .order_by_asc(entry::Column::Seq)
            .limit(BATCH)
            .all(tx)
            .await?;
        let (mut position, mut chain) = last.map_or((0, Vec::new()), |seal| (seal.position, seal.chain));
        let mut rows = Vec::with_capacity(unsealed.len());
        for entry in &unsealed {
            position += 1;
            chain = link(&chain, &entry.digest);
            rows.push(entity::ActiveModel { position: Set(position), entry: Set(entry.seq), chain: Set(chain.clone()) });
        }
        if !rows.is_empty() {
            entity::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        Ok(u64::try_from(unsealed.len()).unwrap_or(u64::MAX))
    })
    .await
}

/// Seals in the background.
pub struct Sealing(pub Db);

#[async_trait(?Send)]
impl Worker for Sealing {
    fn name(&self) -> &'static str {
        "audit.seal"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let sealed = step(&self.0).await?;
        Ok(if sealed == 0 { Outcome::Idle } else { Outcome::Worked(sealed) })
    }
}

fn link(chain: &[u8], digest: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(chain);
    hash.update(digest);
    hash.finalize().to_vec()
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Verification {
    /// Sealed entries that were checked.
    pub checked: i64,
    /// The first position whose entry or link is not what was sealed.
    pub broken_at: Option<i64>,
}

/// Recomputes the chain from its beginning.
///
/// # Errors
/// Those of the database.
pub async fn verify<C: ConnectionTrait>(db: &C) -> Result<Verification, Problem> {
    let (mut checked, mut chain) = (0_i64, Vec::new());
    loop {
        let page = entity::Entity::find()
            .filter(entity::Column::Position.gt(checked))
            .order_by_asc(entity::Column::Position)
            .limit(BATCH)
            .find_also_related(entry::Entity)
            .all(db)
            .await?;
        if page.is_empty() {
            return Ok(Verification { checked, broken_at: None });
        }
        for (seal, entry) in page {
            let intact = entry.as_ref().is_some_and(|entry| audit::digest(entry) == entry.digest);
            chain = link(&chain, entry.as_ref().map_or(&[], |entry| &entry.digest));
            if !intact || seal.position != checked + 1 || chain != seal.chain {
                return Ok(Verification { checked, broken_at: Some(seal.position) });
            }
            checked = seal.position;
        }
    }
}

impl Related<entry::Entity> for entity::Entity {
    fn to() -> sea_orm::RelationDef {
        entity::Relation::Entry.def()
    }
}
