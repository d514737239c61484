//! The worked examples of the acceptance document that the engine alone decides, with their numbers.

use kernel::id::{AccountId, BranchId, ContractId};
use kernel::{Currency, FxRate, Period, Rounding};

use super::context::{Context, ContractTerms};
use super::index::{BookKind, Entry, Known, Selector, Subject};
use super::item::{Conversion, Item};
use super::line::{Exchange, PriceQuery, price_line};
use super::samples::{book, day, entry, flat, index, instant, item, listed, minimum, query, site, tiers};
use super::terms::Terms;
use super::trace::StepKind;
use super::{Book, PriceIndex};

const DRUM: [(&str, &str); 3] = [("0", "185.00"), ("5", "172.50"), ("10", "160.00")];

fn total(index: &PriceIndex, query: &PriceQuery<'_>) -> String {
    price_line(index, &Context::default(), query).unwrap().calculated.total.to_string()
}

fn code(index: &PriceIndex, context: &Context, query: &PriceQuery<'_>) -> String {
    price_line(index, context, query).unwrap_err().code.to_string()
}

#[test]
fn twelve_drums_fall_short_of_the_line_minimum_by_volume() {
    let drum = item("DRUM55", "each");
    let mut price = entry(&drum, Terms::Volume { tiers: tiers(&DRUM) });
    price.min_charge = minimum("2000.00");
    let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![price]), None)]);
    let context = Context::default();
    let line = price_line(&index, &context, &query(&drum, "12", "each")).unwrap();
    let amounts: Vec<String> = line.calculated.components.iter().map(|component| component.amount.to_string()).collect();
    assert_eq!(amounts, ["1920.00", "80.00"]);
    assert_eq!(line.calculated.total.to_string(), "2000.00");
    for amount in ["160.00", "1920.00", "80.00", "2000.00"] {
        assert!(line.trace.steps.get().contains(&format!("\"output\":\"{amount}\"")), "{amount} in {}", line.trace.steps);
    }
    assert_eq!(total(&index, &query(&drum, "0", "each")), "0.00", "nothing bought, no minimum");
}

#[test]
fn twelve_drums_by_slices_reach_the_minimum() {
    let drum = item("DRUM55", "each");
    let mut price = entry(&drum, Terms::Graduated { tiers: tiers(&DRUM) });
    price.min_charge = minimum("2000.00");
    let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![price]), None)]);
    let context = Context::default();
    let line = price_line(&index, &context, &query(&drum, "12", "each")).unwrap();
    assert_eq!(line.calculated.total.to_string(), "2107.50");
    for slice in ["925.00", "862.50", "320.00"] {
        assert!(line.trace.steps.get().contains(&format!("\"output\":\"{slice}\"")), "{slice}");
    }
    let later = PriceQuery { prior: "10".parse().unwrap(), ..query(&drum, "2", "each") };
    assert!(price_line(&index, &context, &later).unwrap().trace.steps.get().contains("\"output\":\"320.00\""));
}

struct Precedence {
    drum: Item,
    index: PriceIndex,
    context: Context,
    site: kernel::id::SiteId,
}

fn precedence(account_currency: Currency) -> Precedence {
    let (drum, site) = (item("DRUM55", "each"), site());
    let (account, branch) = (AccountId::generate(), BranchId::generate());
    let mut at_site = entry(&drum, flat("158"));
    at_site.site = Some(site);
    let mut own = entry(&drum, flat("149"));
    own.currency = account_currency;
    let contract = ContractTerms {
        contract: ContractId::generate(),
        number: "C-1".into(),
        version: 1,
        distance: 0,
        period: Period::new(day("2026-01-01"), Some(day("2026-07-01"))).unwrap(),
        sites: None,
        closed: false,
        precedence: 1,
        service_lines: Vec::new(),
        discount: None,
        lines: vec![entry(&drum, flat("162")), at_site],
    };
    let index = index(
        std::slice::from_ref(&drum),
        vec![
            (book("ACCT", BookKind::Account, vec![own]), Some(Subject::Account(account))),
            (book("BR", BookKind::Branch, vec![entry(&drum, flat("171"))]), Some(Subject::Branch(branch))),
            (book("STD", BookKind::Standard, vec![entry(&drum, flat("160"))]), None),
        ],
    );
    let context = Context { account: Some(account), branch: Some(branch), contracts: vec![contract], ..Context::default() };
    Precedence { drum, index, context, site }
}

