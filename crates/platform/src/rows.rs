//! Between stores and their rows: saving over the version that was read, and reading words and JSON back.
//!
//! A stored value that cannot be read is a broken row (500), never a caller's fault. No table, no query and no condition of
//! a resource lives here.

use std::fmt::Display;
use std::str::FromStr;

use kernel::Fault;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoIden, Query, TableRef, Value, ValueTuple, ValueType};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, JsonValue, ModelTrait,
    QueryFilter, UpdateMany,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::problem::Problem;

/// A stored word, or any other text with one reading.
///
/// # Errors
/// 500: the row is broken.
pub fn word<T: FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: Display,
{
    text.parse().map_err(|error| Problem::internal(format!("a stored value cannot be read: {error}")))
}

/// A stored word that may be absent.
///
/// # Errors
/// 500: the row is broken.
pub fn word_or_none<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: Display,
{
    text.map(word).transpose()
}

/// A stored JSON value.
///
/// # Errors
/// 500: the row is broken.
pub fn from_json<T: DeserializeOwned>(value: JsonValue) -> Result<T, Problem> {
    Ok(serde_json::from_value(value)?)
}

/// A value as its JSON column holds it.
///
/// # Errors
/// 500 for a value that JSON cannot hold.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<JsonValue, Problem> {
    Ok(serde_json::to_value(value)?)
}

/// Replaces the row `id` if its version is still the one before `version`.
///
/// # Errors
/// 412 `stale_version` when another writer was first; those of the database.
pub async fn save<C, M>(db: &C, row: M, id: Uuid, version: i64) -> Result<(), Problem>
where
    C: ConnectionTrait,
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior,
{
    save_members(db, row.into_active_model().reset_all(), id, version).await
}

/// Writes what `after` has otherwise than `before`, the version among it, to the row `id`. An update of SQLite rewrites every
/// index that has a column of its list, whether or not the value differs.
///
/// # Errors
/// 412 `stale_version` when another writer was first; those of the database.
pub async fn save_changes<C, M>(db: &C, (before, after): (&M, &M), id: Uuid, version: i64) -> Result<(), Problem>
where
    C: ConnectionTrait,
    M: ModelTrait,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior,
{
    let mut change = <M::Entity as EntityTrait>::ActiveModel::default();
    for column in <M::Entity as EntityTrait>::Column::iter() {
        let value = after.get(column);
        if value != before.get(column) {
            change.set(column, value);
        }
    }
    save_members(db, change, id, version).await
}

/// As [`save_changes`], for many rows by one statement.
///
/// # Errors
/// 412 `stale_version` when another writer was first with any of them; those of the database.
pub async fn save_all<C, M>(db: &C, changes: &[(M, M)]) -> Result<(), Problem>
where
    C: ConnectionTrait,
    M: ModelTrait,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior,
{
    let differs =
        |column: &<M::Entity as EntityTrait>::Column| changes.iter().any(|(before, after)| before.get(*column) != after.get(*column));
    let columns: Vec<_> = <M::Entity as EntityTrait>::Column::iter().filter(differs).collect();
    let (id, version) = (column::<M>("id")?, column::<M>("version")?);
    match changes {
        [] => return Ok(()),
        // A text of its own, so that the statement of most commands stays prepared.
        [(before, after)] => return save_changes(db, (before, after), read(after.get(id))?, read(after.get(version))?).await,
        _ => {}
    }
    let (table, changed) = (<M::Entity as Default>::default(), Alias::new("changed"));
    let row = |(before, after): &(M, M)| {
        let values = [before.get(id), before.get(version)].into_iter().chain(columns.iter().map(|column| after.get(*column)));
        ValueTuple::Many(values.collect())
    };
    // Both databases name the columns of a list of values so.
    let value = |place: usize| Expr::col((changed.clone(), Alias::new(format!("column{place}"))));
    let mut update = Query::update();
    update.table(table).from(TableRef::ValuesList(changes.iter().map(row).collect(), changed.clone().into_iden()));
    update.values(columns.iter().zip(3..).map(|(column, place)| (*column, value(place))));
    update.and_where(Expr::col((table, id)).eq(value(1))).and_where(Expr::col((table, version)).eq(value(2)));
    let outcome = db.execute(&update).await?;
    if usize::try_from(outcome.rows_affected()).is_ok_and(|saved| saved == changes.len()) { Ok(()) } else { Err(Fault::stale().into()) }
}

fn read<T: ValueType>(value: Value) -> Result<T, Problem> {
    T::try_from(value).map_err(|_| Problem::internal("a versioned row needs an id and a version"))
}

