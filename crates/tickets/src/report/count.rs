//! Counting rows by the keys that a report is broken down by, in one statement; and the list that each key stands for.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use kernel::{Fault, FaultKind};
use platform::problem::Problem;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QuerySelect, QueryTrait, Select};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asked::{Asked, Dimension};

/// The most rows of a report.
const MOST_ROWS: usize = 10_000;

/// Where the rows that are counted have what they are broken down by, and the list that shows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) list: &'static str,
    /// Filters of the list that every row passes.
    pub(super) only: &'static str,
    /// The column of the instant that counts, and the list's field of it.
    pub(super) at: (&'static str, &'static str),
    /// As `at`, of the kind or type.
    pub(super) kind: (&'static str, &'static str),
    /// As `at`, of the channel.
    pub(super) channel: (&'static str, &'static str),
    /// What stands before `branch_id` and its like in the names of the columns that say whose a row is, and of the list's fields.
    pub(super) owner: (&'static str, &'static str),
}

/// What one row of a report is about; the members that it is not broken down by are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, FromQueryResult)]
pub(super) struct Key {
    pub(super) stretch: Option<i64>,
    pub(super) kind: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) branch_id: Option<Uuid>,
    pub(super) group_id: Option<Uuid>,
    pub(super) assignee_id: Option<Uuid>,
    pub(super) account_id: Option<Uuid>,
}

/// What a row is about. A member is null when the report is not broken down by it, and for what has none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ReportKey {
    branch_id: Option<Uuid>,
    group_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
    account_id: Option<Uuid>,
    /// The first day of the day, week or month.
    starts_on: Option<NaiveDate>,
}

impl Key {
    pub(super) fn view(&self, asked: &Asked) -> ReportKey {
        ReportKey {
            branch_id: self.branch_id,
            group_id: self.group_id,
            assignee_id: self.assignee_id,
            account_id: self.account_id,
            starts_on: asked.starts_on(self),
        }
    }

    fn owner(&self, name: &str) -> Option<Uuid> {
        match name {
            "branch_id" => self.branch_id,
            "group_id" => self.group_id,
            "assignee_id" => self.assignee_id,
            _ => self.account_id,
        }
    }
}

impl Dimension {
    /// The column and field of an owner.
    fn owner(self) -> Option<&'static str> {
        match self {
            Self::Branch => Some("branch_id"),
            Self::Group => Some("group_id"),
            Self::Assignee => Some("assignee_id"),
            Self::Account => Some("account_id"),
            _ => None,
        }
    }
}

impl Asked {
    fn is_by(&self, dimension: Dimension) -> bool {
        self.by.contains(&dimension)
    }

    /// The first day of what a key is of.
    pub(super) fn starts_on(&self, key: &Key) -> Option<NaiveDate> {
        self.stretch(key).map(|stretch| stretch.on)
    }

    fn stretch(&self, key: &Key) -> Option<&super::asked::Stretch> {
        key.stretch.and_then(|number| usize::try_from(number).ok()).and_then(|number| self.stretches.get(number))
    }

