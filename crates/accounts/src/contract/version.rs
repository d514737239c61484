//! A contract's version: the commercial terms, immutable once signed, with the days they are in force.
//!
//! Amendments and renewals supersede a version by another; the superseded one keeps its terms and its end. The
//! fingerprint covers everything an approver agrees to: terms, coverage, service lines and prices, but no titles or notes.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{ContactId, ContractId, ContractVersionId};
use kernel::period::add_days;
use kernel::words;
use kernel::{Currency, Decimal, Fault, Period, Rate};
use platform::stamp::Touch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{Contract, Coverage};
use super::price_term::{PriceTerm, Priced};
use super::term::{Renewal, Term};

words! {
    /// What the version is worth.
    pub enum ContractVersionState {
        /// Being negotiated; it may change.
        Draft = "draft",
        Signed = "signed",
        SupersededByAmendment = "superseded_by_amendment",
        SupersededByRenewal = "superseded_by_renewal",
        Abandoned = "abandoned",
    }

    /// How the contract's prices stand beside the other price levels.
    pub enum PriceMode {
        /// The contract's lines go before other prices; what it does not name is priced as usual.
        Override = "override",
        /// Only what the contract names can be bought under it.
        Closed = "closed",
        /// A discount on the price found elsewhere.
        DiscountOff = "discount_off",
    }

    /// The date a price is looked up for.
    pub enum PriceDateBasis { ServiceDate = "service_date", OrderDate = "order_date", SignatureDate = "signature_date" }

    /// How far a clause departs from the organisation's standard.
    pub enum Deviation { Standard = "standard", Minor = "minor", Major = "major", Prohibited = "prohibited" }

    /// What a signed contract is on a given day.
    pub enum AsOfStatus {
        /// Signed, and its first day is still to come or not known yet.
        Scheduled = "scheduled",
        Active = "active",
        /// A cancellation has been received.
        InNotice = "in_notice",
        /// Past its end, with its prices kept for a while or until further notice.
        Holdover = "holdover",
        Expired = "expired",
        Terminated = "terminated",
    }
}

/// A rise that follows a published index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IndexRule {
    /// The series, such as CPI-U.
    #[schema(min_length = 1, max_length = 40, example = "CPI-U")]
    pub series: String,
    /// Added to the change of the index.
    #[serde(default)]
    pub spread: Rate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Rate>,
}

/// What the contract says about its prices as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceRules {
    pub mode: PriceMode,
    /// The discount of the mode `discount_off`; 0.05 is 5 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Rate>,
    /// The greatest rise within twelve months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<IndexRule>,
    /// No rise before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze_until: Option<NaiveDate>,
    /// Codes of fees and surcharges that are not charged.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub fee_exemptions: Vec<String>,
    pub price_date_basis: PriceDateBasis,
}

/// How the contract may be ended before its term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// The customer may end it without cause.
    pub convenience: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 730)]
    pub notice_days: Option<u16>,
    /// A fixed fee in the contract's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Decimal>,
    /// The share of the remaining months' revenue that is due as a fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_of_remaining: Option<Rate>,
}

/// What happens to prices after the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Holdover {
    /// The contract's prices hold until further notice.
    #[serde(default)]
    pub keep_prices: bool,
    /// The contract's prices hold for this many days after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub revert_after_days: Option<u16>,
}

/// A clause that is worth tracking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    #[schema(min_length = 1, max_length = 40, example = "indemnity")]
    pub code: String,
    pub deviation: Deviation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub text: Option<String>,
}

/// Everything commercial about a version, apart from its price lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CommercialTerms {
    pub currency: Currency,
    pub term: Term,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    pub prices: PriceRules,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination: Option<Termination>,
    #[serde(default)]
    pub holdover: Holdover,
    #[serde(default)]
    #[schema(max_items = 200)]
    pub clauses: Vec<Clause>,
}