fn column<M: ModelTrait>(name: &str) -> Result<<M::Entity as EntityTrait>::Column, Problem> {
    let mut columns = <M::Entity as EntityTrait>::Column::iter();
    columns.find(|column| column.as_str() == name).ok_or_else(|| Problem::internal("a versioned row needs an id and a version"))
}

/// Writes the set members of `change`, and only those, to the row `id` if its version is still the one before `version`.
///
/// # Errors
/// 412 `stale_version` when another writer was first; those of the database.
pub async fn save_members<C: ConnectionTrait, A: ActiveModelTrait>(db: &C, change: A, id: Uuid, version: i64) -> Result<(), Problem> {
    let update: UpdateMany<A::Entity> = A::Entity::update_many()
        .set(change)
        .filter(Expr::col(Alias::new("id")).eq(id))
        .filter(Expr::col(Alias::new("version")).eq(version - 1));
    let outcome = update.exec(db).await?;
    if outcome.rows_affected == 1 { Ok(()) } else { Err(Fault::stale().into()) }
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::Set;
    use serde_json::json;

    use super::*;
    use crate::db::{Db, Location, Pools};

    mod note {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "note")]
        pub(super) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub version: i64,
            pub text: String,
            pub author: String,
        }

        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub(super) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    fn note(id: Uuid, version: i64, text: &str) -> note::Model {
        note::Model { id, version, text: text.to_owned(), author: "Ann".to_owned() }
    }

    /// Two notes at version 1 in a database of their own.
    async fn two_notes(folder: &std::path::Path) -> (Db, [Uuid; 2]) {
        std::fs::create_dir_all(folder).unwrap();
        let db = Db::open("notes", &Location::Folder(folder.to_owned()), &Pools::default(), kernel::Clock::default()).await.unwrap();
        let table = "CREATE TABLE note (id BLOB PRIMARY KEY, version BIGINT, text TEXT, author TEXT)";
        db.migrations().execute_unprepared(table).await.unwrap();
        let ids = [kernel::id::new_uuid(), kernel::id::new_uuid()];
        let notes = ids.map(|id| note(id, 1, "first").into_active_model());
        note::Entity::insert_many(notes).exec_without_returning(db.migrations()).await.unwrap();
        (db, ids)
    }

    #[tokio::test]
    async fn only_the_row_at_the_version_before_is_written() {
        let folder = std::env::temp_dir().join(format!("rows-{}", kernel::id::new_uuid()));
        let (db, [one, other]) = two_notes(&folder).await;
        let db = db.migrations();
        save(db, note(one, 2, "second"), one, 2).await.unwrap();
        let late = save(db, note(one, 2, "too late"), one, 2).await.unwrap_err();
        assert_eq!(late.code(), "stale_version");

        let change = note::ActiveModel { version: Set(3), text: Set("third".to_owned()), ..Default::default() };
        save_members(db, change.clone(), one, 3).await.unwrap();
        assert_eq!(save_members(db, change, one, 3).await.unwrap_err().code(), "stale_version");

        assert_eq!(note::Entity::find_by_id(one).one(db).await.unwrap(), Some(note(one, 3, "third")));
        assert_eq!(note::Entity::find_by_id(other).one(db).await.unwrap(), Some(note(other, 1, "first")));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn many_rows_are_written_by_one_statement_each_over_the_version_before() {
        let folder = std::env::temp_dir().join(format!("rows-{}", kernel::id::new_uuid()));
        let (db, [one, other]) = two_notes(&folder).await;
        let db = db.migrations();
        let next = |id, version, text| (note(id, version, "first"), note(id, version + 1, text));
        save_all::<_, note::Model>(db, &[]).await.unwrap();
        save_all(db, &[next(one, 1, "second"), next(other, 1, "third")]).await.unwrap();
        save_all(db, &[next(other, 2, "fourth")]).await.unwrap();
        let stored = [note(one, 2, "second"), note(other, 3, "fourth")];
        for note in &stored {
            assert_eq!(note::Entity::find_by_id(note.id).one(db).await.unwrap().as_ref(), Some(note));
        }
        let late = save_all(db, &[next(one, 2, "fifth"), next(other, 2, "late")]).await.unwrap_err();
        assert_eq!(late.code(), "stale_version");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_stored_value_that_cannot_be_read_is_no_fault_of_the_caller() {
        assert_eq!(word::<u8>("7").unwrap(), 7);
        assert_eq!(word_or_none::<u8>(None).unwrap(), None);
        assert_eq!(word_or_none::<u8>(Some("7")).unwrap(), Some(7));
        assert_eq!(word::<u8>("seven").unwrap_err().status(), 500);
        assert_eq!(from_json::<Vec<u8>>(to_json(&[1, 2]).unwrap()).unwrap(), [1, 2]);
        assert_eq!(from_json::<Vec<u8>>(json!({})).unwrap_err().status(), 500);
    }
}