    /// The expressions of a key that this report is broken down by, by their names; none for the others.
    fn keys(&self, places: &Places) -> [(&'static str, Option<String>); 7] {
        let owner = |dimension: Dimension, name: &str| self.is_by(dimension).then(|| format!("{}{name}", places.owner.0));
        let kind = self.is_by(Dimension::Kind) || self.is_by(Dimension::Type);
        [
            ("stretch", (!self.stretches.is_empty()).then(|| "stretch.column1".to_owned())),
            ("kind", kind.then(|| places.kind.0.to_owned())),
            ("channel", self.is_by(Dimension::Channel).then(|| places.channel.0.to_owned())),
            ("branch_id", owner(Dimension::Branch, "branch_id")),
            ("group_id", owner(Dimension::Group, "group_id")),
            ("assignee_id", owner(Dimension::Assignee, "assignee_id")),
            ("account_id", owner(Dimension::Account, "account_id")),
        ]
    }

    /// The rows of `select` that are asked about, each with its key.
    pub(super) fn keyed<E: EntityTrait>(&self, select: Select<E>, places: &Places) -> SelectStatement {
        let mut statement = select.select_only().into_query();
        for (name, sql) in self.keys(places) {
            statement.expr_as(Expr::cust(sql.unwrap_or_else(|| "NULL".to_owned())), name);
        }
        let at = || Expr::cust(places.at.0);
        statement.and_where_option(self.start.map(|start| at().gte(start)));
        statement.and_where_option(self.end.map(|end| at().lt(end)));
        for (name, id) in &self.owners {
            // As with a scope of branches: an owner's index would have SQLite read all that was ever theirs, not the period.
            statement.and_where(Expr::cust(format!("CASE WHEN TRUE THEN {}{name} END", places.owner.0)).eq(*id));
        }
        if !self.stretches.is_empty() {
            // The database knows no local days: it is told when each begins and ends.
            let numbered = (0_i64..).zip(&self.stretches).map(|(number, one)| (number, one.start, one.end));
            let stretches = Query::select().expr(Expr::cust("*")).from_values(numbered, "stretches").take();
            let inside = Condition::all().add(at().gte(Expr::cust("stretch.column2"))).add(at().lt(Expr::cust("stretch.column3")));
            statement.join_subquery(JoinType::InnerJoin, stretches, "stretch", inside);
        }
        statement
    }

    /// The statement that counts how many rows of `select` meet each condition, by key.
    pub(super) fn counting<E: EntityTrait>(&self, select: Select<E>, places: &Places, figures: &[Condition]) -> SelectStatement {
        let mut statement = self.keyed(select, places);
        statement.add_group_by(self.keys(places).into_iter().filter_map(|(_, sql)| sql).map(Expr::cust));
        for (number, figure) in figures.iter().enumerate() {
            let each = CaseStatement::new().case(figure.clone(), Expr::cust("1")).finally(Expr::cust("0"));
            statement.expr_as(Func::sum(each), figure_name(number));
        }
        statement.limit(u64::try_from(MOST_ROWS + 1).unwrap_or(u64::MAX));
        statement
    }

    /// How many rows of `select` meet each condition, by key.
    ///
    /// # Errors
    /// 422 `report_too_large`; those of the database.
    pub(super) async fn count<C: ConnectionTrait, E: EntityTrait, const N: usize>(
        &self,
        db: &C,
        select: Select<E>,
        places: &Places,
        figures: &[Condition; N],
    ) -> Result<BTreeMap<Key, [i64; N]>, Problem> {
        let rows = db.query_all(&self.counting(select, places, figures)).await?;
        if rows.len() > MOST_ROWS {
            let detail =
                format!("The report would have more than {MOST_ROWS} rows; ask for fewer days, one owner, or a coarser break-down.");
            return Err(Fault::new(FaultKind::Invalid, "report_too_large", detail).into());
        }
        let mut counted = BTreeMap::new();
        for row in &rows {
            let mut counts = [0; N];
            for (number, count) in counts.iter_mut().enumerate() {
                *count = row.try_get::<Option<i64>>("", &figure_name(number))?.unwrap_or_default();
            }
            counted.insert(Key::from_query_result(row, "")?, counts);
        }
        Ok(counted)
    }

    /// The list that shows exactly the rows of one key.
    pub(super) fn link(&self, key: &Key, places: &Places) -> String {
        let mut filters: Vec<String> = Some(places.only.to_owned()).filter(|only| !only.is_empty()).into_iter().collect();
        let stretch = self.stretch(key);
        let (start, end) = (stretch.map(|one| one.start).or(self.start), stretch.map(|one| one.end).or(self.end));
        filters.extend(start.map(|start| format!("filter[{}][gte]={}", places.at.1, instant(start))));
        filters.extend(end.map(|end| format!("filter[{}][lt]={}", places.at.1, instant(end))));
        if let Some(kind) = &key.kind {
            filters.push(format!("filter[{}][eq]={kind}", places.kind.1));
        }
        if let Some(channel) = &key.channel {
            filters.push(format!("filter[{}][eq]={channel}", places.channel.1));
        }
        let by: Vec<&str> = self.by.iter().filter_map(|one| one.owner()).collect();
        let whose = places.owner.1;
        filters.extend(by.iter().map(|name| match key.owner(name) {
            Some(id) => format!("filter[{whose}{name}][eq]={id}"),
            None => format!("filter[{whose}{name}][exists]=false"),
        }));
        let others = self.owners.iter().filter(|(name, _)| !by.contains(name));
        filters.extend(others.map(|(name, id)| format!("filter[{whose}{name}][eq]={id}")));
        // In the order of the index by which the report has read them.
        filters.extend(start.map(|_| format!("sort=-{}", places.at.1)));
        format!("{}?{}", places.list, filters.join("&"))
    }
}

/// An instant as the lists' filters read it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn figure_name(number: usize) -> String {
    format!("figure{number}")
}
