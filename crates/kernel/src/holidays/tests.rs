use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn named(region: &str, day: &str, observed: Observed) -> Option<String> {
    let day = date(day);
    let year = day.year();
    let all = Region::find(region).unwrap().holidays(year..=year, observed).unwrap();
    all.into_iter().find(|holiday| holiday.date == day).map(|holiday| holiday.name)
}

#[test]
fn easter_is_known_from_tables() {
    let sundays = [
        (1818, "1818-03-22"),
        (1943, "1943-04-25"),
        (1954, "1954-04-18"),
        (1981, "1981-04-19"),
        (2024, "2024-03-31"),
        (2038, "2038-04-25"),
    ];
    for (year, sunday) in sundays {
        assert_eq!(easter(year), Some(date(sunday)));
    }
}

#[test]
fn a_saturday_holiday_is_observed_on_friday_even_across_the_year() {
    assert_eq!(named("US", "2027-12-31", Observed::Listed).as_deref(), Some("New Year's Day (observed)"));
    assert_eq!(named("US", "2027-12-31", Observed::Omitted), None);
    assert_eq!(named("US-MA", "2027-12-31", Observed::Listed), None);
}

#[test]
fn a_date_that_moves_has_no_second_day() {
    assert_eq!(named("AU-NSW", "2030-01-28", Observed::Listed).as_deref(), Some("Australia Day"));
    assert_eq!(named("AU-NSW", "2030-01-26", Observed::Listed), None);
    assert_eq!(named("AU-NSW", "2030-01-26", Observed::Omitted).as_deref(), Some("Australia Day"));
}

#[test]
fn two_holidays_on_one_date_are_one_entry() {
    assert_eq!(named("US-CA", "2027-02-15", Observed::Listed).as_deref(), Some("Presidents' Day; Susan B. Anthony Day"));
}

#[test]
fn what_is_not_known_is_refused() {
    assert_eq!(Region::find("US-ZZ").unwrap_err().code, "unknown_region");
    let us = Region::find("US").unwrap();
    assert_eq!(us.holidays(2019..=2020, Observed::Listed).unwrap_err().code, "unsupported_years");
    assert_eq!(us.holidays(2030..=2031, Observed::Listed).unwrap_err().code, "unsupported_years");
}
