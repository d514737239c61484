//! What verifying an access token costs, in this process with the services' own code and the server's real tokens.

use std::time::Instant;

use futures_util::future::LocalBoxFuture;
use jsonwebtoken::jwk::JwkSet;
use kernel::Clock;
use platform::authority::{Authority, TrustSource};
use platform::problem::Problem;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

use crate::Arguments;
use crate::progress::{each, say};
use crate::seed::{Seeded, text};
use crate::server::Server;
use crate::target::{Figure, ms, verdict};

/// Tokens that are verified for the first time.
const TOKENS: usize = 500;

/// How often each is presented again.
const AGAIN: usize = 200;

/// Microseconds.
const TARGET: u64 = 20;

/// The server's published keys, and nobody revoked.
struct Published(JwkSet);

impl TrustSource for Published {
    fn keys(&self) -> LocalBoxFuture<'_, Result<JwkSet, Problem>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn revocations(&self) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn subtree(&self, roots: Vec<Uuid>) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async { Ok(roots) })
    }
}

/// The first verification of a token, and those after it.
pub(crate) async fn measure(server: &Server, seeded: &Seeded, arguments: &Arguments) -> Vec<Figure> {
    if !arguments.wants("i3") {
        return Vec::new();
    }
    let tokens = each("tokens", vec![(); TOKENS], async |()| {
        let answer: Value = server.answer(server.exchange(&seeded.key)).await;
        text(&answer["access_token"])
    })
    .await;
    let keys = server.answer(server.http.get(format!("{}/.well-known/jwks.json", server.url))).await;
    let source = Published(serde_json::from_value(keys).unwrap());
    let (authority, _denials) = Authority::new(server.url.clone(), Clock::default(), Arc::new(source));
    let first = rounds(&authority, &tokens, 1).await;
    let again = rounds(&authority, &tokens, AGAIN).await;
    let figures = vec![figure("i3 verify a token seen before", again), figure("i3 verify a new token", first)];
    for figure in &figures {
        say(format_args!("{}: {}", figure.what, figure.measured));
    }
    figures
}

/// Nanoseconds a token.
async fn rounds(authority: &Authority, tokens: &[String], rounds: usize) -> u128 {
    let began = Instant::now();
    for _ in 0..rounds {
        for token in tokens {
            assert!(authority.identify(token).await.is_ok(), "a token of the server's own is not valid");
        }
    }
    began.elapsed().as_nanos() / u128::try_from(rounds * tokens.len()).unwrap()
}

fn figure(what: &str, nanos: u128) -> Figure {
    let us = u64::try_from(nanos / 1_000).unwrap();
    let measured = format!("{us}.{} us", nanos % 1_000 / 100);
    Figure { what: what.to_owned(), measured, target: format!("{} ms", ms(TARGET)), verdict: verdict(us <= TARGET) }
}
