use std::fmt::Write;

use chrono::NaiveDate;
use kernel::id::{AccountId, ContractId, ContractVersionId, SiteId};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use crate::contract::model::{
    Contract, ContractKind, ContractStatus, ContractStep, Coverage, CoverageMode, InForce, check_exclusive, next_status,
};

fn touch() -> Touch {
    Touch { by: Uuid::nil(), at: "2026-03-02T15:00:00Z".parse().unwrap() }
}

fn contract(account: AccountId, sites: &[SiteId], lines: &[&str]) -> Contract {
    let mode = if sites.is_empty() { CoverageMode::All } else { CoverageMode::List };
    Contract {
        id: ContractId::generate(),
        number: 1001,
        account_id: account,
        kind: ContractKind::Service,
        parent_id: None,
        title: "Services".to_owned(),
        status: ContractStatus::Draft,
        coverage: Coverage { mode, sites: sites.to_vec() },
        service_lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        current_version_id: ContractVersionId::generate(),
        submitted_fingerprint: None,
        approved_by: None,
        reason: None,
        external_ref: None,
        stamp: Stamp::new(touch()),
    }
}

#[test]
fn the_state_machine_has_these_steps_and_no_others() {
    let mut table = String::new();
    for status in ContractStatus::ALL {
        for step in ContractStep::ALL {
            if let Ok(next) = next_status(*status, *step) {
                writeln!(table, "{status} {step} {next}").unwrap();
            }
        }
    }
    let expected = "draft negotiate in_negotiation\ndraft revise draft\ndraft abandon abandoned\n\
        in_negotiation submit pending_approval\nin_negotiation revise in_negotiation\nin_negotiation abandon abandoned\n\
        pending_approval approve approved\npending_approval reject in_negotiation\npending_approval revise in_negotiation\n\
        pending_approval abandon abandoned\napproved send out_for_signature\napproved abandon abandoned\n\
        out_for_signature sign active\nout_for_signature abandon abandoned\nactive expire expired\nactive terminate terminated\n";
    assert_eq!(table, expected);
}

#[test]
fn a_commercial_change_voids_the_submission_and_text_does_not() {
    let pending = contract(AccountId::generate(), &[], &[]);
    let pending = pending.stepped(ContractStep::Negotiate, touch()).unwrap().submit("before".to_owned(), touch()).unwrap();
    let text = pending.clone().edited("before", "before", touch()).unwrap();
    assert_eq!((text.status, text.stamp.version), (ContractStatus::PendingApproval, 4));
    assert_eq!(text.approve("other", touch()).unwrap_err().code, "terms_changed");
    let commercial = pending.clone().edited("before", "after", touch()).unwrap();
    assert_eq!((commercial.status, commercial.submitted_fingerprint), (ContractStatus::InNegotiation, None));
    let approved = pending.approve("before", touch()).unwrap();
    assert_eq!(approved.edited("before", "after", touch()).unwrap_err().code, "illegal_transition");
}

#[test]
fn one_active_contract_covers_a_site_and_service_line() {
    let day = |text: &str| -> Option<NaiveDate> { Some(text.parse().unwrap()) };
    let account = AccountId::generate();
    let (north, south) = (SiteId::generate(), SiteId::generate());
    let current = contract(account, &[north], &["waste"]);
    let held = InForce { contract: &current, start: day("2026-01-01"), end: day("2027-01-01") };
    let check = |other: &Contract, start: Option<NaiveDate>, end: Option<NaiveDate>| {
        check_exclusive(InForce { contract: other, start, end }, &[held])
    };
    let same = contract(account, &[], &[]);
    let fault = check(&same, day("2026-06-01"), None).unwrap_err();
    assert_eq!((&*fault.code, fault.conflicts.clone()), ("contract_overlap", vec![current.id.uuid(), same.id.uuid()]));
    assert!(check(&same, day("2027-01-01"), None).is_ok());
    assert!(check(&same, None, None).is_err(), "a start that is not known yet counts from the beginning");
    assert!(check(&contract(account, &[south], &["waste"]), day("2026-06-01"), None).is_ok());
    assert!(check(&contract(account, &[north], &["pest"]), day("2026-06-01"), None).is_ok());
    assert!(check(&contract(AccountId::generate(), &[], &[]), day("2026-06-01"), None).is_ok());
    let child = Contract { parent_id: Some(ContractId::generate()), ..same.clone() };
    let master = Contract { kind: ContractKind::Msa, ..same };
    assert!(check(&child, day("2026-06-01"), None).is_ok() && check(&master, day("2026-06-01"), None).is_ok());
}
