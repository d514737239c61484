//! Which client address an attempt is counted for.
//!
//! Behind the gateway every connection comes from the gateway, which appends the client's address to
//! `X-Forwarded-For`. The header is believed only from a peer in a private network, and only its last entry, so that a
//! client cannot choose what it is counted as. An IPv6 client is counted by its /64, which is what one customer gets.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

/// The address to count, as text.
#[must_use]
pub fn of(request: &HttpRequest) -> String {
    let forwarded = request.headers().get_all("x-forwarded-for").last().and_then(|value| value.to_str().ok());
    counted(request.peer_addr().map(|peer| peer.ip()), forwarded)
}

fn counted(peer: Option<IpAddr>, forwarded: Option<&str>) -> String {
    let Some(peer) = peer else { return "unknown".to_owned() };
    let behind = forwarded.filter(|_| is_internal(peer)).and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
    match behind.unwrap_or(peer) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or_else(|| network(address), |address| address.to_string()),
    }
}

fn network(address: Ipv6Addr) -> String {
    let [a, b, c, d, ..] = address.segments();
    format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
}

fn is_internal(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback() || address.is_private())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_internal_peer_is_believed_and_only_about_the_last_hop() {
        for (peer, forwarded, expected) in [
            ("203.0.113.9", None, "203.0.113.9"),
            ("203.0.113.9", Some("198.51.100.1"), "203.0.113.9"),
            ("10.0.0.2", Some("198.51.100.1"), "198.51.100.1"),
            ("127.0.0.1", Some("6.6.6.6, 198.51.100.1"), "198.51.100.1"),
            ("127.0.0.1", Some("nonsense"), "127.0.0.1"),
            ("::ffff:10.0.0.2", Some("198.51.100.1"), "198.51.100.1"),
            ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ] {
            assert_eq!(counted(Some(peer.parse().unwrap()), forwarded), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(counted(None, Some("198.51.100.1")), "unknown");
    }
}
