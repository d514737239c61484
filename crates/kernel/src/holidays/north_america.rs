//! The holidays of the United States, Canada and Mexico, and of their parts where contracts are kept.

use chrono::Weekday::{Fri, Mon, Thu};

use super::Region;
use super::rule::{
    DAYS_BEFORE, NEAREST, Rule, SUNDAY_TO_MONDAY, TO_MONDAY, TWO_DAYS_ON, after_nth, decreed, fixed, from_easter, nth, on_or_before,
};

pub(super) const REGIONS: &[Region] = &[
    US,
    state("US-AZ", &["Martin Luther King Jr. Day", "Washington's Birthday"], ARIZONA),
    state("US-CA", &["Washington's Birthday", "Columbus Day"], CALIFORNIA),
    state("US-HI", &["Washington's Birthday", "Columbus Day"], HAWAII),
    state("US-IL", &[], ILLINOIS),
    state("US-LA", &["Columbus Day"], LOUISIANA),
    // Massachusetts moves a Sunday's holiday to Monday and leaves a Saturday's where it is.
    Region { observance: Some(SUNDAY_TO_MONDAY), ..state("US-MA", &[], MASSACHUSETTS) },
    state("US-NY", &[], NEW_YORK),
    state("US-TX", &["Washington's Birthday", "Columbus Day"], TEXAS),
    state("US-WA", &["Washington's Birthday", "Columbus Day"], WASHINGTON),
    CANADA,
    province("CA-AB", &["Canada Day"], ALBERTA),
    province("CA-BC", &["Canada Day"], BRITISH_COLUMBIA),
    province("CA-NL", &["Canada Day"], NEWFOUNDLAND),
    province("CA-ON", &[], ONTARIO),
    province("CA-QC", &["Canada Day"], QUEBEC),
    Region { code: "MX", base: MEXICAN, without: &[], own: &[], observance: None },
];

const US: Region = Region { code: "US", base: FEDERAL, without: &[], own: &[], observance: None };
const CANADA: Region = Region { code: "CA", base: CANADIAN, without: &[], own: &[], observance: None };