impl CommercialTerms {
    /// # Errors
    /// Every field fault, with pointers below `/terms`.
    pub fn check(&self) -> Result<(), Fault> {
        let mut faults = Vec::new();
        faults.extend(self.term.check().err().map(|fault| fault.under("/term")));
        faults.extend(self.renewal.as_ref().and_then(|renewal| renewal.check().err()).map(|fault| fault.under("/renewal")));
        faults.extend(self.prices.check().err().map(|fault| fault.under("/prices")));
        if self.holdover.keep_prices && self.holdover.revert_after_days.is_some() {
            let message = "Prices are either kept or revert after some days.";
            faults.push(Fault::field("/holdover/revert_after_days", "not_allowed", message));
        }
        if self.renewal.is_some() && self.term.initial_months.is_none() {
            faults.push(Fault::field("/renewal", "not_allowed", "A contract without an end does not renew."));
        }
        Fault::all(faults.into_iter().map(|fault| fault.under("/terms")))
    }
}

impl PriceRules {
    fn check(&self) -> Result<(), Fault> {
        let within = |rate: Rate| !rate.is_negative() && rate <= Rate::ONE;
        match (self.mode, self.discount) {
            (PriceMode::DiscountOff, None) => Err(Fault::field("/discount", "required", "The mode discount_off needs its discount.")),
            (PriceMode::DiscountOff, Some(discount)) if !within(discount) => {
                Err(Fault::field("/discount", "out_of_range", "A discount is between 0 and 1."))
            }
            (PriceMode::Override | PriceMode::Closed, Some(_)) => {
                Err(Fault::field("/discount", "not_allowed", "Only the mode discount_off has a discount."))
            }
            _ if self.cap.is_some_and(Rate::is_negative) => Err(Fault::field("/cap", "out_of_range", "A cap is not negative.")),
            _ => Ok(()),
        }
    }
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// A contact with the authority `sign` on the day of signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120)]
    pub title: Option<String>,
}

/// The signature of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub signed_on: NaiveDate,
    pub signers: Vec<Signer>,
    /// Where the signed paper is kept.
    pub document: Option<String>,
}

/// A version of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractVersion {
    pub id: ContractVersionId,
    pub contract_id: ContractId,
    /// 1 is the first.
    pub no: i32,
    pub state: ContractVersionState,
    pub terms: CommercialTerms,
    pub signature: Option<Signature>,
    pub first_service_on: Option<NaiveDate>,
    /// The first day in force; unknown for a contract that waits for its first service.
    pub start: Option<NaiveDate>,
    /// The first day no longer in force.
    pub end: Option<NaiveDate>,
    /// SHA-256 of the commercial content, in hex.
    pub fingerprint: String,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
}

impl ContractVersion {
    /// The first version of a contract, in draft and without price lines.
    ///
    /// # Errors
    /// Those of [`fingerprint`].
    pub fn first(id: ContractVersionId, contract: &Contract, terms: CommercialTerms, touch: Touch) -> Result<Self, Fault> {
        let fingerprint = fingerprint(contract, &terms, &[])?;
        Ok(Self {
            id,
            contract_id: contract.id,
            no: 1,
            state: ContractVersionState::Draft,
            terms,
            signature: None,
            first_service_on: None,
            start: None,
            end: None,
            fingerprint,
            created_at: touch.at,
            created_by: Some(touch.by),
        })
    }

    /// Freezes the version by its signature and works out the days it is in force.
    ///
    /// # Errors
    /// 409 `version_signed`; `overflow`.
    pub fn sign(self, signature: Signature) -> Result<Self, Fault> {
        if self.state != ContractVersionState::Draft {
            return Err(immutable());
        }
        let start = self.terms.term.anchor(signature.signed_on, self.first_service_on);
        Self { state: ContractVersionState::Signed, signature: Some(signature), ..self }.running_from(start)
    }

