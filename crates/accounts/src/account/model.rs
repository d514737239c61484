//! An account: who the organisation deals with, where it stands in its tree and how far the relationship has come.
//!
//! Every change of state goes through [`next_status`]. Nothing here reads a database: what a rule needs to know about
//! other rows is passed in.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId};
use kernel::{Currency, Fault, PaymentTerms};
use kernel::{transition, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::path::TreePath;

words! {
    /// What the account is to the organisation.
    pub enum AccountKind { Prospect = "prospect", Customer = "customer", Partner = "partner", Former = "former" }

    /// How far the relationship has come.
    pub enum AccountStatus {
        Prospect = "prospect",
        Onboarding = "onboarding",
        Active = "active",
        OnHold = "on_hold",
        Closing = "closing",
        Closed = "closed",
        /// Folded into another account; its number stays as an alias.
        Merged = "merged",
    }

    /// What can be done to an account's status.
    pub enum AccountStep {
        Onboard = "onboard",
        Activate = "activate",
        Hold = "hold",
        /// The last hold is lifted.
        Release = "release",
        StartClosing = "start-closing",
        Close = "close",
        Merge = "merge",
    }

    /// Why service or billing stands still.
    pub enum HoldKind { Credit = "credit", Service = "service", Compliance = "compliance", Dispute = "dispute", Other = "other" }
}

/// The state machine of an account.
///
/// # Errors
/// 409 `illegal_transition` with the steps the state has.
pub fn next_status(status: AccountStatus, step: AccountStep) -> Result<AccountStatus, Fault> {
    transition::moved(status, step, after)
}

/// The status after a step.
const fn after(status: AccountStatus, step: AccountStep) -> Option<AccountStatus> {
    use AccountStatus as S;
    use AccountStep as T;
    match (status, step) {
        (S::Prospect, T::Onboard) => Some(S::Onboarding),
        (S::Onboarding, T::Activate) => Some(S::Active),
        (S::Active | S::OnHold, T::Hold) => Some(S::OnHold),
        (S::OnHold, T::Release) => Some(S::Active),
        (S::Active | S::OnHold, T::StartClosing) => Some(S::Closing),
        (S::Closing, T::Close) => Some(S::Closed),
        (S::Prospect | S::Onboarding | S::Active | S::OnHold | S::Closing | S::Closed, T::Merge) => Some(S::Merged),
        (S::Prospect, T::Activate | T::Hold | T::Release | T::StartClosing | T::Close)
        | (S::Onboarding, T::Onboard | T::Hold | T::Release | T::StartClosing | T::Close)
        | (S::Active, T::Onboard | T::Activate | T::Release | T::Close)
        | (S::OnHold, T::Onboard | T::Activate | T::Close)
        | (S::Closing, T::Onboard | T::Activate | T::Hold | T::Release | T::StartClosing)
        | (S::Closed, T::Onboard | T::Activate | T::Hold | T::Release | T::StartClosing | T::Close)
        | (S::Merged, _) => None,
    }
}

/// One reason why the account stands still. The account is active again when the last hold is lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    pub id: Uuid,
    pub kind: HoldKind,
    #[schema(max_length = 1000)]
    pub reason: String,
    pub placed_at: DateTime<Utc>,
    pub placed_by: Uuid,
}

/// A certificate that frees the account from a jurisdiction's tax for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TaxExemption {
    /// The jurisdiction that granted it, such as US-IL.
    #[schema(min_length = 2, max_length = 20, example = "US-IL")]
    pub jurisdiction: String,
    #[schema(min_length = 1, max_length = 60, example = "E9999-1234-05")]
    pub certificate: String,
    pub valid_from: NaiveDate,
    /// The first day on which it is no longer valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
}

/// What the account is to the tax office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TaxReferences {
    /// Tax registration, such as an EIN or a VAT number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 30, example = "36-1234567")]
    pub tax_id: Option<String>,
    #[serde(default)]
    #[schema(max_items = 60)]
    pub exemptions: Vec<TaxExemption>,
}

