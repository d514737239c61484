//! What a list lets its callers filter and sort by, as plain constants.
//!
//! A [`Field`] ties a public name to a column; its [`Kind`] decides how text is read and which operators make sense. Nothing
//! here reads a request or builds a query.

use chrono::{DateTime, NaiveDate, SecondsFormat, Timelike, Utc};
use kernel::Decimal;
use sea_orm::Value;
use uuid::Uuid;

const MAX_TEXT: usize = 200;

/// How a field's values are written in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Uuid,
    Text,
    /// One of a closed set, such as the states of a state machine.
    Choice(&'static [&'static str]),
    Instant,
    Date,
    Integer,
    Boolean,
    /// A decimal string stored as an integer in units of `10^-scale`.
    Amount(u32),
}

/// What a filter compares by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    Eq,
    Ne,
    In,
    Nin,
    Lt,
    Lte,
    Gt,
    Gte,
    Exists,
    Contains,
}

impl Op {
    pub(super) const ALL: [Self; 10] =
        [Self::Eq, Self::Ne, Self::In, Self::Nin, Self::Lt, Self::Lte, Self::Gt, Self::Gte, Self::Exists, Self::Contains];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::Nin => "nin",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Exists => "exists",
            Self::Contains => "contains",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str() == name)
    }

    /// True when the value is a list separated by commas.
    pub(super) const fn takes_many(self) -> bool {
        matches!(self, Self::In | Self::Nin)
    }
}

/// The public side of a field: everything but its column.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) ordered: bool,
    pub(super) contains: bool,
    pub(super) sortable: bool,
    pub(super) nullable: bool,
}

impl Rule {
    const fn new(name: &'static str, kind: Kind) -> Self {
        let ordered = matches!(kind, Kind::Instant | Kind::Date | Kind::Integer | Kind::Amount(_));
        Self { name, kind, ordered, contains: false, sortable: false, nullable: false }
    }

    pub(super) fn allows(&self, op: Op) -> bool {
        match op {
            Op::Eq => true,
            Op::Ne | Op::In | Op::Nin => !matches!(self.kind, Kind::Boolean),
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => self.ordered,
            Op::Exists => self.nullable,
            Op::Contains => self.contains,
        }
    }
}

/// The identifier, which every list can be filtered and sorted by without declaring it.
pub(super) static ID: Rule = Rule { sortable: true, ..Rule::new("id", Kind::Uuid) };

/// A named field of a list over a table with columns `C`.
#[derive(Clone, Copy, Debug)]
pub struct Field<C> {
    pub(super) rule: Rule,
    pub(super) column: Option<C>,
}

impl<C> Field<C> {
    const fn new(name: &'static str, column: C, kind: Kind) -> Self {
        Self { rule: Rule::new(name, kind), column: Some(column) }
    }

    pub const fn uuid(name: &'static str, column: C) -> Self {
        Self::new(name, column, Kind::Uuid)
    }

    pub const fn text(name: &'static str, column: C) -> Self {
        Self::new(name, column, Kind::Text)
    }

    pub const fn choice(name: &'static str, column: C, choices: &'static [&'static str]) -> Self {
        Self::new(name, column, Kind::Choice(choices))
    }

    pub const fn instant(name: &'static str, column: C) -> Self {
        Self::new(name, column, Kind::Instant)
    }

    pub const fn date(name: &'static str, column: C) -> Self {
        Self::new(name, column, Kind::Date)
    }

    pub const fn integer(name: &'static str, column: C) -> Self {
        Self::new(name, column, Kind::Integer)
    }

    pub const fn boolean(name: &'static str, column: C) -> Self {
        Self::new(name, column, Kind::Boolean)
    }

    /// A decimal stored in units of `10^-scale`.
    pub const fn amount(name: &'static str, column: C, scale: u32) -> Self {
        Self::new(name, column, Kind::Amount(scale))
    }

    /// A filter that is not one column of the table: the store reads it with `Listing::filters_on` and applies it itself.
    pub const fn external(name: &'static str, kind: Kind) -> Self {
        Self { rule: Rule::new(name, kind), column: None }
    }

    /// Its public name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.rule.name
    }

    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.rule.kind
    }

    #[must_use]
    pub const fn is_sortable(&self) -> bool {
        self.rule.sortable
    }

    /// False when the store applies its filters itself.
    #[must_use]
    pub const fn has_column(&self) -> bool {
        self.column.is_some()
    }

    /// Lets the list be sorted by it. A field without a column is never sortable.
    #[must_use]
    pub const fn sortable(mut self) -> Self {
        self.rule.sortable = self.column.is_some();
        self
    }

    /// The column may be null: adds `exists`, and sorts nulls last in both directions.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.rule.nullable = true;
        self
    }

    /// Adds `contains`, which ignores case.
    #[must_use]
    pub const fn containing(mut self) -> Self {
        self.rule.contains = true;
        self
    }
}

