//! A postal address as branches and sites have it, and the rules for its parts.
//!
//! Nothing here looks an address up: what the caller wrote is kept, apart from upper-casing codes.

use kernel::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// A postal address. In the United States and Canada the state or province and the postal code are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    #[schema(min_length = 1, max_length = 120, example = "200 Wacker Dr")]
    pub line1: String,
    /// Building, suite or dock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120, example = "Dock 4")]
    pub line2: Option<String>,
    #[schema(min_length = 1, max_length = 80, example = "Chicago")]
    pub city: String,
    /// State, province or region; its two-letter code in the United States and Canada.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, example = "IL")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 12, example = "60606")]
    pub postal_code: Option<String>,
    /// ISO 3166 two-letter country code.
    #[schema(pattern = "^[A-Z]{2}$", max_length = 2, example = "US")]
    pub country: String,
}

impl Address {
    /// The address with trimmed parts, or every fault of its parts under `pointer`.
    ///
    /// # Errors
    /// Field faults with pointers below `pointer`.
    pub fn checked(self, pointer: &str) -> Result<Self, Fault> {
        let trimmed = Self {
            line1: self.line1.trim().to_owned(),
            line2: self.line2.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()),
            city: self.city.trim().to_owned(),
            state: self.state.map(|state| state.trim().to_uppercase()).filter(|state| !state.is_empty()),
            postal_code: self.postal_code.map(|code| code.trim().to_uppercase()).filter(|code| !code.is_empty()),
            country: self.country.trim().to_uppercase(),
        };
        Fault::all(trimmed.faults().into_iter().map(|fault| fault.under(pointer)))?;
        Ok(trimmed)
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (pointer, text) in [("/line1", &self.line1), ("/city", &self.city)] {
            if text.is_empty() {
                faults.push(Fault::field(pointer, "required", "This part of the address is required."));
            }
        }
        if !has_postal_rules(&self.country) {
            return faults;
        }
        if !self.state.as_deref().is_some_and(|state| state.len() == 2 && state.bytes().all(|byte| byte.is_ascii_uppercase())) {
            faults.push(Fault::field("/state", "state_code", "The two-letter code of the state or province is required."));
        }
        if !self.postal_code.as_deref().is_some_and(|code| is_postal_code(&self.country, code)) {
            faults.push(Fault::field("/postal_code", "postal_code", "Expected a postal code such as 60606, 60606-1234 or K1A 0B1."));
        }
        faults
    }
}

fn has_postal_rules(country: &str) -> bool {
    matches!(country, "US" | "CA")
}

fn is_postal_code(country: &str, code: &str) -> bool {
    let shape: String = code
        .chars()
        .map(|one| match one {
            '0'..='9' => '9',
            'A'..='Z' => 'A',
            other => other,
        })
        .collect();
    match country {
        "US" => matches!(shape.as_str(), "99999" | "99999-9999"),
        _ => matches!(shape.as_str(), "A9A 9A9" | "A9A9A9"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chicago() -> Address {
        Address {
            line1: " 200 Wacker Dr ".to_owned(),
            line2: Some(String::new()),
            city: "Chicago".to_owned(),
            state: Some("il".to_owned()),
            postal_code: Some("60606".to_owned()),
            country: "US".to_owned(),
        }
    }

    #[test]
    fn parts_are_trimmed_and_codes_are_upper_case() {
        let address = chicago().checked("/address").unwrap();
        assert_eq!((address.line1.as_str(), address.line2, address.state.as_deref()), ("200 Wacker Dr", None, Some("IL")));
    }

    #[test]
    fn every_missing_part_is_named() {
        let bad = Address { city: "  ".to_owned(), state: None, postal_code: Some("6060".to_owned()), ..chicago() };
        let fault = bad.checked("/address").unwrap_err();
        let pointers: Vec<&str> = fault.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/address/city", "/address/state", "/address/postal_code"]);
    }

    #[test]
    fn other_countries_have_their_own_codes() {
        let paris = Address { state: None, postal_code: Some("75001".to_owned()), country: "FR".to_owned(), ..chicago() };
        assert!(paris.checked("").is_ok());
        let ottawa =
            Address { state: Some("ON".to_owned()), postal_code: Some("k1a 0b1".to_owned()), country: "CA".to_owned(), ..chicago() };
        assert_eq!(ottawa.checked("").unwrap().postal_code.as_deref(), Some("K1A 0B1"));
    }
}