impl TaxReferences {
    /// # Errors
    /// A field fault for each exemption that ends before it begins.
    pub fn checked(self, pointer: &str) -> Result<Self, Fault> {
        let empty = |exemption: &TaxExemption| exemption.valid_until.is_some_and(|until| until <= exemption.valid_from);
        let faults = self.exemptions.iter().enumerate().filter(|(_, exemption)| empty(exemption)).map(|(position, _)| {
            Fault::field(format!("{pointer}/exemptions/{position}/valid_until"), "empty_period", "The end must be after the start.")
        });
        Fault::all(faults)?;
        Ok(self)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// The sequence behind `A-1042`.
    pub number: i64,
    pub name: String,
    pub legal_name: Option<String>,
    pub parent_id: Option<AccountId>,
    pub path: TreePath,
    pub kind: AccountKind,
    pub segment: Option<String>,
    pub currency: Currency,
    /// What the invoices of its orders are due by.
    pub payment_terms: PaymentTerms,
    pub tax: TaxReferences,
    pub status: AccountStatus,
    pub holds: Vec<Hold>,
    /// The home branch; an account without one is every branch's.
    pub branch_id: Option<BranchId>,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

/// What closing an account must know about the rest.
#[derive(Clone, Debug, Default)]
pub struct Obstacles {
    /// Contracts whose header is active.
    pub active_contracts: Vec<Uuid>,
}

impl Account {
    /// The number as people write it.
    #[must_use]
    pub fn display_number(&self) -> String {
        display_number(self.number)
    }

    /// The same account, one version later.
    #[must_use]
    pub fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }

    /// # Errors
    /// 409 `account_final` for a closed or merged account, which no longer changes.
    pub fn check_open(&self) -> Result<(), Fault> {
        match self.status {
            AccountStatus::Closed | AccountStatus::Merged => {
                Err(Fault::conflict("account_final", format!("The account is {} and no longer changes.", self.status)))
            }
            _ => Ok(()),
        }
    }

    /// The account below another parent, or a root. `deepest` is the greatest depth of its subtree today.
    ///
    /// # Errors
    /// 409 `account_cycle`, `too_deep`, `account_final`.
    pub fn moved_below(self, parent: Option<&Self>, deepest: usize, touch: Touch) -> Result<Self, Fault> {
        self.check_open()?;
        let path = self.path.relocated(self.number, parent.map(|parent| &parent.path), deepest)?;
        Ok(Self { path, parent_id: parent.map(|parent| parent.id), ..self.touched(touch) })
    }

    fn stepped(self, step: AccountStep, touch: Touch) -> Result<Self, Fault> {
        let status = next_status(self.status, step)?;
        Ok(Self { status, ..self.touched(touch) })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn onboard(self, touch: Touch) -> Result<Self, Fault> {
        self.stepped(AccountStep::Onboard, touch)
    }

    /// Active from now on; a prospect becomes a customer by it.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn activate(self, touch: Touch) -> Result<Self, Fault> {
        let active = self.stepped(AccountStep::Activate, touch)?;
        let kind = if active.kind == AccountKind::Prospect { AccountKind::Customer } else { active.kind };
        Ok(Self { kind, ..active })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn hold(self, id: Uuid, kind: HoldKind, reason: String, touch: Touch) -> Result<Self, Fault> {
        let mut held = self.stepped(AccountStep::Hold, touch)?;
        held.holds.push(Hold { id, kind, reason, placed_at: touch.at, placed_by: touch.by });
        Ok(held)
    }

    /// Lifts one hold; with the last one the account is active again.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 404 for an unknown hold.
    pub fn release(self, hold: Uuid, touch: Touch) -> Result<Self, Fault> {
        let status = next_status(self.status, AccountStep::Release)?;
        let mut next = self.touched(touch);
        let before = next.holds.len();
        next.holds.retain(|held| held.id != hold);
        if next.holds.len() == before {
            return Err(Fault::not_found("hold"));
        }
        if next.holds.is_empty() {
            next.status = status;
        }
        Ok(next)
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn start_closing(self, touch: Touch) -> Result<Self, Fault> {
        self.stepped(AccountStep::StartClosing, touch)
    }

    /// Closes the account; a customer becomes a former one. A stated reason overrides what stands in the way.
    ///
    /// # Errors
    /// 409 `account_in_use` naming the contracts; 409 `illegal_transition`.
    pub fn close(self, obstacles: &Obstacles, override_reason: Option<&str>, touch: Touch) -> Result<Self, Fault> {
        let mut closed = self.stepped(AccountStep::Close, touch)?;
        if !obstacles.active_contracts.is_empty() && override_reason.is_none() {
            return Err(Fault::conflict(
                "account_in_use",
                "The account has active contracts; end them first, or state a reason to override.",
            )
            .with_conflicts(obstacles.active_contracts.iter().copied()));
        }
        if closed.kind == AccountKind::Customer {
            closed.kind = AccountKind::Former;
        }
        Ok(closed)
    }
}

/// `A-1042`.
#[must_use]
pub fn display_number(number: i64) -> String {
    format!("A-{number}")
}
