//! Who a sender is to the accounts service: asked before the transaction, and never a condition for taking mail in.

use chrono::NaiveDate;
use clients::accounts::{Contact, contacts_by_email};
use kernel::id::{AccountId, BranchId, ContactId, SiteId};

use crate::Tickets;
use crate::intake::mime::Mail;
use crate::routing::engine::Facts;
use crate::routing::facts::Asked;
use crate::serving::Customer;

/// A sender that is a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownSender {
    pub contact: Option<ContactId>,
    pub account: Option<AccountId>,
    pub site: Option<SiteId>,
    /// The branch that serves them.
    pub branch: Option<BranchId>,
    pub facts: Facts,
}

impl KnownSender {
    /// What a ticket that is opened for the sender is routed by.
    pub(super) fn asked(&self) -> Asked {
        Asked { customer: Customer { account: self.account, site: self.site }, facts: self.facts.clone() }
    }
}

/// Looks the sender up; nothing is known when accounts cannot be asked, and the mail is taken in all the same.
pub(super) async fn look_up(app: &Tickets, mail: &Mail) -> KnownSender {
    let Some(sender) = mail.sender() else { return KnownSender::default() };
    match contacts_by_email(&*app.intake.peers, sender).await {
        Ok(contacts) => {
            let known = known(&contacts, app.clock.now().date_naive());
            let customer = Customer { account: known.account, site: known.site };
            let (branch, facts) = (app.serving.if_known(customer, None).await, app.facts(customer).await);
            KnownSender { branch, facts, ..known }
        }
        Err(problem) => {
            tracing::warn!(cause = problem.cause(), "the sender of a mail could not be looked up");
            KnownSender::default()
        }
    }
}

/// The one contact, account and site that a sender stands for; what is ambiguous is left to a person.
fn known(contacts: &[Contact], today: NaiveDate) -> KnownSender {
    let active = || contacts.iter().filter(|contact| contact.active);
    let roles = || active().flat_map(|contact| &contact.roles).filter(|role| role.holds_on(today));
    let account = only(roles().map(|role| role.account_id));
    let site = only(roles().map(|role| role.site_id)).flatten();
    let contact = only(active().map(|contact| contact.id));
    KnownSender { contact, account, site: site.filter(|_| account.is_some()), ..KnownSender::default() }
}

/// The value that all have in common.
fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contact(id: u128, accounts: &[u128]) -> Contact {
        let uuid = uuid::Uuid::from_u128;
        let roles: Vec<_> = accounts
            .iter()
            .map(|account| {
                json!({ "id": uuid(9), "account_id": uuid(*account), "site_id": null, "function": "buyer", "authorities": [],
                    "valid_from": "2020-01-01", "valid_until": null })
            })
            .collect();
        let value = json!({ "id": uuid(id), "version": 1, "name": "Jane", "email": "jane@acme.test", "phone": null, "mobile": null,
            "preferred": null, "active": true, "roles": roles });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_ambiguous_is_left_open() {
        let today = "2026-03-02".parse().unwrap();
        let one = known(&[contact(1, &[5, 5])], today);
        assert_eq!(one.account.map(|id| id.uuid().as_u128()), Some(5));
        assert!(one.contact.is_some());
        assert_eq!(known(&[contact(1, &[5, 6])], today).account, None);
        assert_eq!(known(&[contact(1, &[5]), contact(2, &[5])], today).contact, None);
        assert_eq!(known(&[], today), KnownSender::default());
    }
}
