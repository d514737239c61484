//! The holidays of England and of New South Wales.

use chrono::Weekday::Mon;

use super::Region;
use super::rule::{Rule, TO_MONDAY, TWO_DAYS_ON, decreed, fixed, from_easter, nth, on_or_before};

pub(super) const REGIONS: &[Region] = &[
    Region { code: "GB-ENG", base: ENGLAND, without: &[], own: &[], observance: None },
    Region { code: "AU-NSW", base: NEW_SOUTH_WALES, without: &[], own: &[], observance: None },
];

const NEW_YEAR: Rule = fixed("New Year's Day", 1, 1).observed(TO_MONDAY);
const GOOD_FRIDAY: Rule = from_easter("Good Friday", -2);
const EASTER_MONDAY: Rule = from_easter("Easter Monday", 1);
const CHRISTMAS: Rule = fixed("Christmas Day", 12, 25).observed(TWO_DAYS_ON);
const BOXING: Rule = fixed("Boxing Day", 12, 26).observed(TWO_DAYS_ON);

/// Banking and Financial Dealings Act 1971, and proclamations.
const ENGLAND: &[Rule] = &[
    NEW_YEAR,
    GOOD_FRIDAY,
    EASTER_MONDAY,
    // In 2020 moved to the anniversary of the end of the war.
    decreed("May Day", &[(2020, 5, 8)]),
    nth("May Day", 1, Mon, 5).since(2021),
    on_or_before("Spring Bank Holiday", Mon, 5, 31).until(2021),
    decreed("Spring Bank Holiday", &[(2022, 6, 2)]),
    on_or_before("Spring Bank Holiday", Mon, 5, 31).since(2023),
    on_or_before("Late Summer Bank Holiday", Mon, 8, 31),
    CHRISTMAS,
    BOXING,
    decreed("Platinum Jubilee of Elizabeth II", &[(2022, 6, 3)]),
    decreed("State Funeral of Queen Elizabeth II", &[(2022, 9, 19)]),
    decreed("Coronation of Charles III", &[(2023, 5, 8)]),
];

const ANZAC: Rule = fixed("ANZAC Day", 4, 25);

/// Public Holidays Act 2010 (NSW), and proclamations.
const NEW_SOUTH_WALES: &[Rule] = &[
    NEW_YEAR,
    fixed("Australia Day", 1, 26).moved(TO_MONDAY),
    GOOD_FRIDAY,
    from_easter("Easter Saturday", -1),
    from_easter("Easter Sunday", 0),
    EASTER_MONDAY,
    // An extra day was proclaimed for 2026 and 2027 only.
    ANZAC.until(2025),
    ANZAC.since(2026).until(2027).observed(TO_MONDAY),
    ANZAC.since(2028),
    nth("Queen's Birthday", 2, Mon, 6).until(2022),
    nth("King's Birthday", 2, Mon, 6).since(2023),
    decreed("National Day of Mourning for Queen Elizabeth II", &[(2022, 9, 22)]),
    nth("Labor Day", 1, Mon, 10),
    CHRISTMAS,
    BOXING,
];
