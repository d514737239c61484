//! Chaining the audit trail: each seal's hash covers the entry's digest and the seal before it.
//!
//! Entries are sealed in the order they became visible. Changing, removing or inserting an entry afterwards breaks the
//! chain from there on, which [`verify`] reports.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryOrder, QuerySelect, Statement};
use sha2::{Digest, Sha256};

use crate::audit::{self, entity as entry};
use crate::db::Db;
use crate::problem::Problem;
use crate::worker::{Outcome, Worker};

/// Entries sealed by one step.
const BATCH: u64 = 500;
/// How far back an entry that committed late may lie behind the last sealed one.
const WINDOW: i64 = 10_000;
/// Which steps look for such entries; the others look behind the last sealed entry only.
const THOROUGH: u32 = 30;

const BEHIND_THE_LAST: &str = "SELECT seq, digest FROM audit WHERE seq > (SELECT COALESCE(MAX(entry), 0) FROM audit_seal) \
    ORDER BY seq LIMIT $1";
const IN_THE_WINDOW: &str = "SELECT seq, digest FROM audit WHERE seq > (SELECT COALESCE(MAX(entry), 0) FROM audit_seal) - $2 \
    AND NOT EXISTS (SELECT 1 FROM audit_seal WHERE audit_seal.entry = audit.seq) ORDER BY seq LIMIT $1";

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

/// What a seal needs of an entry.
#[derive(FromQueryResult)]
struct Unsealed {
    seq: i64,
    digest: Vec<u8>,
}

/// Seals what is not sealed yet, up to a batch; returns how many entries.
///
/// # Errors
/// Those of the database; 409 when another process sealed the same positions.
pub async fn step(db: &Db) -> Result<u64, Problem> {
    seal(db, &unsealed(db, true).await?).await
}

/// Reads without a transaction, so that nothing to do costs no lock. The order is that of becoming visible, not of the
/// numbers: on PostgreSQL a lower number may be committed later, which only a thorough look finds.
async fn unsealed(db: &Db, thorough: bool) -> Result<Vec<Unsealed>, Problem> {
    let batch = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let (sql, values): (_, Vec<Value>) =
        if thorough { (IN_THE_WINDOW, vec![batch.into(), WINDOW.into()]) } else { (BEHIND_THE_LAST, vec![batch.into()]) };
    Ok(Unsealed::find_by_statement(Statement::from_sql_and_values(db.backend(), sql, values)).all(db.read()).await?)
}

async fn seal(db: &Db, unsealed: &[Unsealed]) -> Result<u64, Problem> {
    if unsealed.is_empty() {
        return Ok(0);
    }
    db.write("audit.seal", async |tx| {
        let last = entity::Entity::find().order_by_desc(entity::Column::Position).one(tx).await?;
        let (mut position, mut chain) = last.map_or((0, Vec::new()), |seal| (seal.position, seal.chain));
        let mut rows = Vec::with_capacity(unsealed.len());
        for entry in unsealed {
            position += 1;
            chain = link(&chain, &entry.digest);
            rows.push(entity::ActiveModel { position: Set(position), entry: Set(entry.seq), chain: Set(chain.clone()) });
        }
        entity::Entity::insert_many(rows).exec_without_returning(tx).await?;
        Ok(())
    })
    .await?;
    Ok(u64::try_from(unsealed.len()).unwrap_or(BATCH))
}

/// Seals in the background.
pub struct Sealing {
    db: Db,
    steps: AtomicU32,
}

impl Sealing {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, steps: AtomicU32::new(0) }
    }
}

#[async_trait(?Send)]
impl Worker for Sealing {
    fn name(&self) -> &'static str {
        "audit.seal"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let thorough = self.steps.fetch_add(1, Ordering::Relaxed).is_multiple_of(THOROUGH);
        Ok(match seal(&self.db, &unsealed(&self.db, thorough).await?).await? {
            0 => Outcome::Idle,
            BATCH.. => Outcome::Worked(BATCH),
            sealed => Outcome::Finished(sealed),
        })
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
