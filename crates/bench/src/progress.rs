//! Saying on standard error how far a run is, so that standard output holds nothing but the tables.

use std::fmt::Display;
use std::future::Future;
use std::sync::LazyLock;
use std::time::Instant;

use futures_util::{StreamExt, stream};

/// Requests at a time while something is prepared.
const CLIENTS: usize = 16;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A line with the seconds since the first one.
pub(crate) fn say(line: impl Display) {
    eprintln!("[{:>5} s] {line}", BEGAN.elapsed().as_secs());
}

/// Does `work` for each of `items`, some at a time, and says how far it is.
pub(crate) async fn each<I, T, F: Future<Output = T>>(what: &str, items: Vec<I>, work: impl Fn(I) -> F) -> Vec<T> {
    let (count, began) = (items.len(), Instant::now());
    let mut said = Instant::now();
    let mut done = Vec::with_capacity(count);
    let mut running = stream::iter(items.into_iter().map(work)).buffer_unordered(CLIENTS);
    while let Some(one) = running.next().await {
        done.push(one);
        if said.elapsed().as_secs() >= 5 {
            said = Instant::now();
            say(format_args!("  {what}: {} of {count}", done.len()));
        }
    }
    say(format_args!("{what}: {count} requests in {:.1} s", began.elapsed().as_secs_f64()));
    done
}
