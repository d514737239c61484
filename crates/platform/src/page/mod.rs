//! Lists: filters, sorting and pages, the same for every resource.
//!
//! A resource declares a [`ListSpec`]; the [`Listing`] extractor reads the query string against it and reads one page in
//! one query. Pages are found by key, never by offset, so a list has no depth limit and a row that stays is seen exactly
//! once however many others come and go meanwhile. Whose rows they are is not decided here: the store passes a query that
//! is already limited to the caller's scope. Full text search is the store's too.

mod cursor;
mod document;
mod field;
mod parse;
mod seek;
#[cfg(test)]
mod tests;

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use kernel::Fault;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityName, EntityTrait, FromQueryResult, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter, QuerySelect, Select, Value,
};
use serde::Serialize;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;
use crate::reply::Reply;

pub use cursor::CursorKey;
pub use field::{Field, Kind, Op, Rule, Scalar};
pub use parse::{DEFAULT_LIMIT, Filter, MAX_LIMIT};

use parse::{Parsed, Shape};
use seek::Key;

/// The columns of an entity.
pub type Column<E> = <E as EntityTrait>::Column;
/// A row of an entity.
pub type Row<E> = <E as EntityTrait>::Model;

/// What one list can be asked for. The identifier (the first primary key column) is filterable as `id` without being
/// declared, and ends every sort order.
pub trait ListSpec: 'static {
    type Entity: EntityTrait;
    /// One rendered row; `fields` may name its members.
    type View: ToSchema;
    const FIELDS: &'static [Field<Column<Self::Entity>>];
    /// As a caller would write `sort`: `-created_at`.
    const DEFAULT_SORT: &'static str;
    /// True when the store searches by [`Listing::search`].
    const SEARCH: bool = false;
    const INCLUDES: &'static [&'static str] = &[];
}

/// A row of a list that is read without being an entity: only what its view shows.
pub trait Slim<E: EntityTrait>: FromQueryResult {
    /// Has `select` read the columns of this row and no others.
    fn columns(select: Select<E>) -> Select<E>;
    /// The value of a column that the list can be sorted by.
    fn sorted_by(&self, column: &Column<E>) -> Option<Value>;
}

fn shape<S: ListSpec>() -> Shape {
    let mut rules: Vec<&'static Rule> = S::FIELDS.iter().map(|field| &field.rule).collect();
    if !rules.iter().any(|rule| rule.name == field::ID.name) {
        rules.insert(0, &field::ID);
    }
    Shape {
        table: S::Entity::default().table_name(),
        rules,
        default_sort: S::DEFAULT_SORT,
        search: S::SEARCH,
        includes: S::INCLUDES,
        members: document::members::<S::View>,
    }
}

fn column<S: ListSpec>(name: &str) -> Option<Column<S::Entity>> {
    match S::FIELDS.iter().find(|field| field.rule.name == name) {
        Some(field) => field.column,
        None if name == field::ID.name => {
            let mut key = <S::Entity as EntityTrait>::PrimaryKey::iter();
            key.next().map(PrimaryKeyToColumn::into_column)
        }
        None => None,
    }
}

/// One request for a page of the list `S`; a handler's argument.
pub struct Listing<S> {
    parsed: Parsed,
    key: CursorKey,
    /// Path and query without the cursor, for the `Link` header.
    link: String,
    spec: PhantomData<fn() -> S>,
}

impl<S: ListSpec> Listing<S> {
    /// Reads a query string.
    ///
    /// # Errors
    /// 400 with every fault of it at once.
    pub fn parse(query: &str, key: &CursorKey) -> Result<Self, Fault> {
        let parsed = parse::parse(query, &shape::<S>(), key)?;
        Ok(Self { parsed, key: key.clone(), link: without_cursor("", query), spec: PhantomData })
    }

    /// The same listing with its `Link` headers leading back to `request`, for a list that was read from another query string
    /// than the request's own.
    #[must_use]
    pub fn for_request(self, request: &HttpRequest) -> Self {
        Self { link: without_cursor(request.path(), request.query_string()), ..self }
    }

