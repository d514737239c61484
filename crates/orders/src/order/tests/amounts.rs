//! What is billed is what was ordered, to the minor unit, however prices and quantities fall.

use chrono::{DateTime, Utc};
use kernel::id::new_uuid;
use kernel::{Currency, Quantity, Rate, UnitPrice};
use platform::stamp::Touch;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::billable::NewBillable;
use crate::order::entity::Model;
use crate::order::line_entity::Model as Line;
use crate::order::model::Order;
use crate::order::price::{PricedLines, direct};
use crate::order::request::{CompleteOrder, DoneLine, GivenPrice, OrderLineInput};

fn now() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn line(unit_price: i64, quantity: i64, discount: i64) -> OrderLineInput {
    let given = GivenPrice {
        unit_price: UnitPrice::from_scaled(unit_price),
        discount_rate: Some(Rate::from_scaled(discount)),
        reason: "Imported".to_owned(),
    };
    OrderLineInput {
        item_id: None,
        item_code: Some("SKU".to_owned()),
        quantity: Quantity::from_scaled(quantity),
        uom: None,
        site_id: None,
        given: Some(given),
        tax_code: None,
        tax_rate: None,
        tax_exemption: None,
        description: None,
    }
}

/// An order whose work has begun.
fn order(priced: &PricedLines, freight: i64) -> Order {
    let (id, account) = (new_uuid(), new_uuid());
    let row = Model {
        id,
        version: 5,
        created_at: now(),
        updated_at: now(),
        created_by: None,
        updated_by: None,
        external_ref: None,
        number: "O-1001".to_owned(),
        account_id: account,
        bill_to_id: account,
        site_id: None,
        branch_id: None,
        time_zone: "America/Chicago".to_owned(),
        kind: "service".to_owned(),
        priority: "normal".to_owned(),
        requested_at: now(),
        service_date: None,
        customer_po: None,
        service_line: None,
        cost_center: None,
        payment_terms: "net30".to_owned(),
        currency: priced.total.currency().code().to_owned(),
        price_date: now().date_naive(),
        quote_id: None,
        quote_version: None,
        total: priced.total.minor(),
        freight,
        tax_given: None,
        prep_due_at: now(),
        prepared_at: Some(now()),
        completed_at: None,
        fulfilment: "in_progress".to_owned(),
        billing: "not_ready".to_owned(),
        holds: json!([]),
        reason: None,
    };
    let lines = priced.lines.iter().map(|line| Line { id: new_uuid(), order_id: id, ..line.clone() }).collect();
    Order { row, lines }
}

fn complete(order: Order, lines: Option<Vec<DoneLine>>) -> Vec<NewBillable> {
    let touch = Touch { by: Uuid::nil(), at: now() };
    order.complete(&CompleteOrder { completed_at: None, lines }, 1, touch).unwrap().billables
}

fn billed(billables: &[NewBillable]) -> i64 {
    billables.iter().map(|billable| billable.amount().unwrap()).sum()
}

fn lines() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    prop::collection::vec((0..5_000_000_000_i64, 1..5_000_000_i64, 0..=1_000_000_i64), 1..8)
}

proptest! {
    #[test]
    fn what_is_done_in_full_is_billed_in_full(lines in lines(), freight in 0..100_000_i64, differing in any::<bool>()) {
        for currency in [Currency::USD, Currency::JPY] {
            let inputs: Vec<_> = lines.iter().map(|(price, quantity, discount)| line(*price, *quantity, *discount)).collect();
            let mut priced = direct(&inputs, None, currency).unwrap();
            if differing {
                priced.lines.iter_mut().for_each(|line| line.unit_price = None);
            }
            prop_assert_eq!(priced.total.minor(), priced.lines.iter().map(|line| line.amount).sum::<i64>());
            let billables = complete(order(&priced, freight), None);
            prop_assert_eq!(billed(&billables), priced.total.minor() + freight);
        }
    }

    #[test]
    fn what_is_done_in_part_is_never_billed_above_the_line(price in 0..5_000_000_000_i64, quantity in 1..5_000_000_i64, share in 0..=100_i64, differing in any::<bool>()) {
        let mut priced = direct(&[line(price, quantity, 50_000)], None, Currency::USD).unwrap();
        if differing {
            priced.lines.iter_mut().for_each(|line| line.unit_price = None);
        }
        let quantity_done = Quantity::from_scaled(quantity * share / 100);
        let billables = complete(order(&priced, 0), Some(vec![DoneLine { line: 1, quantity_done }]));
        prop_assert!((0..=priced.total.minor()).contains(&billed(&billables)));
    }
}
