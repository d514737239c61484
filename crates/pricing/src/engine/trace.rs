//! The explanation of a price: ordered steps that name each source, rule and number.
//!
//! Steps borrow from the index and are written to JSON once. The hash covers the inputs and the steps, so that the same
//! question asked of the same data gives the same bytes.

use chrono::NaiveDate;
use kernel::id::{ChargeRuleId, IndexValueId, ItemCostId, PriceEntryId};
use kernel::{Fault, FxRate, Money, Period, Quantity, Rate, UnitPrice};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::charge::ChargeRule;
use super::index::{Book, Listed};
use super::published_index::Reading;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TraceStepKind)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Reject,
    Select,
    Convert,
    Tier,
    Adjust,
    Override,
    Round,
    Minimum,
    Topup,
    Surcharge,
    Allocate,
}

/// Why an entry that was looked at is not the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TraceRejectReason)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    NotEffective,
    WrongCurrency,
    WrongUom,
    LowerLevel,
    LessSpecific,
    ContractInactive,
    /// It is a raise of which nothing proves that the account was told in time.
    NoticePending,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SourceRef<'a> {
    /// The level of precedence, such as `1a` or `4`.
    pub level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<&'a str>,
    /// The book that was looked in, when it inherits the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inherited_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<&'a str>,
    pub version: i32,
    pub entry: PriceEntryId,
    pub period: Period,
}

impl<'a> SourceRef<'a> {
    /// Another entry at the same place.
    pub(super) fn of(self, book: &'a Book, listed: &Listed) -> Self {
        let looked_in = self.inherited_by.or(self.book);
        let Listed { entry, version, .. } = listed;
        Self {
            book: Some(&book.code),
            inherited_by: looked_in.filter(|code| *code != book.code),
            version: *version,
            entry: entry.id,
            period: entry.period,
            ..self
        }
    }
}

/// A number in a step, written as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Number {
    Price(UnitPrice),
    Money(Money),
    Quantity(Quantity),
    Rate(Rate),
    Fx(FxRate),
}

/// One step of the explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step<'a> {
    pub n: u32,
    pub kind: StepKind,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRef<'a>>,
    pub rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<RejectReason>,
    /// The minimum or surcharge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<ChargeRef<'a>>,
    /// The value of a published index that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<Reading<'a>>,
    /// The line of the document, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The cost that the price is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<ItemCostId>,
}

impl Step<'_> {
    /// A step that turns `input` into `output`; its number is given when it is recorded.
    #[must_use]
    pub const fn of(kind: StepKind, rule: &'static str, input: Option<Number>, output: Option<Number>) -> Self {
        Self { n: 0, kind, source: None, rule, input, output, code: None, charge: None, index: None, line: None, cost: None }
    }
}

/// Which record of a charge rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChargeRef<'a> {
    pub code: &'a str,
    pub id: ChargeRuleId,
}

impl<'a> ChargeRef<'a> {
    #[must_use]
    pub fn of(rule: &'a ChargeRule) -> Self {
        Self { code: &rule.code, id: rule.id }
    }
}

/// The steps so far.
#[derive(Debug, Default)]
pub struct Trace<'a> {
    steps: Vec<Step<'a>>,
}

impl<'a> Trace<'a> {
    #[must_use]
    pub fn new() -> Self {
        Self { steps: Vec::with_capacity(8) }
    }

    /// Appends a step that turned `input` into `output` by `rule`.
    pub fn step(&mut self, kind: StepKind, rule: &'static str, input: Option<Number>, output: Option<Number>) {
        self.record(Step::of(kind, rule, input, output));
    }

    /// Appends the choice of an entry.
    pub fn select(&mut self, source: SourceRef<'a>, rule: &'static str, output: Option<Number>) {
        self.record(Step { source: Some(source), ..Step::of(StepKind::Select, rule, None, output) });
    }

    /// Appends a use of an entry that is not the choice itself, such as an offer.
    pub fn apply(&mut self, source: SourceRef<'a>, rule: &'static str, output: Number) {
        self.record(Step { source: Some(source), ..Step::of(StepKind::Adjust, rule, None, Some(output)) });
    }

