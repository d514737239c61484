//! What callers send and receive about accounts. Portal customers receive only what is theirs to know.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId};
use kernel::{Currency, Fault, PaymentTerms};
use platform::patch::present;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Account, AccountKind, AccountStatus, Hold, HoldKind, TaxReferences};
use super::path::TreePath;
use crate::checks::{all_sound, name, optional};

/// Names one account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AccountPath {
    /// The account.
    pub account_id: AccountId,
}

/// Names an account by the reference another system has for it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ExternalRefPath {
    /// The other system's reference.
    pub external_ref: String,
}

/// The content of a new account, or of one that another system keeps.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    #[schema(min_length = 1, max_length = 200, example = "Acme Foods")]
    pub name: String,
    #[schema(max_length = 200, example = "Acme Foods LLC")]
    pub legal_name: Option<String>,
    /// The account it stands below.
    pub parent_id: Option<AccountId>,
    /// `prospect` when absent.
    #[serde(rename = "type")]
    pub kind: Option<AccountKind>,
    #[schema(min_length = 1, max_length = 60, example = "strategic")]
    pub segment: Option<String>,
    pub currency: Currency,
    /// The payment terms of its orders' invoices; net30 when absent.
    pub payment_terms: Option<PaymentTerms>,
    pub tax: Option<TaxReferences>,
    /// The home branch.
    pub branch_id: Option<BranchId>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateAccount {
    /// The account `number`, below `parent`.
    ///
    /// # Errors
    /// Every field fault; 409 `too_deep`.
    pub fn into_account(self, number: i64, parent: Option<&Account>, touch: Touch) -> Result<Account, Fault> {
        let name = name(&self.name, "/name");
        let tax = self.tax.unwrap_or_default().checked("/tax");
        all_sound!(name, tax);
        let path = parent.map_or_else(|| Ok(TreePath::root(number)), |parent| parent.path.child(number))?;
        Ok(Account {
            id: AccountId::generate(),
            number,
            name: name?,
            legal_name: optional(self.legal_name),
            parent_id: parent.map(|parent| parent.id),
            path,
            kind: self.kind.unwrap_or(AccountKind::Prospect),
            segment: optional(self.segment),
            currency: self.currency,
            payment_terms: self.payment_terms.unwrap_or_default(),
            tax: tax?,
            status: AccountStatus::Prospect,
            holds: Vec::new(),
            branch_id: self.branch_id,
            external_ref: optional(self.external_ref),
            stamp: Stamp::new(touch),
        })
    }

    /// The whole content as a patch, for an account that exists already. Its place in the tree and its status have
    /// operations of their own and stay.
    #[must_use]
    pub fn into_patch(self) -> PatchAccount {
        PatchAccount {
            name: Some(self.name),
            legal_name: Some(self.legal_name),
            kind: self.kind,
            segment: Some(self.segment),
            currency: Some(self.currency),
            payment_terms: self.payment_terms,
            tax: Some(self.tax),
            branch_id: Some(self.branch_id),
            external_ref: None,
        }
    }
}

/// Changes of an account (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchAccount {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 200)]
    pub legal_name: Option<Option<String>>,
    #[serde(rename = "type")]
    pub kind: Option<AccountKind>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 60)]
    pub segment: Option<Option<String>>,
    pub currency: Option<Currency>,
    pub payment_terms: Option<PaymentTerms>,
    #[serde(default, deserialize_with = "present")]
    pub tax: Option<Option<TaxReferences>>,
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    pub external_ref: Option<Option<String>>,
}

