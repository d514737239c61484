//! What is wrong with the settings: the variable and the rule it breaks, never its value.

use std::fmt;

/// One variable's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    pub variable: String,
    /// What it should be.
    pub rule: &'static str,
}

/// Every fault of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl ConfigFaults {
    pub(super) fn add(&mut self, variable: &str, rule: &'static str) {
        self.0.push(ConfigFault { variable: variable.to_owned(), rule });
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the settings are not usable:")?;
        self.0.iter().try_for_each(|fault| write!(formatter, "\n  {} {}", fault.variable, fault.rule))
    }
}

impl std::error::Error for ConfigFaults {}
