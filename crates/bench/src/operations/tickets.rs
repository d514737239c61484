//! Creating, listing, filtering, searching and reading tickets.

use std::sync::Arc;

use reqwest::Method;

use super::{Operation, USUAL, cpu, plain, write};
use crate::seed::{Seeded, pick, ticket};

pub(super) fn all(seeded: &Arc<Seeded>) -> Vec<Operation> {
    let (creating, listing, reading, filtering) = (Arc::clone(seeded), Arc::clone(seeded), Arc::clone(seeded), Arc::clone(seeded));
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
        search("r1", "r the 50 newest tickets of a branch, a type and a priority", move |_| of_branch(&filtering)),
        search("r2", "r the 50 newest tickets with a promise overdue", |_| "/v1/tickets?filter[obligation_state]=missed_open".to_owned()),
        search("s1", "s search for one customer's mail address", |turn| format!("/v1/search?q=dana{}", turn % PEOPLE)),
        search("s2", "s search for a word that every ticket has", |_| "/v1/search?q=truck".to_owned()),
        search("s3", "s the 50 newest tickets with a word that every ticket has", |_| "/v1/tickets?q=truck".to_owned()),
    ]
}

/// Requesters whose mail addresses are searched for.
const PEOPLE: u64 = 1_000;

fn search(name: &'static str, title: &'static str, path: impl Fn(u64) -> String + Send + Sync + 'static) -> Operation {
    let request = plain(move |server, turn| server.request(Method::GET, &path(turn)));
    Operation { name, title, clients: USUAL, targets: None, prepare: None, request }
}

fn of_branch(seeded: &Seeded) -> String {
    format!("/v1/tickets?filter[branch_id]={}&filter[type]=scheduling&filter[priority]=normal&limit=50", seeded.branch)
}

fn newest(assignee: &str) -> String {
    format!("/v1/tickets?filter[assignee_id]={assignee}&filter[open]=true&limit=50")
}

fn conversation(ticket: &str) -> String {
    format!("/v1/tickets/{ticket}?include=messages")
}
