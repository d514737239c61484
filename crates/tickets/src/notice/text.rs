//! The text of a notice: a template filled with what the notice says, or its facts line by line where there is no template.
//!
//! Templates have names in double braces and nothing else: no conditions, no expressions. What is filled in is the same in every
//! language: dates by ISO 8601, money and quantities with their exact digits and their currency or unit.

use kernel::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::payload::{NoticeKind, NoticePayload, PriceChangeLine};
use crate::intake::dedupe::sha256;

/// A text as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NoticeText {
    #[schema(max_length = 500)]
    pub(crate) subject: String,
    #[schema(max_length = 500_000)]
    pub(crate) body: String,
    /// Of the subject, an empty line and the body, in hexadecimal.
    #[schema(max_length = 64)]
    pub(crate) sha256: String,
}

/// What a template says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern<'a> {
    pub(crate) subject: &'a str,
    pub(crate) body: &'a str,
}

/// The names that a template of a kind may use, in the order in which a notice without a template tells them.
pub(crate) const fn names(kind: NoticeKind) -> &'static [&'static str] {
    match kind {
        NoticeKind::WasteRejection => {
            &["manifest_no", "line", "qty_offered", "qty_rejected", "unit", "reason_code", "disposition", "received_on"]
        }
        NoticeKind::ProfileDiscrepancy => {
            &["profile_id", "field", "declared", "observed", "qty_delta_pct", "discovered_on", "regulatory_due_on"]
        }
        NoticeKind::PricingChange => &["agreement", "effective_on", "lead_days_required", "items"],
        NoticeKind::ScheduleChange => &["service", "old_schedule", "new_schedule", "effective_on", "lead_days_required"],
        NoticeKind::General => &["subject", "text"],
    }
}

/// The values of [`names`], in the same order; empty where the notice says nothing.
fn values(payload: &NoticePayload) -> Vec<String> {
    fn or_empty<T: ToString>(value: Option<&T>) -> String {
        value.map(ToString::to_string).unwrap_or_default()
    }
    match payload {
        NoticePayload::WasteRejection { manifest_no, line, qty_offered, qty_rejected, unit, reason_code, disposition, received_on } => {
            vec![
                manifest_no.clone(),
                line.to_string(),
                qty_offered.to_string(),
                qty_rejected.to_string(),
                unit.clone(),
                reason_code.clone(),
                disposition.to_string(),
                received_on.to_string(),
            ]
        }
        NoticePayload::ProfileDiscrepancy { profile_id, field, declared, observed, qty_delta_pct, discovered_on, regulatory_due_on } => {
            vec![
                profile_id.to_string(),
                field.clone(),
                declared.clone(),
                observed.clone(),
                or_empty(qty_delta_pct.as_ref()),
                discovered_on.to_string(),
                regulatory_due_on.to_string(),
            ]
        }
        NoticePayload::PricingChange { agreement_ref, items, effective_on, lead_days_required } => vec![
            agreement_ref.label.clone().unwrap_or_else(|| agreement_ref.id.clone()),
            effective_on.to_string(),
            lead_days_required.to_string(),
            items.iter().map(price).collect::<Vec<_>>().join("\n"),
        ],
        NoticePayload::ScheduleChange { service_ref, old_schedule, new_schedule, effective_on, lead_days_required } => vec![
            service_ref.as_ref().map(|one| one.label.clone().unwrap_or_else(|| one.id.clone())).unwrap_or_default(),
            old_schedule.clone(),
            new_schedule.clone(),
            effective_on.to_string(),
            or_empty(lead_days_required.as_ref()),
        ],
        NoticePayload::General { subject, text } => vec![subject.clone(), text.clone()],
    }
}

/// `DRUM55: 185.00 -> 190.00 USD / each`.
fn price(line: &PriceChangeLine) -> String {
    format!("{}: {} -> {} {} / {}", line.sku, line.old, line.new, line.currency, line.unit)
}

/// The text of a notice by a template, or by its facts.
pub(crate) fn render(payload: &NoticePayload, pattern: Option<&Pattern<'_>>) -> NoticeText {
    let kind = payload.kind();
    let facts: Vec<(&str, String)> = names(kind).iter().copied().zip(values(payload)).collect();
    let (subject, body) = match (pattern, payload) {
        (Some(pattern), _) => (filled(pattern.subject, &facts), filled(pattern.body, &facts)),
        (None, NoticePayload::General { subject, text }) => (subject.clone(), text.clone()),
        (None, _) => (plain_subject(kind, &facts), plain_body(&facts)),
    };
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let sha256 = sha256(format!("{subject}\n\n{body}").as_bytes());
    NoticeText { subject, body, sha256 }
}

