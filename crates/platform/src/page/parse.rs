//! Reading a list's query string: pure, and every fault of it is reported at once.
//!
//! What a parameter may say comes from the list's [`Shape`]. Unknown and repeated parameters are refused, since a filter
//! that is silently ignored shows its caller rows that were meant to be left out.

use actix_web::web::Query;
use kernel::{Fault, FaultKind};
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, DbBackend};

use super::cursor::{self, Binding, CursorKey, Refusal};
use super::field::{self, Kind, Op, Rule, Scalar};
use super::seek;

/// The largest page.
pub const MAX_LIMIT: u64 = 200;
/// The page size when none is asked for.
pub const DEFAULT_LIMIT: u64 = 50;
const MAX_VALUES: usize = 100;
const MAX_SORTS: usize = 4;

/// What one list accepts, without its columns.
pub(super) struct Shape {
    pub(super) table: &'static str,
    pub(super) rules: Vec<&'static Rule>,
    pub(super) default_sort: &'static str,
    pub(super) search: bool,
    pub(super) includes: &'static [&'static str],
    /// The member names of one rendered row; called only when `fields` is given.
    pub(super) members: fn() -> Vec<String>,
}

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub field: &'static str,
    pub op: Op,
    /// One value, or several for `in` and `nin`; a boolean for `exists`.
    pub values: Vec<Scalar>,
}

impl Filter {
    /// The condition on what a field without a column is read from.
    #[must_use]
    pub fn on(&self, read_from: Expr, nullable: bool, backend: DbBackend) -> Condition {
        seek::filter(self, read_from, nullable, backend)
    }
}

/// One sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) field: &'static str,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) descending: bool,
}

/// A query string, understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) limit: u64,
    /// Whether to say how many rows there are on all pages.
    pub(super) count: bool,
    pub(super) filters: Vec<Filter>,
    /// Never empty; ends with the identifier.
    pub(super) sorts: Vec<Sort>,
    pub(super) fields: Option<Vec<String>>,
    pub(super) includes: Vec<&'static str>,
    pub(super) search: Option<String>,
    /// The sort values of the last row of the page before.
    pub(super) after: Option<Vec<Option<Scalar>>>,
    pub(super) binding: Binding,
}

struct Finding {
    pointer: String,
    code: &'static str,
    message: String,
}

struct Reader<'s> {
    shape: &'s Shape,
    parsed: Parsed,
    sort: Option<String>,
    cursor: Option<String>,
    findings: Vec<Finding>,
}

/// Reads `query`.
///
/// # Errors
/// 400 naming every parameter that is unknown, repeated or wrong.
pub(super) fn parse(query: &str, shape: &Shape, key: &CursorKey) -> Result<Parsed, Fault> {
    let pairs = Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Fault::new(FaultKind::Malformed, "invalid_query", "The query string cannot be read."))?
        .into_inner();
    let mut reader =
        Reader { shape, parsed: Parsed { limit: DEFAULT_LIMIT, ..Parsed::default() }, sort: None, cursor: None, findings: Vec::new() };
    let mut seen: Vec<&str> = Vec::with_capacity(pairs.len());
    for (name, value) in &pairs {
        if seen.contains(&name.as_str()) {
            reader.find(name, "repeated_parameter", "Give each parameter once; list several values of `in` with commas.");
            continue;
        }
        seen.push(name);
        reader.parameter(name, value);
    }
    let sort = reader.sort.take();
    reader.sorts(sort.as_deref().unwrap_or(shape.default_sort));
    reader.bind(key);
    reader.finish()
}

