//! A contract's header: its place between parties, the sites and service lines it covers, and how far it has come.
//!
//! The header's status follows the negotiation; whether a signed contract is in force on a day is derived from its
//! version's dates (see [`super::version`]) and never stored. What a commercial change does to an approval is decided by
//! the fingerprint of the terms, not by which field was edited.

use chrono::NaiveDate;
use kernel::Fault;
use kernel::id::{AccountId, ContractId, ContractVersionId, SiteId};
use kernel::{transition, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

words! {
    /// What kind of paper it is. For each term, an amendment goes before an order form, that before a service agreement,
    /// and that before a master agreement.
    pub enum ContractKind { Msa = "msa", Service = "service", OrderForm = "order_form", AmendmentOnly = "amendment_only" }

    /// How far the contract has come.
    pub enum ContractStatus {
        Draft = "draft",
        InNegotiation = "in_negotiation",
        PendingApproval = "pending_approval",
        Approved = "approved",
        OutForSignature = "out_for_signature",
        Active = "active",
        Expired = "expired",
        Terminated = "terminated",
        Abandoned = "abandoned",
    }

    /// What can be done to a contract's status.
    pub enum ContractStep {
        Negotiate = "negotiate",
        Submit = "submit",
        Approve = "approve",
        Reject = "reject",
        /// A commercial term changes.
        Revise = "revise",
        Send = "send",
        Sign = "sign",
        Abandon = "abandon",
        Expire = "expire",
        Terminate = "terminate",
    }

    /// Which sites of the account the contract is about.
    pub enum CoverageMode {
        /// The named sites.
        List = "list",
        /// Every site of the account.
        All = "all",
        /// Every site of the account and of the accounts below it.
        Descendants = "descendants",
    }
}

impl ContractKind {
    /// Lower goes first when two contracts of one account say something about the same term.
    #[must_use]
    pub const fn precedence(self) -> u8 {
        match self {
            Self::AmendmentOnly => 1,
            Self::OrderForm => 2,
            Self::Service => 3,
            Self::Msa => 4,
        }
    }
}

/// The state machine of a contract's header.
///
/// # Errors
/// 409 `illegal_transition` with the steps the state has.
pub fn next_status(status: ContractStatus, step: ContractStep) -> Result<ContractStatus, Fault> {
    transition::moved(status, step, after)
}

/// The status after a step.
const fn after(status: ContractStatus, step: ContractStep) -> Option<ContractStatus> {
    use ContractStatus as S;
    use ContractStep as T;
    match (status, step) {
        (S::Draft, T::Negotiate) | (S::PendingApproval, T::Reject | T::Revise) | (S::InNegotiation, T::Revise) => Some(S::InNegotiation),
        (S::Draft, T::Revise) => Some(S::Draft),
        (S::InNegotiation, T::Submit) => Some(S::PendingApproval),
        (S::PendingApproval, T::Approve) => Some(S::Approved),
        (S::Approved, T::Send) => Some(S::OutForSignature),
        (S::OutForSignature, T::Sign) => Some(S::Active),
        (S::Draft | S::InNegotiation | S::PendingApproval | S::Approved | S::OutForSignature, T::Abandon) => Some(S::Abandoned),
        (S::Active, T::Expire) => Some(S::Expired),
        (S::Active, T::Terminate) => Some(S::Terminated),
        (S::Draft, T::Submit | T::Approve | T::Reject | T::Send | T::Sign | T::Expire | T::Terminate)
        | (S::InNegotiation, T::Negotiate | T::Approve | T::Reject | T::Send | T::Sign | T::Expire | T::Terminate)
        | (S::PendingApproval, T::Negotiate | T::Submit | T::Send | T::Sign | T::Expire | T::Terminate)
        | (S::Approved, T::Negotiate | T::Submit | T::Approve | T::Reject | T::Revise | T::Sign | T::Expire | T::Terminate)
        | (S::OutForSignature, T::Negotiate | T::Submit | T::Approve | T::Reject | T::Revise | T::Send | T::Expire | T::Terminate)
        | (S::Active, T::Negotiate | T::Submit | T::Approve | T::Reject | T::Revise | T::Send | T::Sign | T::Abandon)
        | (S::Expired | S::Terminated | S::Abandoned, _) => None,
    }
}

/// Which sites a contract covers. `sites` is filled for `list` only, sorted and without repetition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    pub mode: CoverageMode,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub sites: Vec<SiteId>,
}

impl Coverage {
    /// The coverage with its sites in canonical order.
    ///
    /// # Errors
    /// A field fault when a list names no site, or another mode names some.
    pub fn checked(mut self, pointer: &str) -> Result<Self, Fault> {
        self.sites.sort_unstable();
        self.sites.dedup();
        match (self.mode, self.sites.is_empty()) {
            (CoverageMode::List, true) => Err(Fault::field(format!("{pointer}/sites"), "required", "Name at least one site.")),
            (CoverageMode::All | CoverageMode::Descendants, false) => {
                Err(Fault::field(format!("{pointer}/sites"), "not_allowed", "Only the mode list names sites."))
            }
            _ => Ok(self),
        }
    }

