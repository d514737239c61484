//! What callers send about contracts, and how a contract and its version are shown.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Fault;
use kernel::id::{AccountId, ContractId, ContractVersionId};
use platform::patch::present;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Contract, ContractKind, ContractStatus, Coverage, CoverageMode, canonical_lines};
use super::term::TermDates;
use super::version::{AsOfStatus, CommercialTerms, ContractVersion, ContractVersionState, Signature, Signer};
use crate::checks::{all_sound, name, optional};

/// Names one contract.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ContractPath {
    /// The contract.
    pub contract_id: ContractId,
}

/// A new contract, in draft.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateContract {
    pub account_id: AccountId,
    pub kind: ContractKind,
    /// The master agreement it stands under.
    pub parent_id: Option<ContractId>,
    #[schema(min_length = 1, max_length = 200, example = "Waste services 2026-2029")]
    pub title: String,
    /// Every site of the account when absent.
    pub coverage: Option<Coverage>,
    /// All service lines when empty.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["waste"]))]
    pub service_lines: Vec<String>,
    pub terms: CommercialTerms,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateContract {
    /// The contract and its first version, without price lines yet.
    ///
    /// # Errors
    /// Every field fault.
    pub fn into_contract(self, number: i64, touch: Touch) -> Result<(Contract, ContractVersion), Fault> {
        let (id, version_id) = (ContractId::generate(), ContractVersionId::generate());
        let title = name(&self.title, "/title");
        let coverage = self.coverage.unwrap_or(Coverage { mode: CoverageMode::All, sites: Vec::new() }).checked("/coverage");
        let terms = self.terms.check();
        all_sound!(title, coverage, terms);
        let contract = Contract {
            id,
            number,
            account_id: self.account_id,
            kind: self.kind,
            parent_id: self.parent_id,
            title: title?,
            status: ContractStatus::Draft,
            coverage: coverage?,
            service_lines: canonical_lines(self.service_lines),
            current_version_id: version_id,
            submitted_fingerprint: None,
            approved_by: None,
            reason: None,
            external_ref: optional(self.external_ref),
            stamp: Stamp::new(touch),
        };
        let version = ContractVersion::first(version_id, &contract, self.terms, touch)?;
        Ok((contract, version))
    }
}

/// Changes of a contract (RFC 7396): absent keeps, null clears. A change of anything but the title and the external
/// reference is commercial: it sends a contract that waits for approval back to negotiation.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchContract {
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    pub coverage: Option<Coverage>,
    #[schema(max_items = 100)]
    pub service_lines: Option<Vec<String>>,
    /// The whole terms.
    pub terms: Option<CommercialTerms>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    pub external_ref: Option<Option<String>>,
}

impl PatchContract {
    /// The content after the changes; what they mean for the approval is decided by [`Contract::edited`].
    ///
    /// # Errors
    /// Every field fault.
    pub fn apply(self, contract: &Contract, version: &ContractVersion) -> Result<(Contract, ContractVersion), Fault> {
        let (mut next, mut revised) = (contract.clone(), version.clone());
        let title = self.title.map(|text| name(&text, "/title")).transpose();
        let coverage = self.coverage.map(|coverage| coverage.checked("/coverage")).transpose();
        let terms = self.terms.as_ref().map_or(Ok(()), CommercialTerms::check);
        all_sound!(title, coverage, terms);
        next.title = title?.unwrap_or(next.title);
        next.coverage = coverage?.unwrap_or(next.coverage);
        next.service_lines = self.service_lines.map_or(next.service_lines, canonical_lines);
        next.external_ref = self.external_ref.map_or(next.external_ref, optional);
        revised.terms = self.terms.unwrap_or(revised.terms);
        Ok((next, revised))
    }
}

/// Why it is rejected.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RejectContract {
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// Why it is given up.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AbandonContract {
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// The signature of the customer.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignContract {
    /// Local date of the signature.
    pub signed_on: NaiveDate,
    #[schema(min_items = 1, max_items = 10)]
    #[validate(nested)]
    pub signers: Vec<Signer>,
    /// Where the signed paper is kept.
    #[schema(max_length = 500)]
    pub document: Option<String>,
}

impl SignContract {
    #[must_use]
    pub fn into_signature(self) -> Signature {
        Signature { signed_on: self.signed_on, signers: self.signers, document: optional(self.document) }
    }
}