impl PatchAccount {
    /// # Errors
    /// Every field fault; 409 `account_final` for a closed or merged account.
    pub fn apply(self, account: Account, touch: Touch) -> Result<Account, Fault> {
        account.check_open()?;
        let mut next = account.touched(touch);
        let name = self.name.map(|text| name(&text, "/name")).transpose();
        let tax = self.tax.map(|tax| tax.unwrap_or_default().checked("/tax")).transpose();
        all_sound!(name, tax);
        next.name = name?.unwrap_or(next.name);
        next.tax = tax?.unwrap_or(next.tax);
        next.legal_name = self.legal_name.map_or(next.legal_name, optional);
        next.kind = self.kind.unwrap_or(next.kind);
        next.segment = self.segment.map_or(next.segment, optional);
        next.currency = self.currency.unwrap_or(next.currency);
        next.payment_terms = self.payment_terms.unwrap_or(next.payment_terms);
        next.branch_id = self.branch_id.unwrap_or(next.branch_id);
        next.external_ref = self.external_ref.map_or(next.external_ref, optional);
        Ok(next)
    }
}

/// Where the account goes.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MoveAccount {
    /// The new parent; null makes it a root.
    pub parent_id: Option<AccountId>,
}

/// Why the account stands still.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HoldAccount {
    pub kind: HoldKind,
    #[schema(min_length = 1, max_length = 500, example = "Invoices 60 days overdue")]
    pub reason: String,
}

/// Which hold is lifted.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReleaseAccount {
    pub hold_id: Uuid,
}

/// Closing an account for good.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CloseAccount {
    /// Why it is closed in spite of active contracts.
    #[schema(min_length = 1, max_length = 500)]
    pub override_reason: Option<String>,
}

/// An account. Members about the organisation's own handling are absent for portal customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountView {
    pub id: AccountId,
    pub version: i64,
    /// For people: `A-1042`.
    #[schema(max_length = 20)]
    pub number: String,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(max_length = 200)]
    pub legal_name: Option<String>,
    #[serde(rename = "type")]
    pub kind: AccountKind,
    pub status: AccountStatus,
    pub currency: Currency,
    pub payment_terms: PaymentTerms,
    pub branch_id: Option<BranchId>,
    pub parent_id: Option<AccountId>,
    pub tax: TaxReferences,
    #[serde(flatten)]
    pub internal: Option<AccountInternals>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What only staff see of an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountInternals {
    /// Account numbers from the root down: `1042/1050/`.
    #[schema(max_length = 200)]
    pub path: String,
    /// 1 for a root.
    #[schema(maximum = 10)]
    pub depth: usize,
    #[schema(max_length = 60)]
    pub segment: Option<String>,
    #[schema(max_items = 1000)]
    pub holds: Vec<Hold>,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
}

impl AccountView {
    /// The view for callers with `scope`.
    #[must_use]
    pub fn of(account: &Account, scope: &RowScope) -> Self {
        let internal = (!scope.is_customer()).then(|| AccountInternals::from(account));
        let parent_id = account.parent_id.filter(|parent| !scope.is_customer() || scope.covers(None, Some(parent.uuid()), None));
        Self { parent_id, internal, ..Self::from(account) }
    }
}

/// The view for staff.
impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            version: account.stamp.version,
            number: account.display_number(),
            name: account.name.clone(),
            legal_name: account.legal_name.clone(),
            kind: account.kind,
            status: account.status,
            currency: account.currency,
            payment_terms: account.payment_terms,
            branch_id: account.branch_id,
            parent_id: account.parent_id,
            tax: account.tax.clone(),
            internal: Some(AccountInternals::from(account)),
            created_at: account.stamp.created_at,
            updated_at: account.stamp.updated_at,
        }
    }
}

impl From<&Account> for AccountInternals {
    fn from(account: &Account) -> Self {
        Self {
            path: account.path.to_string(),
            depth: account.path.depth(),
            segment: account.segment.clone(),
            holds: account.holds.clone(),
            external_ref: account.external_ref.clone(),
        }
    }
}

/// The identifiers of an account and everything below it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DescendantsView {
    /// The account itself first, then by place in the tree.
    #[schema(max_items = 100000)]
    pub data: Vec<Uuid>,
}