    /// Appends what an entry of a higher level made of a price.
    pub fn adjust(&mut self, source: SourceRef<'a>, rule: &'static str, input: Number, output: Number) {
        self.record(Step { source: Some(source), ..Step::of(StepKind::Adjust, rule, Some(input), Some(output)) });
    }

    /// Appends an entry that was looked at and why it is not the price.
    pub fn reject(&mut self, source: SourceRef<'a>, reason: RejectReason, output: Option<Number>) {
        self.record(Step { source: Some(source), code: Some(reason), ..Step::of(StepKind::Reject, "precedence", None, output) });
    }

    /// Appends a step and numbers it.
    pub fn record(&mut self, step: Step<'a>) {
        let n = u32::try_from(self.steps.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.steps.push(Step { n, ..step });
    }

    #[must_use]
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// Writes the steps and hashes them together with `inputs`.
    ///
    /// # Errors
    /// `trace_unwritable`, which no value of these types causes.
    pub fn seal<I: Serialize>(&self, inputs: &I) -> Result<Sealed, Fault> {
        let unwritable = |error: serde_json::Error| Fault::invalid("trace_unwritable", error.to_string());
        let inputs = to_raw_value(inputs).map_err(unwritable)?;
        let steps = to_raw_value(&self.steps).map_err(unwritable)?;
        let mut hasher = Sha256::new();
        hasher.update(super::ENGINE_VERSION.as_bytes());
        hasher.update(inputs.get().as_bytes());
        hasher.update(steps.get().as_bytes());
        Ok(Sealed { engine_version: super::ENGINE_VERSION, hash: hex(&hasher.finalize()), inputs, steps })
    }
}

/// A finished trace: the same bytes for the same inputs.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PriceTrace)]
pub struct Sealed {
    /// The rules the price was worked out by.
    #[schema(example = "1", max_length = 16)]
    pub engine_version: &'static str,
    /// SHA-256 over the engine version, the inputs and the steps.
    #[schema(pattern = "^[0-9a-f]{64}$", max_length = 64)]
    pub hash: String,
    /// What was asked.
    #[schema(value_type = Object)]
    pub inputs: Box<RawValue>,
    /// What was done, in order.
    #[schema(value_type = Vec<TraceStep>, max_items = 10_000)]
    pub steps: Box<RawValue>,
}

impl Sealed {
    /// Stands for a trace that is kept somewhere else.
    #[must_use]
    pub fn kept_elsewhere(hash: String) -> Self {
        Self { engine_version: super::ENGINE_VERSION, hash, inputs: RawValue::NULL.to_owned(), steps: RawValue::NULL.to_owned() }
    }
}

/// One step of a trace, as it is read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceStep {
    #[schema(minimum = 1)]
    pub n: u32,
    pub kind: StepKind,
    /// The entry looked at.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub source: Option<TraceSource>,
    #[schema(max_length = 64)]
    pub rule: String,
    #[schema(max_length = 40)]
    pub input: Option<String>,
    #[schema(max_length = 40)]
    pub output: Option<String>,
    pub code: Option<RejectReason>,
    /// The minimum or surcharge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<TraceChargeRule>,
    /// The value of a published index that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<TraceIndexValue>,
    /// The line of the document, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub line: Option<usize>,
    /// The cost that the price is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<ItemCostId>,
}

/// The charge rule a step refers to, as it is read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceChargeRule {
    #[schema(max_length = 64)]
    pub code: String,
    pub id: ChargeRuleId,
}

/// The index value a step refers to, as it is read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceIndexValue {
    #[schema(max_length = 64)]
    pub index: String,
    pub value: UnitPrice,
    pub value_id: IndexValueId,
    pub published_on: NaiveDate,
    /// The ISO week of publication.
    #[schema(max_length = 10, example = "2026-W12")]
    pub published_week: String,
    /// The value that was due is missing, so that an older one counts.
    pub index_stale: bool,
}

/// The entry a step refers to, as it is read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceSource {
    #[schema(max_length = 4)]
    pub level: String,
    #[schema(max_length = 64)]
    pub book: Option<String>,
    /// The book that was looked in, when it inherits the entry.
    #[schema(max_length = 64)]
    pub inherited_by: Option<String>,
    #[schema(max_length = 64)]
    pub contract: Option<String>,
    #[schema(minimum = 0)]
    pub version: i32,
    pub entry: PriceEntryId,
    pub period: Period,
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