/// One value of a filter or a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    Uuid(Uuid),
    Text(String),
    Instant(DateTime<Utc>),
    Date(NaiveDate),
    /// Also amounts, in their stored unit.
    Integer(i64),
    Boolean(bool),
}

impl Scalar {
    /// Reads what a caller wrote; the error says what was expected.
    pub(super) fn read(kind: Kind, text: &str) -> Result<Self, String> {
        match kind {
            Kind::Uuid => Uuid::try_parse(text).map(Self::Uuid).map_err(|_| "Expected a UUID.".to_owned()),
            Kind::Text => plain(text).map(|text| Self::Text(text.to_owned())),
            Kind::Choice(choices) => match choices.contains(&text) {
                true => Ok(Self::Text(text.to_owned())),
                false => Err(format!("Expected one of: {}.", choices.join(", "))),
            },
            Kind::Instant => instant(text).map(Self::Instant),
            Kind::Date => date(text).map(Self::Date),
            Kind::Integer => text.parse().map(Self::Integer).map_err(|_| "Expected a whole number.".to_owned()),
            Kind::Boolean => match text {
                "true" => Ok(Self::Boolean(true)),
                "false" => Ok(Self::Boolean(false)),
                _ => Err("Expected true or false.".to_owned()),
            },
            Kind::Amount(scale) => {
                let scaled = text.parse::<Decimal>().and_then(|decimal| decimal.to_scaled(scale));
                scaled.map(Self::Integer).map_err(|fault| fault.detail.clone())
            }
        }
    }

    /// Reads what [`Scalar::stored`] wrote into a cursor.
    pub(super) fn restore(kind: Kind, text: String) -> Option<Self> {
        match kind {
            Kind::Text | Kind::Choice(_) => Some(Self::Text(text)),
            Kind::Amount(_) => text.parse().ok().map(Self::Integer),
            Kind::Instant => DateTime::parse_from_rfc3339(&text).ok().map(|instant| Self::Instant(instant.to_utc())),
            Kind::Uuid | Kind::Date | Kind::Integer | Kind::Boolean => Self::read(kind, &text).ok(),
        }
    }

    /// As a cursor or a fingerprint holds it.
    pub(super) fn stored(&self) -> String {
        match self {
            Self::Uuid(id) => id.to_string(),
            Self::Text(text) => text.clone(),
            Self::Instant(instant) => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Self::Date(date) => date.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(flag) => flag.to_string(),
        }
    }

    /// A column's value; the outer `None` is a type that lists do not sort by.
    pub(super) fn of(value: Value) -> Option<Option<Self>> {
        Some(match value {
            Value::Uuid(id) => id.map(Self::Uuid),
            Value::String(text) => text.map(Self::Text),
            Value::ChronoDateTimeUtc(instant) => instant.map(Self::Instant),
            Value::ChronoDate(date) => date.map(Self::Date),
            Value::BigInt(number) => number.map(Self::Integer),
            Value::Int(number) => number.map(i64::from).map(Self::Integer),
            Value::SmallInt(number) => number.map(i64::from).map(Self::Integer),
            Value::Bool(flag) => flag.map(Self::Boolean),
            _ => return None,
        })
    }
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Uuid(id) => id.into(),
            Scalar::Text(text) => text.into(),
            Scalar::Instant(instant) => instant.into(),
            Scalar::Date(date) => date.into(),
            Scalar::Integer(number) => number.into(),
            Scalar::Boolean(flag) => flag.into(),
        }
    }
}

/// Text of a bearable length without control characters, which databases disagree about.
pub(super) fn plain(text: &str) -> Result<&str, String> {
    let length = text.chars().count();
    if length == 0 || length > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(format!("Expected 1 to {MAX_TEXT} characters, none of them a control character."));
    }
    Ok(text)
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let expected = || "Expected an RFC 3339 instant such as 2026-03-02T15:00:00Z; write + as %2B.".to_owned();
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| expected())?.to_utc();
    // A leap second has more than 10^9 nanoseconds, which no database stores.
    if instant.nanosecond() >= 1_000_000_000 {
        return Err(expected());
    }
    DateTime::from_timestamp_micros(instant.timestamp_micros()).ok_or_else(expected)
}

fn date(text: &str) -> Result<NaiveDate, String> {
    let read = if text.len() == 10 { text.parse().ok() } else { None };
    read.ok_or_else(|| "Expected a date such as 2026-03-02.".to_owned())
}
