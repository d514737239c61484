//! The floor: the same rows read and written by plain prepared SQL on one connection, as durably as the server does.
//!
//! What an operation costs beyond this is what our rules, HTTP and JSON cost. Tables are of a plausible schema of its own
//! and know nothing of the product's.

mod connection;
mod reads;
mod schema;
mod statement;
mod writes;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use connection::Connection;
use statement::Statement;

use crate::Arguments;
use crate::progress::say;

/// How long each floor is measured.
const LENGTH: Duration = Duration::from_secs(3);

/// One operation's statements at a turn, in one transaction when they write.
struct Floor {
    name: &'static str,
    writes: bool,
    statements: fn(&Filled, u64) -> Vec<Statement>,
}

/// What is in the tables.
struct Filled {
    size: u64,
}

const FLOORS: [Floor; 8] = [
    Floor { name: "a", writes: true, statements: writes::ticket },
    Floor { name: "b", writes: false, statements: reads::newest },
    Floor { name: "c", writes: false, statements: reads::conversation },
    Floor { name: "d", writes: true, statements: writes::account },
    Floor { name: "e", writes: false, statements: reads::prices },
    Floor { name: "f", writes: true, statements: writes::order },
    Floor { name: "g", writes: true, statements: writes::invoice },
    Floor { name: "h", writes: true, statements: writes::payment },
];

/// Microseconds of CPU an operation, of this process and of PostgreSQL's.
pub(crate) async fn measure(arguments: &Arguments) -> BTreeMap<&'static str, u64> {
    let mut connection = Connection::open(arguments).await;
    let filled = Filled { size: u64::try_from(arguments.base()).unwrap() };
    schema::create(&mut connection, &filled).await;
    let mut floors = BTreeMap::new();
    for floor in FLOORS.iter().filter(|floor| arguments.wants(floor.name)) {
        let cost = one(&mut connection, floor, &filled).await;
        say(format_args!("floor of {}: {cost} us of CPU", floor.name));
        floors.insert(floor.name, cost);
    }
    connection.close().await;
    floors
}

async fn one(connection: &mut Connection, floor: &Floor, filled: &Filled) -> u64 {
    let mut turn = 0;
    let mut go = async |until: Duration| {
        let (began, first) = (Instant::now(), turn);
        while began.elapsed() < until {
            connection.run(&(floor.statements)(filled, turn), floor.writes).await;
            turn += 1;
        }
        (turn - first, connection.cpu_ms())
    };
    let (_, before) = go(Duration::from_millis(300)).await;
    let (count, after) = go(LENGTH).await;
    (after - before) * 1_000 / count.max(1)
}