impl Reader<'_> {
    fn find(&mut self, parameter: &str, code: &'static str, message: impl Into<String>) {
        // Echo only so much of an unknown name.
        let pointer = format!("?{}", parameter.chars().take(100).collect::<String>());
        self.findings.push(Finding { pointer, code, message: message.into() });
    }

    fn parameter(&mut self, name: &str, value: &str) {
        match name {
            "limit" => self.limit(value),
            "count" => match Scalar::read(Kind::Boolean, value) {
                Ok(count) => self.parsed.count = count == Scalar::Boolean(true),
                Err(expected) => self.find(name, "invalid_value", expected),
            },
            "cursor" => self.cursor = Some(value.to_owned()),
            "sort" => self.sort = Some(value.to_owned()),
            "fields" => self.fields(value),
            "include" if !self.shape.includes.is_empty() => self.include(value),
            "q" if self.shape.search => match field::plain(value.trim()) {
                Ok(text) => self.parsed.search = Some(text.to_owned()),
                Err(expected) => self.find(name, "invalid_value", expected),
            },
            _ => match name.strip_prefix("filter[").and_then(|rest| rest.strip_suffix(']')) {
                Some(inner) => self.filter(name, inner, value),
                None => self.find(name, "unknown_parameter", "This list has no such parameter."),
            },
        }
    }

    fn limit(&mut self, value: &str) {
        match value.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => self.parsed.limit = limit,
            _ => self.find("limit", "invalid_limit", format!("Expected a whole number from 1 to {MAX_LIMIT}.")),
        }
    }

    fn fields(&mut self, value: &str) {
        let members = (self.shape.members)();
        let mut chosen = Vec::new();
        for name in value.split(',') {
            if members.iter().any(|member| member == name) {
                chosen.push(name.to_owned());
            } else {
                self.find("fields", "unknown_field", format!("Expected some of: {}.", members.join(", ")));
                return;
            }
        }
        self.parsed.fields = Some(chosen);
    }

    fn include(&mut self, value: &str) {
        for name in value.split(',') {
            match self.shape.includes.iter().find(|known| **known == name) {
                Some(known) if self.parsed.includes.contains(known) => {}
                Some(known) => self.parsed.includes.push(known),
                None => {
                    self.find("include", "unknown_include", format!("Expected some of: {}.", self.shape.includes.join(", ")));
                    return;
                }
            }
        }
    }

    fn filter(&mut self, name: &str, inner: &str, value: &str) {
        let (field, op) = inner.split_once("][").unwrap_or((inner, "eq"));
        let shape = self.shape;
        let Some(rule) = shape.rules.iter().find(|rule| rule.name == field) else {
            let known: Vec<&str> = shape.rules.iter().map(|rule| rule.name).collect();
            return self.find(name, "unknown_field", format!("This list can be filtered by: {}.", known.join(", ")));
        };
        let Some(op) = Op::named(op).filter(|op| rule.allows(*op)) else {
            let known: Vec<&str> = Op::ALL.into_iter().filter(|op| rule.allows(*op)).map(Op::as_str).collect();
            return self.find(name, "unknown_operator", format!("This field can be compared by: {}.", known.join(", ")));
        };
        if self.parsed.filters.iter().any(|filter| filter.field == rule.name && filter.op == op) {
            return self.find(name, "repeated_parameter", "This field is compared by this operator already.");
        }
        match values(rule.kind, op, value) {
            Ok(values) => self.parsed.filters.push(Filter { field: rule.name, op, values }),
            Err(expected) => self.find(name, "invalid_value", expected),
        }
    }

    fn sorts(&mut self, text: &str) {
        let shape = self.shape;
        let mut sorts: Vec<Sort> = Vec::new();
        for part in text.split(',') {
            let (name, descending) = part.strip_prefix('-').map_or((part, false), |name| (name, true));
            let Some(rule) = shape.rules.iter().find(|rule| rule.name == name && rule.sortable) else {
                let known: Vec<&str> = shape.rules.iter().filter(|rule| rule.sortable).map(|rule| rule.name).collect();
                return self.find("sort", "unknown_field", format!("This list can be sorted by: {}.", known.join(", ")));
            };
            if sorts.iter().any(|sort| sort.field == rule.name) || sorts.len() == MAX_SORTS {
                return self.find("sort", "invalid_value", format!("Name up to {MAX_SORTS} different fields."));
            }
            sorts.push(Sort { field: rule.name, kind: rule.kind, nullable: rule.nullable, descending });
        }
        match sorts.iter().position(|sort| sort.field == field::ID.name) {
            // Nothing after a unique key can change the order.
            Some(unique) => sorts.truncate(unique + 1),
            // In the direction of the last key, so that one index scan gives the order.
            None => {
                let descending = sorts.last().is_some_and(|sort| sort.descending);
                sorts.push(Sort { field: field::ID.name, kind: self.id_kind(), nullable: false, descending });
            }
        }
        self.parsed.sorts = sorts;
    }

    fn id_kind(&self) -> Kind {
        self.shape.rules.iter().find(|rule| rule.name == field::ID.name).map_or(Kind::Uuid, |rule| rule.kind)
    }

    /// Computes what cursors of this list are bound to, and reads the cursor when the rest is sound.
    fn bind(&mut self, key: &CursorKey) {
        let mut filters = self.parsed.filters.clone();
        filters.sort_by_key(|filter| (filter.field, filter.op));
        let mut parts = vec![self.shape.table.to_owned(), format!("{:?}", self.parsed.search)];
        for sort in &self.parsed.sorts {
            parts.push(format!("{}{}", if sort.descending { "-" } else { "" }, sort.field));
        }
        for filter in &filters {
            parts.push(format!("{} {} {}", filter.field, filter.op.as_str(), filter.values.len()));
            parts.extend(filter.values.iter().map(Scalar::stored));
        }
        self.parsed.binding = cursor::bind(parts.iter().map(String::as_str));
        let Some(text) = self.cursor.take().filter(|_| self.findings.is_empty()) else { return };
        let read = cursor::read(key, self.parsed.binding, &text).and_then(|values| restore(&self.parsed.sorts, values));
        match read {
            Ok(after) => self.parsed.after = Some(after),
            Err(Refusal::Invalid) => self.find("cursor", "invalid_cursor", "Send next_cursor of a page exactly as it was given."),
            Err(Refusal::Mismatch) => {
                self.find("cursor", "cursor_mismatch", "This cursor belongs to another filter, sort or search; start again without it.");
            }
        }
    }

    fn finish(self) -> Result<Parsed, Fault> {
        let Some(first) = self.findings.first() else { return Ok(self.parsed) };
        let alike = self.findings.iter().all(|finding| finding.code == first.code);
        let code = if alike { first.code } else { "invalid_query" };
        let fault = Fault::new(FaultKind::Malformed, code, "The query string has faults; `errors` names each.");
        Err(self.findings.into_iter().fold(fault, |fault, finding| fault.and_field(finding.pointer, finding.code, finding.message)))
    }
}

fn values(kind: Kind, op: Op, text: &str) -> Result<Vec<Scalar>, String> {
    match op {
        Op::Exists => Ok(vec![Scalar::read(Kind::Boolean, text)?]),
        Op::Contains => Ok(vec![Scalar::read(Kind::Text, text)?]),
        op if op.takes_many() => {
            if text.split(',').count() > MAX_VALUES {
                return Err(format!("Expected at most {MAX_VALUES} values."));
            }
            text.split(',').map(|part| Scalar::read(kind, part)).collect()
        }
        _ => Ok(vec![Scalar::read(kind, text)?]),
    }
}

fn restore(sorts: &[Sort], values: Vec<Option<String>>) -> Result<Vec<Option<Scalar>>, Refusal> {
    if values.len() != sorts.len() {
        return Err(Refusal::Invalid);
    }
    let restored = sorts.iter().zip(values).map(|(sort, value)| match value {
        None if sort.nullable => Ok(None),
        None => Err(Refusal::Invalid),
        Some(text) => Scalar::restore(sort.kind, text).map(Some).ok_or(Refusal::Invalid),
    });
    restored.collect()
}