#[test]
fn the_contract_price_at_the_site_wins_though_the_account_is_cheaper() {
    let case = precedence(Currency::USD);
    let asked = PriceQuery { account: case.context.account, site: Some(case.site), ..query(&case.drum, "1", "each") };
    let line = price_line(&case.index, &case.context, &asked).unwrap();
    assert_eq!(line.calculated.total.to_string(), "158.00");
    assert_eq!(line.selection.unwrap().source.level, "1a");
    let steps: Vec<super::trace::TraceStep> = serde_json::from_str(line.trace.steps.get()).unwrap();
    assert_eq!(steps.iter().filter(|step| step.kind == StepKind::Select).count(), 1);
    assert_eq!(steps.iter().filter(|step| step.kind == StepKind::Reject).count(), 4);
}

#[test]
fn a_price_for_the_profile_comes_before_the_items_own_and_holds_for_no_other() {
    let drum = item("DRUM55", "each");
    let (profile, other) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    let profiled = Entry { profile: Some(profile), ..entry(&drum, flat("190")) };
    let wide = Entry { profile: Some(profile), selector: Selector::ServiceLine("waste".into()), ..entry(&drum, flat("99")) };
    let list = book("STD", BookKind::Standard, vec![entry(&drum, flat("160")), profiled, wide]);
    let index = index(std::slice::from_ref(&drum), vec![(list, None)]);
    let price = |profile| {
        let asked = PriceQuery { profile, ..query(&drum, "1", "each") };
        price_line(&index, &Context::default(), &asked).unwrap().calculated.total.to_string()
    };
    assert_eq!([None, Some(profile), Some(other)].map(price), ["160.00", "190.00", "160.00"]);
}

#[test]
fn levels_fall_through_when_a_contract_ends_or_a_currency_differs() {
    let case = precedence(Currency::USD);
    let after = PriceQuery { site: Some(case.site), price_date: day("2026-07-01"), ..query(&case.drum, "1", "each") };
    assert_eq!(price_line(&case.index, &case.context, &after).unwrap().calculated.total.to_string(), "149.00");
    let cad = precedence(Currency::CAD);
    let after = PriceQuery { price_date: day("2026-07-01"), ..query(&cad.drum, "1", "each") };
    let line = price_line(&cad.index, &cad.context, &after).unwrap();
    assert_eq!(line.calculated.total.to_string(), "171.00");
    assert!(line.trace.steps.get().contains("wrong_currency"));
    assert!(line.trace.steps.get().contains("contract_inactive"));
}

#[test]
fn a_closed_contract_sells_only_what_it_names() {
    let mut case = precedence(Currency::USD);
    case.context.contracts[0].closed = true;
    case.context.contracts[0].lines.clear();
    assert_eq!(code(&case.index, &case.context, &query(&case.drum, "1", "each")), "not_in_contract");
}

#[test]
fn no_price_names_the_levels_searched() {
    let case = precedence(Currency::USD);
    let asked = PriceQuery { currency: Currency::JPY, ..query(&case.drum, "1", "each") };
    let fault = price_line(&case.index, &case.context, &asked).unwrap_err();
    assert_eq!(fault.code, "no_price");
    assert_eq!(fault.facts, [("levels_searched", r#"["1b","2b","3b","4"]"#.to_owned())]);
}

#[test]
fn equal_prices_are_never_picked_from() {
    let drum = item("DRUM55", "each");
    let twice = vec![entry(&drum, flat("1")), entry(&drum, flat("2"))];
    let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, twice), None)]);
    let fault = price_line(&index, &Context::default(), &query(&drum, "1", "each")).unwrap_err();
    assert_eq!((fault.code.as_ref(), fault.conflicts.len()), ("ambiguous_price", 2));
}

#[test]
fn a_correction_is_known_only_after_it_was_published() {
    let drum = item("B", "each");
    let mut old = listed(entry(&drum, flat("106.50")));
    let corrected_at = instant("2026-07-10T15:00:00Z");
    old.known = [Known { until: Some(corrected_at), ..old.known[0] }].into();
    let mut new = listed(entry(&drum, flat("105.00")));
    new.known = [Known { from: corrected_at, until: None }].into();
    let mut std = Book::new(kernel::id::PricebookId::generate(), "STD", Currency::USD, BookKind::Standard);
    std.list(old);
    std.list(new);
    let index = index(std::slice::from_ref(&drum), vec![(std, None)]);
    let on = |known_at: &str| PriceQuery { price_date: day("2026-07-03"), known_at: instant(known_at), ..query(&drum, "1", "each") };
    assert_eq!(total(&index, &on("2026-07-05T12:00:00Z")), "106.50");
    assert_eq!(total(&index, &on("2026-07-11T12:00:00Z")), "105.00");
}

