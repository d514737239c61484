//! The permissions of this service's operations.

use platform::permissions;

permissions! {
    /// Read branches.
    pub ReadBranches = "branches:read";
    /// Create and change branches.
    pub WriteBranches = "branches:write";
    /// Read accounts and their trees.
    pub ReadAccounts = "accounts:read";
    /// Create and change accounts.
    pub WriteAccounts = "accounts:write";
    /// Move accounts in their tree.
    pub MoveAccounts = "accounts:move";
    /// Place and lift holds.
    pub HoldAccounts = "accounts:hold";
    /// Close accounts.
    pub CloseAccounts = "accounts:close";
    /// Read all that decides an account's prices.
    pub ReadPricingContext = "pricing-context:read";
    /// Read sites.
    pub ReadSites = "sites:read";
    /// Create and change sites.
    pub WriteSites = "sites:write";
    /// Read contacts.
    pub ReadContacts = "contacts:read";
    /// Create and change contacts and what they may decide.
    pub WriteContacts = "contacts:write";
    /// Read who looks after whom.
    pub ReadAssignments = "assignments:read";
    /// Decide who looks after whom.
    pub WriteAssignments = "assignments:write";
    /// Read contracts and their prices.
    pub ReadContracts = "contracts:read";
    /// Negotiate contracts and their prices.
    pub WriteContracts = "contracts:write";
    /// Approve and reject contracts.
    pub ApproveContracts = "contracts:approve";
    /// Record signatures and starts of service.
    pub SignContracts = "contracts:sign";
}
