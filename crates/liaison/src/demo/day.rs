//! A coordinator's day as commands that anyone with curl and a shell can run.

use super::company::Company;
use super::people::People;

/// The script; it needs sh, curl, grep and cut.
pub(super) fn script(url: &str, people: &People, company: &Company) -> String {
    let (coordinator, coordinator_password) = people.with("coordinator");
    let (billing, billing_password) = people.with("billing");
    let (customer, customer_password) = people.with("customer");
    let settings = [
        ("LIAISON", url),
        ("COORDINATOR", coordinator),
        ("COORDINATOR_PASSWORD", coordinator_password),
        ("BILLING", billing),
        ("BILLING_PASSWORD", billing_password),
        ("CUSTOMER", customer),
        ("CUSTOMER_PASSWORD", customer_password),
        ("ACCOUNT", &company.account),
        ("SITE", &company.site),
        ("BRANCH", &company.branch),
        ("MAILBOX", company.mailbox),
        ("CUSTOMER_EMAIL", company.contact_email),
    ];
    let mut script = String::from("#!/bin/sh\n# A coordinator's day, by HTTP only.\nset -eu\n");
    for (name, value) in settings {
        script.push_str(&format!("{name}='{value}'\n"));
    }
    script.push_str(include_str!("day.sh"));
    script
}
