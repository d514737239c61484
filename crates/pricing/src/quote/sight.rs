//! How much of a quote a caller sees: customers nothing internal, and only those who may read costs what follows from these.

use platform::caller::Caller;

use crate::permission::ReadItemCosts;

/// How much of a quote a caller sees.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    internal: bool,
    costs: bool,
}

impl Sight {
    /// What the caller may see.
    pub fn of<P>(caller: &Caller<P>) -> Self {
        Self { internal: !caller.scope().is_customer(), costs: caller.may::<ReadItemCosts>() && !caller.scope().is_customer() }
    }

    /// What is for staff only.
    pub(super) fn internal<T>(self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.internal)
    }

    /// What is for those who may read costs.
    pub(super) fn cost<T>(self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.costs)
    }
}
