//! Creating, listing and reading tickets.

use std::sync::Arc;

use reqwest::Method;

use super::{Operation, USUAL, cpu, plain, write};
use crate::seed::{Seeded, pick, ticket};

pub(super) fn all(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let (creating, listing, reading) = (Arc::clone(seeded), Arc::clone(seeded), Arc::clone(seeded));
    vec![
        Operation {
            name: "a",
            title: "a create a ticket",
            clients: USUAL,
            targets: cpu(800, 500),
            prepare: None,
            request: plain(move |server, turn| write(server, "/v1/tickets", &ticket(&creating, turn))),
        },
        Operation {
            name: "b",
            title: "b 50 newest open tickets of an assignee",
            clients: USUAL,
            targets: cpu(500, 500),
            prepare: None,
            request: plain(move |server, turn| server.request(Method::GET, &newest(pick(&listing.assignees, turn)))),
        },
        Operation {
            name: "c",
            title: "c a ticket with its conversation",
            clients: USUAL,
            targets: cpu(400, 400),
            prepare: None,
            request: plain(move |server, turn| server.request(Method::GET, &conversation(pick(&reading.tickets, turn)))),
        },
    ]
}

fn newest(assignee: &str) -> String {
    format!("/v1/tickets?filter[assignee_id]={assignee}&filter[open]=true&limit=50")
}

fn conversation(ticket: &str) -> String {
    format!("/v1/tickets/{ticket}?include=messages")
}