/// The first completed service under a contract that waits for it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FirstService {
    /// Its local date at the site.
    pub on: NaiveDate,
}

/// A version of a contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractVersionView {
    pub id: ContractVersionId,
    /// 1 is the first.
    #[schema(maximum = 100000)]
    pub no: i32,
    pub state: ContractVersionState,
    pub terms: CommercialTerms,
    pub signed_on: Option<NaiveDate>,
    #[schema(max_items = 1000)]
    pub signers: Vec<Signer>,
    #[schema(max_length = 500)]
    pub document: Option<String>,
    pub first_service_on: Option<NaiveDate>,
    /// The first day in force; unknown while the contract waits for its first service.
    pub effective_from: Option<NaiveDate>,
    /// The first day no longer in force.
    pub effective_until: Option<NaiveDate>,
    /// SHA-256 of what is agreed: terms, coverage, service lines and prices.
    #[schema(max_length = 64)]
    pub fingerprint: String,
    pub created_at: DateTime<Utc>,
}

impl From<&ContractVersion> for ContractVersionView {
    fn from(version: &ContractVersion) -> Self {
        let signature = version.signature.as_ref();
        Self {
            id: version.id,
            no: version.no,
            state: version.state,
            terms: version.terms.clone(),
            signed_on: signature.map(|signature| signature.signed_on),
            signers: signature.map(|signature| signature.signers.clone()).unwrap_or_default(),
            document: signature.and_then(|signature| signature.document.clone()),
            first_service_on: version.first_service_on,
            effective_from: version.start,
            effective_until: version.end,
            fingerprint: version.fingerprint.clone(),
            created_at: version.created_at,
        }
    }
}

/// A contract's header.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractSummary {
    pub id: ContractId,
    pub version: i64,
    /// For people: `C-1001`.
    #[schema(max_length = 20)]
    pub number: String,
    pub account_id: AccountId,
    pub kind: ContractKind,
    pub parent_id: Option<ContractId>,
    #[schema(max_length = 200)]
    pub title: String,
    pub status: ContractStatus,
    pub coverage: Coverage,
    #[schema(max_items = 100)]
    pub service_lines: Vec<String>,
    #[serde(flatten)]
    pub internal: Option<ContractInternals>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What only staff see of a contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractInternals {
    /// Who approved the terms.
    pub approved_by: Option<Uuid>,
    /// Why it was rejected or given up last.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
}

impl ContractSummary {
    /// The view for callers with `scope`.
    #[must_use]
    pub fn of(contract: &Contract, scope: &RowScope) -> Self {
        let internal = (!scope.is_customer()).then(|| ContractInternals::from(contract));
        Self { internal, ..Self::from(contract) }
    }
}

/// The view for staff.
impl From<&Contract> for ContractSummary {
    fn from(contract: &Contract) -> Self {
        Self {
            id: contract.id,
            version: contract.stamp.version,
            number: contract.display_number(),
            account_id: contract.account_id,
            kind: contract.kind,
            parent_id: contract.parent_id,
            title: contract.title.clone(),
            status: contract.status,
            coverage: contract.coverage.clone(),
            service_lines: contract.service_lines.clone(),
            internal: Some(ContractInternals::from(contract)),
            created_at: contract.stamp.created_at,
            updated_at: contract.stamp.updated_at,
        }
    }
}

impl From<&Contract> for ContractInternals {
    fn from(contract: &Contract) -> Self {
        Self { approved_by: contract.approved_by, reason: contract.reason.clone(), external_ref: contract.external_ref.clone() }
    }
}

/// A contract with its current version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractView {
    #[serde(flatten)]
    pub contract: ContractSummary,
    pub current_version: ContractVersionView,
    /// What a signed contract is on the day asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of_status: Option<AsOfStatus>,
}

/// The day a derived status is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AsOf {
    /// A local date; today in UTC when absent.
    pub as_of: Option<NaiveDate>,
}

/// What is asked about a contract's terms.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TermQuery {
    /// 1 is the first term, and meant when absent.
    #[param(minimum = 1, maximum = 1000)]
    pub number: Option<u32>,
    /// Local date on which a notice arrived, to learn what it is worth.
    pub notice_received: Option<NaiveDate>,
}

/// The dates of one term.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TermView {
    /// Unknown while the contract waits for its first service or has no end.
    pub term: Option<TermDates>,
    /// What the notice asked about is worth.
    pub notice_timing: Option<super::term::NoticeTiming>,
}
