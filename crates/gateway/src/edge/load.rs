//! Shedding load: beyond so many requests in flight new ones are refused at once, payments last.
//!
//! A refusal costs nothing and can be repeated; a queue that nobody waits for any more costs everything. Health checks
//! never come here. An answer that streams counts only until its head is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use platform::problem::Problem;

const MOST: usize = 1_024;
/// Left for what must not be shed with the rest.
const RESERVED: usize = 256;
const VITAL: [&str; 2] = ["/v1/payments", "/oauth/token"];

#[derive(Default)]
pub(super) struct Load {
    in_flight: Arc<AtomicUsize>,
}

/// A place among the requests in flight; given back when dropped.
pub(super) struct Place(Arc<AtomicUsize>);

impl Load {
    /// # Errors
    /// 503 `unavailable` with `Retry-After` when there is no place.
    pub(super) fn enter(&self, path: &str) -> Result<Place, Problem> {
        let most = if VITAL.iter().any(|vital| path.starts_with(vital)) { MOST + RESERVED } else { MOST };
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.in_flight));
        if before >= most { Err(Problem::unavailable("too many requests are in flight")) } else { Ok(place) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_are_shed_last_and_places_come_back() {
        let load = Load::default();
        let mut places: Vec<Place> = (0..MOST).map(|_| load.enter("/v1/tickets").unwrap()).collect();
        assert_eq!(load.enter("/v1/tickets").err().unwrap().status().as_u16(), 503);
        places.extend((0..RESERVED).map(|_| load.enter("/v1/payments").unwrap()));
        assert!(load.enter("/v1/payments").is_err());
        drop(places);
        assert!(load.enter("/v1/tickets").is_ok());
    }
}