    /// True when a service at `site` of the contract's own account is covered; without a site, when the account as a
    /// whole is.
    #[must_use]
    pub fn covers(&self, site: Option<SiteId>) -> bool {
        match (self.mode, site) {
            (CoverageMode::List, Some(site)) => self.sites.contains(&site),
            (CoverageMode::List, None) => false,
            (CoverageMode::All | CoverageMode::Descendants, _) => true,
        }
    }

    /// True when some site of the account is covered by both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.mode, other.mode) {
            (CoverageMode::List, CoverageMode::List) => self.sites.iter().any(|site| other.sites.contains(site)),
            _ => true,
        }
    }
}

/// A contract's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub id: ContractId,
    /// The sequence behind `C-1001`.
    pub number: i64,
    pub account_id: AccountId,
    pub kind: ContractKind,
    /// The master agreement it stands under.
    pub parent_id: Option<ContractId>,
    pub title: String,
    pub status: ContractStatus,
    pub coverage: Coverage,
    /// Service lines, sorted; all when empty.
    pub service_lines: Vec<String>,
    pub current_version_id: ContractVersionId,
    /// The fingerprint that was submitted for approval.
    pub submitted_fingerprint: Option<String>,
    pub approved_by: Option<Uuid>,
    /// Why it was rejected or abandoned last.
    pub reason: Option<String>,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

impl Contract {
    /// The number as people write it.
    #[must_use]
    pub fn display_number(&self) -> String {
        format!("C-{}", self.number)
    }

    /// The same contract, one version later.
    #[must_use]
    pub fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn stepped(self, step: ContractStep, touch: Touch) -> Result<Self, Fault> {
        let status = next_status(self.status, step)?;
        Ok(Self { status, ..self.touched(touch) })
    }

    /// Asks for approval of exactly these terms.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn submit(self, fingerprint: String, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { submitted_fingerprint: Some(fingerprint), reason: None, ..self.stepped(ContractStep::Submit, touch)? })
    }

    /// # Errors
    /// 409 `terms_changed` when the terms are no longer those submitted; 409 `illegal_transition`.
    pub fn approve(self, fingerprint: &str, touch: Touch) -> Result<Self, Fault> {
        let approved = self.stepped(ContractStep::Approve, touch)?;
        if approved.submitted_fingerprint.as_deref() != Some(fingerprint) {
            return Err(Fault::conflict("terms_changed", "The terms are no longer those that were submitted."));
        }
        Ok(Self { approved_by: Some(touch.by), ..approved })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn reject(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        let rejected = self.stepped(ContractStep::Reject, touch)?;
        Ok(Self { reason: Some(reason), submitted_fingerprint: None, ..rejected })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn abandon(self, reason: Option<String>, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { reason, ..self.stepped(ContractStep::Abandon, touch)? })
    }

    /// The header after an edit of the version's content. A commercial change sends a pending contract back to
    /// negotiation; an edit of text leaves it where it is.
    ///
    /// # Errors
    /// 409 `illegal_transition` when commercial terms are frozen: approved, out for signature, signed or ended.
    pub fn edited(self, before: &str, after: &str, touch: Touch) -> Result<Self, Fault> {
        if before == after {
            return Ok(self.touched(touch));
        }
        let revised = self.stepped(ContractStep::Revise, touch)?;
        let submitted_fingerprint = revised.submitted_fingerprint.filter(|submitted| submitted == after);
        Ok(Self { submitted_fingerprint, ..revised })
    }

    /// True for the paper rule (1) does not bind: a master agreement, or a contract under one.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.kind == ContractKind::Msa || self.parent_id.is_some()
    }

    /// True when both are about the same site and service line.
    #[must_use]
    pub fn competes_with(&self, other: &Self) -> bool {
        let lines = self.service_lines.is_empty()
            || other.service_lines.is_empty()
            || self.service_lines.iter().any(|line| other.service_lines.contains(line));
        self.id != other.id && self.account_id == other.account_id && lines && self.coverage.overlaps(&other.coverage)
    }
}

/// A contract with the days on which it is in force.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    pub contract: &'a Contract,
    pub start: Option<NaiveDate>,
    pub end: Option<NaiveDate>,
}

/// Rule (1): at most one active contract for an account, site and service line, unless it is a master agreement or under
/// one. A contract whose start is unknown yet counts from the beginning.
///
/// # Errors
/// 409 `contract_overlap` with the ids of both contracts.
pub fn check_exclusive(candidate: InForce<'_>, others: &[InForce<'_>]) -> Result<(), Fault> {
    if candidate.contract.is_shared() {
        return Ok(());
    }
    let together = |other: &&InForce<'_>| {
        let before = |end: Option<NaiveDate>, start: Option<NaiveDate>| matches!((end, start), (Some(end), Some(start)) if end <= start);
        !before(candidate.end, other.start) && !before(other.end, candidate.start)
    };
    let clash =
        others.iter().filter(|other| !other.contract.is_shared() && candidate.contract.competes_with(other.contract)).find(together);
    clash.map_or(Ok(()), |other| {
        Err(Fault::conflict("contract_overlap", "Another active contract covers a site and service line of this one at the same time.")
            .with_conflicts([other.contract.id.uuid(), candidate.contract.id.uuid()]))
    })
}

/// Service lines as they are stored: lower case, sorted, each once.
#[must_use]
pub fn canonical_lines(lines: Vec<String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().map(|line| line.trim().to_lowercase()).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}