    /// The text to search for; present only when the list declares `SEARCH`.
    #[must_use]
    pub fn search(&self) -> Option<&str> {
        self.parsed.search.as_deref()
    }

    /// True when `include` names `name`.
    #[must_use]
    pub fn includes(&self, name: &str) -> bool {
        self.parsed.includes.contains(&name)
    }

    #[must_use]
    pub fn limit(&self) -> u64 {
        self.parsed.limit
    }

    /// The conditions on one field, for fields declared [`Field::external`].
    pub fn filters_on(&self, field: &str) -> impl Iterator<Item = &Filter> {
        self.parsed.filters.iter().filter(move |filter| filter.field == field)
    }

    /// True when the rows are asked for in the order of a field.
    #[must_use]
    pub fn is_sorted_by(&self, field: &str) -> bool {
        self.parsed.sorts.iter().any(|sort| sort.field == field)
    }

    /// True when the rows are asked for by falling identifier, which is the newest first.
    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        self.parsed.sorts.first().is_some_and(|sort| sort.field == field::ID.name && sort.descending)
    }

    /// True when the number of all rows is asked for.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.parsed.count
    }

    /// All conditions on columns.
    #[must_use]
    pub fn condition(&self, backend: DbBackend) -> Condition {
        self.parsed.filters.iter().fold(Condition::all(), |all, filter| match column::<S>(filter.field) {
            Some(column) => {
                let nullable = S::FIELDS.iter().any(|field| field.rule.name == filter.field && field.rule.nullable);
                all.add(seek::filter(filter, column.into_expr(), nullable, backend))
            }
            None => all,
        })
    }

    /// Filters and orders `select` and begins after the cursor, without a limit: what an export streams.
    #[must_use]
    pub fn select(&self, select: Select<S::Entity>, backend: DbBackend) -> Select<S::Entity> {
        let keys: Vec<Key> = self
            .parsed
            .sorts
            .iter()
            .filter_map(|sort| column::<S>(sort.field).map(|column| Key { column: column.into_expr(), sort: *sort }))
            .collect();
        let mut select = select.filter(self.condition(backend));
        if let Some(values) = &self.parsed.after {
            select = select.filter(seek::after(&keys, values));
        }
        seek::order(select, &keys)
    }

    /// Reads one page of `select`, in one query.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn page<C: ConnectionTrait>(&self, db: &C, select: Select<S::Entity>) -> Result<Page<Row<S::Entity>>, Problem> {
        let count = self.counted(db, &select).await?;
        let select = self.select(select, db.get_database_backend()).limit(self.parsed.limit + 1);
        Ok(Page { count, ..self.cut(select.all(db).await?, |row| row)? })
    }

    /// As [`Listing::page`], for a list that is asked for so often that it reads less than whole rows.
    ///
    /// # Errors
    /// Those of the database; `internal` when a row cannot tell the value of a sort column.
    pub async fn page_of<C: ConnectionTrait, T: Slim<S::Entity>>(&self, db: &C, select: Select<S::Entity>) -> Result<Page<T>, Problem> {
        let count = self.counted(db, &select).await?;
        let select = T::columns(self.select(select, db.get_database_backend())).limit(self.parsed.limit + 1);
        Ok(Page { count, ..self.cut_by(select.into_model::<T>().all(db).await?, |row, column| row.sorted_by(column))? })
    }

    /// How many rows there are on all pages, when that is asked for.
    async fn counted<C: ConnectionTrait>(&self, db: &C, select: &Select<S::Entity>) -> Result<Option<i64>, Problem> {
        if !self.parsed.count {
            return Ok(None);
        }
        let all = select.clone().filter(self.condition(db.get_database_backend()));
        Ok(all.select_only().expr(Expr::cust("COUNT(*)")).into_tuple().one(db).await?)
    }

    /// Makes a page of rows that were read with [`Listing::select`] and a limit of [`Listing::limit`] plus one; `model` is
    /// the entity's part of a row. For queries that read more than the entity.
    ///
    /// # Errors
    /// `internal` when a sort column has a type that lists do not sort by.
    pub fn cut<T>(&self, rows: Vec<T>, model: impl Fn(&T) -> &Row<S::Entity>) -> Result<Page<T>, Problem> {
        self.cut_by(rows, |row, column| Some(model(row).get(*column)))
    }

    fn cut_by<T>(&self, mut rows: Vec<T>, value: impl Fn(&T, &Column<S::Entity>) -> Option<Value>) -> Result<Page<T>, Problem> {
        let limit = usize::try_from(self.parsed.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return Ok(Page { data: rows, next_cursor: None, count: None });
        }
        rows.truncate(limit);
        let next_cursor = rows.last().map(|last| self.cursor_after(|column| value(last, column))).transpose()?;
        Ok(Page { data: rows, next_cursor, count: None })
    }

    fn cursor_after(&self, value: impl Fn(&Column<S::Entity>) -> Option<Value>) -> Result<String, Problem> {
        let unsortable = |field: &str| Problem::internal(format!("{} cannot be sorted by {field}", S::Entity::default().table_name()));
        let mut values = Vec::with_capacity(self.parsed.sorts.len());
        for sort in &self.parsed.sorts {
            let held = column::<S>(sort.field).and_then(|column| value(&column)).and_then(Scalar::of);
            values.push(held.ok_or_else(|| unsortable(sort.field))?.map(|value| value.stored()));
        }
        cursor::write(&self.key, self.parsed.binding, &values).ok_or_else(|| Problem::internal("a cursor cannot be written"))
    }

    /// The answer: `{"data": [...], "next_cursor": ...}` and a `Link` header to the next page.
    ///
    /// # Errors
    /// `internal` when a view cannot be written as JSON.
    pub fn reply<V: Serialize>(&self, page: &Page<V>) -> Result<Reply, Problem> {
        let reply = match &self.parsed.fields {
            None => Reply::ok(page)?,
            Some(fields) => {
                let data = page.data.iter().map(|view| sparse(view, fields)).collect::<Result<Vec<_>, _>>()?;
                Reply::ok(&Page { data, next_cursor: page.next_cursor.clone(), count: page.count })?
            }
        };
        Ok(match &page.next_cursor {
            Some(cursor) => reply.with_links(format!("<{}cursor={cursor}>; rel=\"next\"", self.link)),
            None => reply,
        })
    }
}

