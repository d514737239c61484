//! Emergencies: somebody is found who takes charge, the danger is contained, and the customer hears of it from a person.
//!
//! One is raised when a ticket becomes a service emergency, or by hand, and pages the people on call until anybody acknowledges it.
//! While it is open its ticket can be neither resolved, deleted, marked as spam nor merged away: it ends only by closing the loop
//! with the customer, in words of a person later than acknowledgement and containment, or by calling it off with a reason. A ticket
//! names the one that is open on it; its row is held by whoever changes its emergency in a person's name.

pub(crate) mod commands;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod paging;
pub(crate) mod settings;
pub(crate) mod state;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod wire;

use platform::permissions;

permissions! {
    /// Read emergencies: customers those on their own tickets, and of each only how it stands.
    pub ReadEmergencies = "emergencies:read";
    /// Raise emergencies and say what the hazard is.
    pub WriteEmergencies = "emergencies:write";
    /// Take charge of emergencies until the loop is closed.
    pub WorkEmergencies = "emergencies:work";
    /// Call an emergency off that was none.
    pub CallOffEmergencies = "emergencies:call-off";
}
