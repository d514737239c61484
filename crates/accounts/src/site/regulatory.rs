//! Identifiers that authorities gave a site, above all the EPA identifier of 40 CFR 262.18.
//!
//! A wrong shape is refused; a shape that is right but odd (another state's prefix) is kept with a warning, because
//! relocated and border sites have such numbers.

use chrono::NaiveDate;
use kernel::id::SiteId;
use kernel::words;
use kernel::{Fault, Period};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// Who issued the identifier.
    pub enum RegulatoryKind { Epa = "epa", State = "state", Permit = "permit" }

    /// Whether it may be used.
    pub enum RegulatoryStatus { Active = "active", Inactive = "inactive" }

    /// Generator category of 40 CFR 260.10: large, small and very small quantity.
    pub enum GeneratorStatus { Lqg = "lqg", Sqg = "sqg", Vsqg = "vsqg" }
}

/// An identifier of a site for a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegulatoryId {
    pub id: Uuid,
    pub site_id: SiteId,
    pub kind: RegulatoryKind,
    pub value: String,
    pub status: RegulatoryStatus,
    pub period: Period,
}

impl RegulatoryId {
    /// No longer valid from `on` on.
    ///
    /// # Errors
    /// A field fault when it would end before it begins.
    pub fn retired(self, on: NaiveDate) -> Result<Self, Fault> {
        let period = Period::new(self.period.start, Some(on))
            .map_err(|_| Fault::field("/on", "empty_period", "The end must be after the start of the identifier."))?;
        Ok(Self { period, status: RegulatoryStatus::Inactive, ..self })
    }
}

/// Something odd that is accepted nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Warning {
    /// Stable code, such as `epa_state_mismatch`.
    pub code: &'static str,
    #[schema(max_length = 300)]
    pub message: String,
}

/// What the checks must know about the site.
#[derive(Clone, Copy, Debug)]
pub struct SiteFacts<'a> {
    pub state: Option<&'a str>,
    pub generator: Option<GeneratorStatus>,
}

/// The identifier as it is stored: trimmed, upper case, of the right shape.
///
/// # Errors
/// Field faults at `/value`: `epa_id_shape`, `epa_id_placeholder`, `required`.
pub fn checked_value(kind: RegulatoryKind, text: &str, site: SiteFacts<'_>) -> Result<String, Fault> {
    let value = text.trim().to_ascii_uppercase();
    if value.is_empty() {
        return Err(Fault::field("/value", "required", "The identifier is required."));
    }
    match kind {
        RegulatoryKind::State | RegulatoryKind::Permit => Ok(value),
        RegulatoryKind::Epa if is_placeholder(&value) => match site.generator {
            Some(GeneratorStatus::Vsqg) => Ok(value),
            Some(GeneratorStatus::Lqg | GeneratorStatus::Sqg) | None => {
                Err(Fault::field("/value", "epa_id_placeholder", "A placeholder identifier is only for very small quantity generators."))
            }
        },
        RegulatoryKind::Epa if is_epa_id(&value) => Ok(value),
        RegulatoryKind::Epa => {
            Err(Fault::field("/value", "epa_id_shape", "An EPA identifier is a two-letter prefix and ten letters or digits."))
        }
    }
}

/// What is odd about a stored identifier at its site.
#[must_use]
pub fn warnings(kind: RegulatoryKind, value: &str, site: SiteFacts<'_>) -> Vec<Warning> {
    let prefix = value.get(..2).unwrap_or_default();
    match (kind, site.state) {
        (RegulatoryKind::Epa, Some(state)) if state != prefix => {
            let message = format!("The identifier belongs to {prefix} and the site is in {state}.");
            vec![Warning { code: "epa_state_mismatch", message }]
        }
        _ => Vec::new(),
    }
}

fn is_epa_id(value: &str) -> bool {
    value.len() == 12
        && value.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A state's collective identifier for generators that have none of their own, such as `VACESQG` or `NYVSQG`.
fn is_placeholder(value: &str) -> bool {
    let rest = value.get(2..).unwrap_or_default();
    value.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && (rest.starts_with("CESQG") || rest.starts_with("VSQG"))
        && value.len() <= 12
}

/// Refuses an identifier that repeats another of the same kind at the same time.
///
/// # Errors
/// 409 `regulatory_id_overlap` with the identifiers of both rows.
pub fn check_overlap(candidate: &RegulatoryId, others: &[RegulatoryId]) -> Result<(), Fault> {
    let clash = others.iter().find(|other| {
        other.id != candidate.id
            && other.kind == candidate.kind
            && other.value == candidate.value
            && other.period.overlaps(&candidate.period)
    });
    clash.map_or(Ok(()), |other| {
        Err(Fault::conflict("regulatory_id_overlap", "The site has this identifier already for part of the period.")
            .with_conflicts([other.id, candidate.id]))
    })
}

/// The first day of a period that was given as two dates.
///
/// # Errors
/// A field fault at `/valid_until`.
pub fn period(from: NaiveDate, until: Option<NaiveDate>) -> Result<Period, Fault> {
    Period::new(from, until).map_err(|_| Fault::field("/valid_until", "empty_period", "The end must be after the start."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ILLINOIS: SiteFacts<'_> = SiteFacts { state: Some("IL"), generator: Some(GeneratorStatus::Lqg) };

    #[test]
    fn an_epa_identifier_is_two_letters_and_ten_characters() {
        assert_eq!(checked_value(RegulatoryKind::Epa, " ild000810861 ", ILLINOIS).unwrap(), "ILD000810861");
        for wrong in ["ILD00081086", "ILD0008108611", "1LD000810861", "ILD00081086-", ""] {
            assert!(checked_value(RegulatoryKind::Epa, wrong, ILLINOIS).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_prefix_of_another_state_is_a_warning() {
        assert!(warnings(RegulatoryKind::Epa, "ILD000810861", ILLINOIS).is_empty());
        assert_eq!(warnings(RegulatoryKind::Epa, "WID000810861", ILLINOIS)[0].code, "epa_state_mismatch");
        assert!(warnings(RegulatoryKind::State, "0316000001", ILLINOIS).is_empty());
    }

    #[test]
    fn placeholders_are_for_very_small_generators() {
        let small = SiteFacts { state: Some("VA"), generator: Some(GeneratorStatus::Vsqg) };
        assert_eq!(checked_value(RegulatoryKind::Epa, "VACESQG", small).unwrap(), "VACESQG");
        let large = SiteFacts { generator: Some(GeneratorStatus::Sqg), ..small };
        assert_eq!(checked_value(RegulatoryKind::Epa, "VACESQG", large).unwrap_err().errors[0].code, "epa_id_placeholder");
    }
}
