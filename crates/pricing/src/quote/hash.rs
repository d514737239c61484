//! The hash of what was offered: two versions with one hash are the same offer.

use chrono::NaiveDate;
use kernel::id::SiteId;
use kernel::{Currency, Money, Quantity, UnitPrice};
use platform::problem::Problem;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::charges::QuoteCharge;
use super::choice::OptionGroup;
use super::model::{QuoteLine, QuoteVersion};
use crate::engine::trace::hex;

/// What a version's hash covers: everything commercial, nothing else.
#[derive(Serialize)]
struct HashedLine<'a> {
    item: &'a str,
    quantity: Quantity,
    uom: &'a str,
    site: Option<SiteId>,
    unit_price: Option<UnitPrice>,
    components: &'a Value,
    option_group: &'a Option<String>,
    preselected: bool,
    limits: (Option<Quantity>, Option<Quantity>),
}

#[derive(Serialize)]
struct HashedContent<'a> {
    valid_until: NaiveDate,
    currency: Currency,
    total: Money,
    terms: &'a Option<String>,
    term_months: Option<u16>,
    option_groups: &'a [OptionGroup],
    not_to_exceed: Option<Money>,
    document_total: Money,
    top_ups: &'a [QuoteCharge],
    surcharges: &'a [QuoteCharge],
    lines: Vec<HashedLine<'a>>,
}

/// The hash of a version's commercial content.
///
/// # Errors
/// `internal`, which no value of these types causes.
pub fn content_hash(version: &QuoteVersion, lines: &[QuoteLine]) -> Result<String, Problem> {
    let hashed = |line| {
        let QuoteLine { item_code, quantity, uom, site, unit_price, components, choice, .. }: &QuoteLine = line;
        let (option_group, preselected, limits) = (&choice.group, choice.preselected, (choice.least, choice.most));
        HashedLine {
            item: item_code,
            quantity: *quantity,
            uom,
            site: *site,
            unit_price: *unit_price,
            components,
            option_group,
            preselected,
            limits,
        }
    };
    let content = HashedContent {
        valid_until: version.valid_until,
        currency: version.total.currency(),
        total: version.total,
        terms: &version.terms,
        term_months: version.term_months,
        option_groups: &version.option_groups,
        not_to_exceed: version.not_to_exceed,
        document_total: version.charges.document_total,
        top_ups: &version.charges.top_ups,
        surcharges: &version.charges.surcharges,
        lines: lines.iter().map(hashed).collect(),
    };
    Ok(hex(&Sha256::digest(serde_json::to_vec(&content)?)))
}