fn plain_subject(kind: NoticeKind, facts: &[(&str, String)]) -> String {
    let first = facts.iter().map(|(_, value)| value.as_str()).find(|value| !value.is_empty()).unwrap_or_default();
    format!("{kind}: {first}")
}

fn plain_body(facts: &[(&str, String)]) -> String {
    let told = facts.iter().filter(|(_, value)| !value.is_empty());
    let lines = told.map(|(name, value)| if value.contains('\n') { format!("{name}:\n{value}") } else { format!("{name}: {value}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// A piece of a template: text as it stands, or a name.
enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((name, after)) = tail.split_once("}}") else { break };
        pieces.extend([Piece::Text(before), Piece::Name(name.trim())]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn filled(text: &str, facts: &[(&str, String)]) -> String {
    let value = |name: &str| facts.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Name(name) => value(name),
        })
        .collect()
}

/// Demands that a template uses only the names of its kind.
///
/// # Errors
/// A field fault at `pointer` for each other name.
pub(crate) fn check(kind: NoticeKind, text: &str, pointer: &'static str) -> Result<(), Fault> {
    let known = names(kind);
    let unknown = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Name(name) if !known.contains(&name) => {
            let message = format!("There is no {name} in a notice of this kind; there are {}.", known.join(", "));
            Some(Fault::field(pointer, "unknown_name", message))
        }
        _ => None,
    });
    Fault::all(unknown)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn payload(value: Value) -> NoticePayload {
        serde_json::from_value(value).unwrap()
    }

    fn pricing() -> NoticePayload {
        let items = json!([
            {"sku": "DRUM55", "old": "185", "new": "190.5", "currency": "USD", "unit": "each"},
            {"sku": "BULK", "old": "0.8125", "new": "0.8250", "currency": "USD", "unit": "gal"},
        ]);
        payload(json!({"kind": "pricing_change", "agreement_ref": {"type": "contract", "id": "7", "label": "C-1001"}, "items": items,
            "effective_on": "2026-04-01", "lead_days_required": 30}))
    }

    #[test]
    fn every_kind_has_a_value_for_each_of_its_names() {
        let all = [
            json!({"kind": "waste_rejection", "manifest_no": "1", "line": 1, "qty_offered": "2", "qty_rejected": "1", "unit": "drum",
                "reason_code": "off_spec", "disposition": "hold", "received_on": "2026-03-01"}),
            json!({"kind": "profile_discrepancy", "profile_id": uuid::Uuid::nil(), "field": "pH", "declared": "7", "observed": "2",
                "discovered_on": "2026-03-09", "regulatory_due_on": "2026-03-12"}),
            json!({"kind": "schedule_change", "old_schedule": "Mon", "new_schedule": "Tue", "effective_on": "2026-04-01"}),
            json!({"kind": "general", "subject": "Hello", "text": "World"}),
        ];
        for payload in all.map(payload).into_iter().chain([pricing()]) {
            assert_eq!(names(payload.kind()).len(), values(&payload).len(), "{}", payload.kind());
        }
    }

    #[test]
    fn without_a_template_the_facts_are_told_with_their_exact_digits() {
        let text = render(&pricing(), None);
        assert_eq!(text.subject, "pricing_change: C-1001");
        let expected = "agreement: C-1001\neffective_on: 2026-04-01\nlead_days_required: 30\nitems:\n\
            DRUM55: 185.00 -> 190.50 USD / each\nBULK: 0.8125 -> 0.825 USD / gal";
        assert_eq!(text.body, expected);
        assert_eq!(text.sha256.len(), 64);
        assert_ne!(text.sha256, render(&payload(json!({"kind": "general", "subject": "a", "text": "b"})), None).sha256);
    }

    #[test]
    fn a_template_is_filled_and_has_no_other_language() {
        let pattern = Pattern { subject: "Preise ab {{ effective_on }}\n", body: "Vertrag {{agreement}}:\n{{items}}\n{{" };
        let text = render(&pricing(), Some(&pattern));
        assert_eq!(text.subject, "Preise ab 2026-04-01");
        assert!(text.body.starts_with("Vertrag C-1001:\nDRUM55: 185.00") && text.body.ends_with("gal\n{{"), "{}", text.body);
        let fault = check(NoticeKind::PricingChange, "{{agreement}} {{manifest_no}}", "/body").unwrap_err();
        assert_eq!((fault.errors[0].pointer.as_str(), &*fault.errors[0].code), ("/body", "unknown_name"));
        // What a value says is never read as a template.
        let sly = payload(json!({"kind": "general", "subject": "{{text}}", "text": "secret"}));
        assert_eq!(render(&sly, Some(&Pattern { subject: "{{subject}}", body: "-" })).subject, "{{text}}");
    }
}
