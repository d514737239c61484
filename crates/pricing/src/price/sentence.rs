//! The steps of a trace as sentences for people. Pure; every number is the step's own.

use crate::engine::trace::{RejectReason, StepKind, TraceSource, TraceStep};

/// What a step says.
#[must_use]
pub fn sentence(step: &TraceStep) -> String {
    let (input, output) = (step.input.as_deref().unwrap_or("nothing"), step.output.as_deref().unwrap_or("nothing"));
    let place = step.source.as_ref().map_or_else(String::new, place);
    let charge = step.charge.as_ref().map_or("", |charge| charge.code.as_str());
    match step.kind {
        StepKind::Reject => format!("{place}{} is not the price: {}.", stated(step), reason(step.code)),
        StepKind::Select => format!("The price is that of {place}, {}{}.", step.rule.replace('_', " "), stated(step)),
        StepKind::Convert => convert(&step.rule, input, output),
        StepKind::Tier => tier(&step.rule, input, output),
        StepKind::Adjust => adjust(&step.rule, &place, input, output),
        StepKind::Override => match &step.input {
            Some(list) => format!("A price of {output} was given; by the list it would come to {list}."),
            None => format!("A price of {output} was given; the list has none."),
        },
        StepKind::Round if step.rule == "line" => format!("The line is rounded once, from {input} to {output}."),
        StepKind::Round => format!("The rounded parts sum to {output}."),
        StepKind::Minimum => format!("The line comes to {input}; {output} is missing to its minimum."),
        StepKind::Topup => format!("{charge}: what it counts comes to {input}; {output} is missing to the minimum by {}.", step.rule),
        StepKind::Surcharge => surcharge(step, charge, input, output),
        StepKind::Allocate => match step.line {
            Some(line) => format!("{charge}: {output} of {input} falls on line {line}."),
            None => format!("{charge}: {output} of {input} falls on another charge."),
        },
    }
}

fn stated(step: &TraceStep) -> String {
    step.output.as_ref().map(|output| format!(" ({output})")).unwrap_or_default()
}

/// Where an entry stands, by its level and the names of its book or contract.
fn place(source: &TraceSource) -> String {
    let level = match source.level.as_str() {
        level if level.starts_with('1') => "contract",
        level if level.starts_with('2') => "account",
        "3a" => "site",
        "3b" => "branch",
        "3c" => "territory",
        "3d" => "segment",
        _ => "standard",
    };
    match (&source.book, &source.contract, &source.inherited_by) {
        (Some(book), _, Some(by)) => format!("{level} level {}, book {book} version {} through {by}", source.level, source.version),
        (Some(book), _, None) => format!("{level} level {}, book {book} version {}", source.level, source.version),
        (None, Some(contract), _) => format!("{level} level {}, contract {contract} version {}", source.level, source.version),
        (None, None, _) => format!("{level} level {}", source.level),
    }
}

const fn reason(code: Option<RejectReason>) -> &'static str {
    match code {
        Some(RejectReason::NotEffective) => "it is not in force on that day",
        Some(RejectReason::WrongCurrency) => "it is in a currency that may not be used",
        Some(RejectReason::WrongUom) => "its unit does not convert to the asked one",
        Some(RejectReason::LowerLevel) => "a higher level has one",
        Some(RejectReason::ContractInactive) => "the contract is not in force on that day",
        Some(RejectReason::NoticePending) => "the account must be told of it first",
        Some(RejectReason::LessSpecific) | None => "a more specific one applies",
    }
}

fn convert(rule: &str, input: &str, output: &str) -> String {
    match rule {
        "uom" => format!("For one asked unit {input} is {output}."),
        "currency" => format!("At the exchange rate {input} that is {output}."),
        basis => format!("With the {basis} a cost of {input} makes a price of {output}."),
    }
}

fn tier(rule: &str, input: &str, output: &str) -> String {
    match rule {
        "volume" => format!("The whole quantity is priced at the tier from {input}: {output} a unit."),
        "graduated" => format!("The slice at {input} a unit comes to {output}."),
        "flat_fee" => format!("A fee of {output} comes with the tier."),
        "block" => format!("The blocks begun, at {input} each, come to {output}."),
        "lump_sum" => format!("A lump sum of {input}: {output} for this line."),
        _ => format!("Of the {input} that the other lines come to, that is {output}."),
    }
}

fn adjust(rule: &str, place: &str, input: &str, output: &str) -> String {
    match rule {
        "offer" => format!("The offer at {place} takes off {output} of the amount."),
        "contract_discount" => format!("The contract takes off {output} of the amount."),
        "floor" => format!("The floor lifts {input} to {output}."),
        _ => format!("The adjustment at {place} makes {output} of {input}."),
    }
}

fn surcharge(step: &TraceStep, charge: &str, input: &str, output: &str) -> String {
    match (step.rule.as_str(), &step.index) {
        ("percent", Some(read)) => {
            let stale = if read.index_stale { ", the last value known" } else { "" };
            format!("{charge}: the rate is {output}, because {} stood at {} in {}{stale}.", read.index, read.value, read.published_week)
        }
        ("percent", None) => format!("{charge}: the rate is {output}."),
        ("per_unit", _) => format!("{charge}: {input} units come to {output}."),
        ("cap", _) => format!("{charge}: {input} is capped at {output}."),
        _ => format!("{charge}: of {input} that is {output}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(step: Value) -> String {
        let mut whole = json!({"n": 1, "input": null, "output": null, "code": null});
        whole.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
        sentence(&serde_json::from_value(whole).unwrap())
    }

    #[test]
    fn every_rule_says_its_numbers_and_where_they_are_from() {
        let source = json!({"level": "3b", "book": "BR", "inherited_by": "BR-2", "version": 4, "entry": uuid::Uuid::nil(), "period": {"start": "2026-01-01", "end": null}});
        for (step, expected) in [
            (
                json!({"kind": "reject", "rule": "precedence", "ref": source, "output": "171.00", "code": "lower_level"}),
                "branch level 3b, book BR version 4 through BR-2 (171.00) is not the price: a higher level has one.",
            ),
            (
                json!({"kind": "select", "rule": "lump_sum", "ref": source, "output": "75.00"}),
                "The price is that of branch level 3b, book BR version 4 through BR-2, lump sum (75.00).",
            ),
            (
                json!({"kind": "convert", "rule": "margin", "input": "80.00", "output": "100.00"}),
                "With the margin a cost of 80.00 makes a price of 100.00.",
            ),
            (
                json!({"kind": "tier", "rule": "graduated", "input": "185.00", "output": "925.00"}),
                "The slice at 185.00 a unit comes to 925.00.",
            ),
            (json!({"kind": "adjust", "rule": "floor", "input": "134.50", "output": "140.00"}), "The floor lifts 134.50 to 140.00."),
            (json!({"kind": "override", "rule": "given_price", "output": "1.00"}), "A price of 1.00 was given; the list has none."),
            (
                json!({"kind": "minimum", "rule": "line_minimum", "input": "1920.00", "output": "80.00"}),
                "The line comes to 1920.00; 80.00 is missing to its minimum.",
            ),
            (
                json!({"kind": "allocate", "rule": "largest_remainder", "charge": {"code": "FUEL", "id": uuid::Uuid::nil()}, "line": 2, "input": "182.33", "output": "32.33"}),
                "FUEL: 32.33 of 182.33 falls on line 2.",
            ),
        ] {
            assert_eq!(said(step), expected);
        }
    }
}