    /// Starts a version that waits for its first completed service.
    ///
    /// # Errors
    /// 409 `start_known` when it does not wait; a field fault for a day before the signature.
    pub fn first_served(self, on: NaiveDate) -> Result<Self, Fault> {
        let signed_on = self.signature.as_ref().map(|signature| signature.signed_on);
        if self.state != ContractVersionState::Signed || self.start.is_some() {
            return Err(Fault::conflict("start_known", "The contract does not wait for a first service."));
        }
        if signed_on.is_some_and(|signed| on < signed) {
            return Err(Fault::field("/on", "before_signature", "The first service is not before the signature."));
        }
        Self { first_service_on: Some(on), ..self }.running_from(Some(on))
    }

    fn running_from(self, start: Option<NaiveDate>) -> Result<Self, Fault> {
        let first = start.map(|anchor| super::term::dates(anchor, &self.terms.term, self.terms.renewal.as_ref(), 1)).transpose()?.flatten();
        Ok(Self { start, end: first.map(|term| term.end), ..self })
    }

    /// # Errors
    /// 409 `version_signed` when the terms can no longer change.
    pub fn check_editable(&self) -> Result<(), Fault> {
        if self.state == ContractVersionState::Draft { Ok(()) } else { Err(immutable()) }
    }

    /// The days on which the version's prices apply, holdover included; none while the start is unknown.
    ///
    /// # Errors
    /// `overflow`.
    pub fn price_period(&self) -> Result<Option<Period>, Fault> {
        let Some(start) = self.start else { return Ok(None) };
        let end = match (self.end, self.state) {
            (Some(end), ContractVersionState::Signed) => held_over(end, self.terms.holdover)?,
            (end, _) => end,
        };
        Ok(Some(Period { start, end }))
    }

    /// What the signed version is on `date`.
    ///
    /// # Errors
    /// `overflow`.
    pub fn as_of(&self, date: NaiveDate) -> Result<AsOfStatus, Fault> {
        let Some(start) = self.start.filter(|start| *start <= date) else { return Ok(AsOfStatus::Scheduled) };
        if (Period { start, end: self.end }).contains(date) {
            return Ok(AsOfStatus::Active);
        }
        let held = self.price_period()?.is_some_and(|period| period.contains(date));
        Ok(if held { AsOfStatus::Holdover } else { AsOfStatus::Expired })
    }
}

fn held_over(end: NaiveDate, holdover: Holdover) -> Result<Option<NaiveDate>, Fault> {
    match (holdover.keep_prices, holdover.revert_after_days) {
        (true, _) => Ok(None),
        (false, Some(days)) => add_days(end, i32::from(days)).map(Some),
        (false, None) => Ok(Some(end)),
    }
}

fn immutable() -> Fault {
    Fault::conflict("version_signed", "A signed version cannot change; amend the contract instead.")
}

#[derive(Serialize)]
struct Commercial<'a> {
    kind: &'a str,
    coverage: &'a Coverage,
    service_lines: &'a [String],
    terms: &'a CommercialTerms,
    prices: Vec<&'a Priced>,
}

/// SHA-256, in hex, of everything an approver agrees to.
///
/// # Errors
/// 422 `unreadable_terms` when the terms cannot be written as JSON, which no accepted input causes.
pub fn fingerprint(contract: &Contract, terms: &CommercialTerms, lines: &[PriceTerm]) -> Result<String, Fault> {
    let mut lines: Vec<&PriceTerm> = lines.iter().collect();
    lines.sort_by_key(|line| line.id);
    let commercial = Commercial {
        kind: contract.kind.as_str(),
        coverage: &contract.coverage,
        service_lines: &contract.service_lines,
        terms,
        prices: lines.into_iter().map(|line| &line.priced).collect(),
    };
    let bytes = serde_json::to_vec(&commercial).map_err(|error| Fault::invalid("unreadable_terms", error.to_string()))?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
