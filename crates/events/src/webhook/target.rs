//! Where endpoints may be: at public addresses, over TLS. Pure but for one look-up of a name.
//!
//! The same rule is applied to the address of each connection, so that a name that changes its address meanwhile does not lead inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use actix_web::http::Uri;
use kernel::Fault;

/// How long a name is looked up when an endpoint is made; one that does not answer is looked up when it is sent to.
const LOOK_UP: Duration = Duration::from_secs(2);

/// What this deployment lets endpoints be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    /// For development only: this very host, and without TLS.
    pub(crate) this_host: bool,
}

impl Allowed {
    /// Whether an address may be connected to.
    pub(crate) fn admits(self, address: IpAddr) -> bool {
        is_public(address) || (self.this_host && address.is_loopback())
    }

    /// # Errors
    /// A field fault with what is wrong.
    pub(crate) fn check(self, url: &str) -> Result<Uri, Fault> {
        let refused = |code: &'static str, message: &'static str| Fault::field("/url", code, message);
        let uri: Uri = url.parse().map_err(|_| refused("invalid_url", "This is no URL."))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        if scheme != "https" && !(scheme == "http" && self.this_host) {
            return Err(refused("https_only", "An endpoint is reached by https."));
        }
        if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(refused("credentials_in_url", "A URL names a host and holds no credentials."));
        }
        if literal(&uri).is_some_and(|address| !self.admits(address)) {
            return Err(not_public());
        }
        Ok(uri)
    }

    /// [`Allowed::check`] with the addresses that the name has now, if it has any.
    ///
    /// # Errors
    /// Those of it.
    pub(crate) async fn check_name(self, url: &str) -> Result<(), Fault> {
        let uri = self.check(url)?;
        let host = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(443));
        let Ok(Ok(found)) = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host(host)).await else { return Ok(()) };
        if found.into_iter().any(|address| !self.admits(address.ip())) { Err(not_public()) } else { Ok(()) }
    }
}

fn not_public() -> Fault {
    Fault::field("/url", "address_not_public", "An endpoint has public addresses only.")
}

/// The address that a URL names instead of a host.
pub(crate) fn literal(uri: &Uri) -> Option<IpAddr> {
    uri.host()?.trim_matches(['[', ']']).parse().ok()
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA's registry of special addresses: <https://www.iana.org/assignments/iana-ipv4-special-registry>.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 198 && (second & 0xfe) == 18)
        || (first, second, third) == (192, 0, 0)
        || (first, second, third) == (192, 88, 99);
    !special
}

/// Of what is routed in the whole world, without tunnels, whose far ends are anywhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    let tunnel = first == 0x2002 || (first, second) == (0x2001, 0);
    let documentation = (first, second) == (0x2001, 0xdb8) || first == 0x3fff;
    let protocols = first == 0x2001 && second < 0x0200;
    let is_global = (first & 0xe000) == 0x2000;
    is_global && !(tunnel || documentation || protocols)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn only_public_addresses_are_admitted() {
        let public = ["8.8.8.8", "1.1.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"];
        let inside = [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "192.0.0.8",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "::10.0.0.1",
        ];
        for address in public {
            assert!(Allowed::default().admits(address.parse().unwrap()), "{address}");
        }
        for address in inside {
            assert!(!Allowed::default().admits(address.parse().unwrap()), "{address}");
        }
        let development = Allowed { this_host: true };
        assert!(development.admits("127.0.0.1".parse().unwrap()) && development.admits("::1".parse().unwrap()));
        assert!(!development.admits("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_url_is_https_and_names_no_address_inside() {
        let code = |allowed: Allowed, url: &str| allowed.check(url).err().map(|fault| fault.errors[0].code.to_string());
        let (strict, development) = (Allowed::default(), Allowed { this_host: true });
        assert_eq!(code(strict, "https://hooks.example/in?key=1"), None);
        assert_eq!(code(strict, "http://hooks.example/in"), Some("https_only".into()));
        assert_eq!(code(strict, "ftp://hooks.example/in"), Some("https_only".into()));
        assert_eq!(code(strict, "/in"), Some("https_only".into()));
        assert_eq!(code(strict, "https://user:pass@hooks.example/in"), Some("credentials_in_url".into()));
        assert_eq!(code(strict, "https://169.254.169.254/latest"), Some("address_not_public".into()));
        assert_eq!(code(strict, "https://[::1]/in"), Some("address_not_public".into()));
        assert_eq!(code(development, "http://127.0.0.1:9000/in"), None);
        assert_eq!(code(development, "http://10.0.0.1/in"), Some("address_not_public".into()));
    }

    #[tokio::test]
    async fn a_name_of_this_host_is_refused_by_its_address() {
        let refused = Allowed::default().check_name("https://localhost/in").await.unwrap_err();
        assert_eq!(refused.errors[0].code, "address_not_public");
        Allowed { this_host: true }.check_name("http://localhost/in").await.unwrap();
    }
}