#[test]
fn units_convert_exactly_and_the_asked_unit_is_preferred() {
    let mut oil = item("OIL", "gal");
    oil.conversions = vec![Conversion { uom: "tote".into(), numerator: 275, denominator: 1 }];
    let per_gallon = entry(&oil, flat("0.8125"));
    let std = |entries| vec![(book("STD", BookKind::Standard, entries), None)];
    let listed = index(std::slice::from_ref(&oil), std(vec![per_gallon.clone()]));
    assert_eq!(total(&listed, &query(&oil, "3", "tote")), "670.31");
    let mut direct = entry(&oil, flat("221.00"));
    direct.uom = "tote".into();
    let both = index(std::slice::from_ref(&oil), std(vec![per_gallon, direct]));
    assert_eq!(total(&both, &query(&oil, "3", "tote")), "663.00");
    let mut bolt = item("BOLT", "each");
    bolt.conversions = vec![Conversion { uom: "M".into(), numerator: 1_000, denominator: 1 }];
    let mut per_thousand = entry(&bolt, flat("3500.00"));
    per_thousand.uom = "M".into();
    let bolts = index(std::slice::from_ref(&bolt), std(vec![per_thousand]));
    assert_eq!(total(&bolts, &query(&bolt, "37", "each")), "129.50");
}

#[test]
fn currency_conversion_keeps_six_decimals_and_rounds_the_line() {
    let drum = item("DRUM55", "each");
    let index_of = |terms| index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![entry(&drum, terms)]), None)]);
    let index = index_of(flat("185.00"));
    let exchanges =
        [Exchange { id: kernel::id::ExchangeRateId::generate(), from: Currency::USD, rate: "1.3625".parse::<FxRate>().unwrap() }];
    let allowed = PriceQuery { currency: Currency::CAD, exchanges: &exchanges, ..query(&drum, "12", "each") };
    assert_eq!(total(&index, &allowed), "3024.75");
    let refused = PriceQuery { currency: Currency::CAD, ..query(&drum, "12", "each") };
    assert_eq!(code(&index, &Context::default(), &refused), "no_price");
}

#[test]
fn the_book_says_how_halves_are_rounded() {
    let drum = item("DRUM55", "each");
    for (price, mode, currency, expected) in [
        ("2.665", Rounding::HalfUp, Currency::USD, "2.67"),
        ("2.665", Rounding::HalfEven, Currency::USD, "2.66"),
        ("-2.665", Rounding::HalfUp, Currency::USD, "-2.67"),
        ("-2.665", Rounding::HalfEven, Currency::USD, "-2.66"),
        ("1234.5", Rounding::HalfUp, Currency::JPY, "1235"),
        ("1234.5", Rounding::HalfEven, Currency::JPY, "1234"),
    ] {
        let mut price = entry(&drum, flat(price));
        price.currency = currency;
        let mut std = book("STD", BookKind::Standard, vec![price]);
        std.rounding = mode;
        let index = index(std::slice::from_ref(&drum), vec![(std, None)]);
        assert_eq!(total(&index, &PriceQuery { currency, ..query(&drum, "1", "each") }), expected);
    }
}

#[test]
fn a_given_price_bypasses_the_list_and_the_trace_shows_both() {
    let drum = item("DRUM55", "each");
    let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![entry(&drum, flat("160.00"))]), None)]);
    let asked = PriceQuery { given: Some("150.00".parse().unwrap()), ..query(&drum, "12", "each") };
    let context = Context::default();
    let line = price_line(&index, &context, &asked).unwrap();
    assert_eq!((line.calculated.total.to_string(), line.list_total.unwrap().to_string()), ("1800.00".into(), "1920.00".into()));
    assert!(line.trace.steps.get().contains(r#""kind":"override","rule":"given_price","input":"1920.00","output":"150.00""#));
}

#[test]
fn a_contract_discount_is_taken_from_lower_levels_before_rounding() {
    let mut case = precedence(Currency::USD);
    case.context.contracts[0].lines.clear();
    case.context.contracts[0].discount = Some("0.075".parse().unwrap());
    let line = price_line(&case.index, &case.context, &query(&case.drum, "3", "each")).unwrap();
    assert_eq!((line.calculated.total.to_string(), line.calculated.discount.to_string()), ("413.48".into(), "0.075".into()));
    assert!(line.trace.steps.get().contains("contract_discount"));
}

#[test]
fn the_paper_that_goes_first_wins_among_an_accounts_contracts() {
    let mut case = precedence(Currency::USD);
    let mut order_form = case.context.contracts[0].clone();
    order_form.precedence = 0;
    order_form.lines = vec![entry(&case.drum, flat("165"))];
    case.context.contracts.push(order_form);
    let line = price_line(&case.index, &case.context, &query(&case.drum, "1", "each")).unwrap();
    assert_eq!(line.calculated.total.to_string(), "165.00");
    case.context.contracts[1].service_lines = vec!["pest".into()];
    let line = price_line(&case.index, &case.context, &query(&case.drum, "1", "each")).unwrap();
    assert_eq!(line.calculated.total.to_string(), "162.00");
}
