//! Tickets with four messages each, a hundred people's work.

use kernel::id::new_uuid;
use serde_json::{Value, json};

use super::{Seeded, pick, text};
use crate::progress::each;
use crate::server::Server;

/// People who work on tickets.
const PEOPLE: usize = 100;

pub(super) async fn seed(server: &Server, seeded: &mut Seeded, size: usize) {
    seeded.assignees = (0..PEOPLE).map(|_| new_uuid().to_string()).collect();
    let turns: Vec<u64> = (0..u64::try_from(size).unwrap()).collect();
    let made = each("tickets", turns, async |turn| {
        let id = text(&server.post("/v1/tickets", &ticket(seeded, turn)).await["id"]);
        for place in 0..3 {
            server.post(&format!("/v1/tickets/{id}/messages"), &message(place)).await;
        }
        id
    });
    let made = made.await;
    seeded.tickets = made;
}

const WORDS: &str = "The truck did not come this morning. Could you tell us when it will, and whom the driver should call at the gate?";

/// A customer's question with its first message.
pub(crate) fn ticket(seeded: &Seeded, turn: u64) -> Value {
    json!({
        "subject": format!("Missed pickup {turn}"), "description": WORDS, "type": "scheduling", "priority": "normal", "channel": "email",
        "account_id": pick(&seeded.accounts, turn), "branch_id": seeded.branch, "assignee_id": pick(&seeded.assignees, turn),
        "requester": {"kind": "customer", "name": "Dana Reyes", "email": format!("dana{turn}@customer.example")},
    })
}

/// Our answer, the customer's word, a note of ours, and so on.
fn message(place: usize) -> Value {
    let kind = ["public_reply", "inbound", "internal_note"][place % 3];
    json!({"kind": kind, "body": format!("{WORDS} ({place})")})
}