const fn state(code: &'static str, without: &'static [&'static str], own: &'static [Rule]) -> Region {
    Region { code, without, own, ..US }
}

const fn province(code: &'static str, without: &'static [&'static str], own: &'static [Rule]) -> Region {
    Region { code, without, own, ..CANADA }
}

/// 5 U.S.C. 6103.
const FEDERAL: &[Rule] = &[
    fixed("New Year's Day", 1, 1).observed(NEAREST),
    nth("Martin Luther King Jr. Day", 3, Mon, 1),
    nth("Washington's Birthday", 3, Mon, 2),
    on_or_before("Memorial Day", Mon, 5, 31),
    fixed("Juneteenth National Independence Day", 6, 19).since(2021).observed(NEAREST),
    fixed("Independence Day", 7, 4).observed(NEAREST),
    nth("Labor Day", 1, Mon, 9),
    nth("Columbus Day", 2, Mon, 10),
    fixed("Veterans Day", 11, 11).observed(NEAREST),
    nth("Thanksgiving Day", 4, Thu, 11),
    fixed("Christmas Day", 12, 25).observed(NEAREST),
];

const PRESIDENTS: Rule = nth("Presidents' Day", 3, Mon, 2);
const LINCOLN: Rule = fixed("Lincoln's Birthday", 2, 12).observed(NEAREST);
const SUSAN_B_ANTHONY: Rule = fixed("Susan B. Anthony Day", 2, 15);
const CESAR_CHAVEZ: Rule = fixed("Cesar Chavez Day", 3, 31);
/// The Tuesday after the first Monday in November.
const ELECTION: Rule = after_nth("Election Day", 1, Mon, 11, 1);
const GENERAL_ELECTION: Rule = ELECTION.since(2000).every(2);
const GOOD_FRIDAY: Rule = from_easter("Good Friday", -2);

const ARIZONA: &[Rule] =
    &[nth("Dr. Martin Luther King Jr. / Civil Rights Day", 3, Mon, 1), nth("Lincoln/Washington Presidents' Day", 3, Mon, 2)];

const CALIFORNIA: &[Rule] = &[
    SUSAN_B_ANTHONY,
    PRESIDENTS,
    CESAR_CHAVEZ.observed(SUNDAY_TO_MONDAY),
    after_nth("Day After Thanksgiving", 4, Thu, 11, 1),
    // A state holiday from 2026; it follows the Hindu calendar, so its days are written down.
    decreed("Diwali", &[(2026, 11, 8), (2027, 10, 29), (2028, 10, 17), (2029, 11, 5), (2030, 10, 26)]),
];

const HAWAII: &[Rule] = &[
    PRESIDENTS,
    fixed("Prince Jonah Kuhio Kalanianaole Day", 3, 26).observed(NEAREST),
    fixed("Kamehameha Day", 6, 11).observed(NEAREST),
    nth("Statehood Day", 3, Fri, 8),
    GENERAL_ELECTION,
];

const ILLINOIS: &[Rule] = &[LINCOLN, nth("Casimir Pulaski Day", 1, Mon, 3), GENERAL_ELECTION];

const LOUISIANA: &[Rule] = &[from_easter("Mardi Gras", -47), GOOD_FRIDAY, GENERAL_ELECTION];

const MASSACHUSETTS: &[Rule] = &[nth("Patriots' Day", 3, Mon, 4)];

const NEW_YORK: &[Rule] = &[LINCOLN, SUSAN_B_ANTHONY, ELECTION];

const TEXAS: &[Rule] = &[
    fixed("Confederate Memorial Day", 1, 19),
    PRESIDENTS,
    fixed("Texas Independence Day", 3, 2),
    CESAR_CHAVEZ,
    GOOD_FRIDAY,
    fixed("San Jacinto Day", 4, 21),
    fixed("Emancipation Day In Texas", 6, 19),
    fixed("Lyndon Baines Johnson Day", 8, 27),
    after_nth("Friday After Thanksgiving", 4, Thu, 11, 1),
    fixed("Christmas Eve", 12, 24).observed(DAYS_BEFORE),
    fixed("Day After Christmas", 12, 26),
];

const WASHINGTON: &[Rule] = &[PRESIDENTS, after_nth("Native American Heritage Day", 4, Thu, 11, 1)];

const CANADIAN: &[Rule] = &[
    fixed("New Year's Day", 1, 1).observed(TO_MONDAY),
    GOOD_FRIDAY,
    CANADA_DAY,
    nth("Labor Day", 1, Mon, 9),
    fixed("Christmas Day", 12, 25).observed(TO_MONDAY),
];

const CANADA_DAY: Rule = fixed("Canada Day", 7, 1);
const FAMILY: Rule = nth("Family Day", 3, Mon, 2);
/// The Monday before 25 May.
const VICTORIA: Rule = on_or_before("Victoria Day", Mon, 5, 24);
const THANKSGIVING: Rule = nth("Thanksgiving Day", 2, Mon, 10);
const REMEMBRANCE: Rule = fixed("Remembrance Day", 11, 11);
const QUEENS_FUNERAL: Rule = decreed("Funeral of Her Majesty the Queen Elizabeth II", &[(2022, 9, 19)]);

const ALBERTA: &[Rule] = &[FAMILY, VICTORIA, CANADA_DAY.observed(SUNDAY_TO_MONDAY), THANKSGIVING, REMEMBRANCE.observed(TO_MONDAY)];

const BRITISH_COLUMBIA: &[Rule] = &[
    FAMILY,
    VICTORIA,
    CANADA_DAY.observed(SUNDAY_TO_MONDAY),
    nth("British Columbia Day", 1, Mon, 8),
    fixed("National Day for Truth and Reconciliation", 9, 30).since(2023).observed(TO_MONDAY),
    THANKSGIVING,
    REMEMBRANCE,
    QUEENS_FUNERAL,
];

const NEWFOUNDLAND: &[Rule] =
    &[CANADA_DAY.observed(TO_MONDAY), fixed("Memorial Day", 7, 1).observed(TO_MONDAY), REMEMBRANCE.observed(TO_MONDAY), QUEENS_FUNERAL];

const ONTARIO: &[Rule] = &[FAMILY, VICTORIA, THANKSGIVING, fixed("Boxing Day", 12, 26).observed(TWO_DAYS_ON)];

const QUEBEC: &[Rule] = &[
    on_or_before("National Patriots' Day", Mon, 5, 24),
    fixed("Saint John the Baptist Day", 6, 24).observed(SUNDAY_TO_MONDAY),
    CANADA_DAY.observed(SUNDAY_TO_MONDAY),
    THANKSGIVING,
];

/// Ley Federal del Trabajo, article 74.
const MEXICAN: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    nth("Constitution Day", 1, Mon, 2),
    nth("Benito Juárez's birthday", 3, Mon, 3),
    fixed("Labor Day", 5, 1),
    fixed("Independence Day", 9, 16),
    nth("Revolution Day", 3, Mon, 11),
    fixed("Change of Federal Government", 10, 1).since(2024).every(6),
    fixed("Christmas Day", 12, 25),
];
