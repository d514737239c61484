//! From which address a request comes: the peer's, or the one a trusted load balancer reports.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use platform::config::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the client; the proxy reports it to the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sender(pub(crate) IpAddr);

/// The sender of a request: the last address in the chain that is not a trusted proxy.
pub(super) fn of(request: &ServiceRequest, trusted: &[Network]) -> Option<Sender> {
    let peer = request.peer_addr()?.ip();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return Some(Sender(peer));
    }
    let chain = request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    let mut sender = peer;
    for hop in chain.collect::<Vec<_>>().into_iter().rev() {
        // Whatever stands before something unreadable was not written by a trusted proxy.
        let Ok(address) = hop.trim().parse() else { break };
        sender = address;
        if !is_trusted(address) {
            break;
        }
    }
    Some(Sender(sender))
}