/// A view with only the chosen members.
fn sparse<V: Serialize>(view: &V, fields: &[String]) -> Result<serde_json::Value, Problem> {
    let mut value = serde_json::to_value(view)?;
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| fields.contains(name));
    }
    Ok(value)
}

/// The request's target, ready to have `cursor=...` put after it.
fn without_cursor(path: &str, query: &str) -> String {
    let mut target = format!("{path}?");
    for pair in query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=")) {
        // The raw query may hold characters that a Link header may not.
        target.extend(pair.chars().filter(|letter| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '"')));
        target.push('&');
    }
    target
}

impl<S: ListSpec> FromRequest for Listing<S> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(key) = request.app_data::<Data<CursorKey>>() else {
            return ready(Err(Problem::internal("no cursor key is configured")));
        };
        ready(Self::parse(request.query_string(), key).map(|listing| listing.for_request(request)).map_err(Problem::from))
    }
}

/// For `params(Listing<TicketList>)` in an operation's annotation.
impl<S: ListSpec> IntoParams for Listing<S> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        document::parameters(&shape::<S>())
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows, in the order asked for.
    #[schema(max_items = 200)]
    pub data: Vec<T>,
    /// Send as `cursor` for the next page; null on the last page.
    #[schema(max_length = 4096)]
    pub next_cursor: Option<String>,
    /// How many rows there are on all pages; only with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub count: Option<i64>,
}

impl<T> Page<T> {
    /// The same page with each row turned into something else.
    #[must_use]
    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(view).collect(), next_cursor: self.next_cursor, count: self.count }
    }

    /// As [`Page::map`], for a view that can fail.
    ///
    /// # Errors
    /// The first error of `view`.
    pub fn try_map<U, E>(self, view: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let data = self.data.into_iter().map(view).collect::<Result<_, _>>()?;
        Ok(Page { data, next_cursor: self.next_cursor, count: self.count })
    }
}
