//! The mail server that takes outgoing mail. Mail leaves this host under TLS or not at all.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::http::Uri;

use super::Secret;

/// How a mail server is reached.
#[derive(Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    /// TLS from the first byte (`smtps`); otherwise by STARTTLS.
    pub implicit_tls: bool,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
    /// The name given to the server; the host's own when absent.
    pub hello: Option<String>,
    /// For each exchange with the server.
    pub timeout: Duration,
}

impl SmtpSettings {
    /// The server of an `smtp://host[:587]` or `smtps://host[:465]` URL; none when it is no such URL or holds credentials.
    #[must_use]
    pub fn at(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let implicit_tls = match uri.scheme_str()? {
            "smtp" => false,
            "smtps" => true,
            _ => return None,
        };
        let host = uri.host().map(|host| host.trim_matches(['[', ']'])).filter(|host| !host.is_empty())?;
        if uri.authority()?.as_str().contains('@') || uri.path_and_query().is_some_and(|path| path != "/") {
            return None;
        }
        let port = uri.port_u16().unwrap_or(if implicit_tls { 465 } else { 587 });
        Some(Self { host: host.to_owned(), port, implicit_tls, credentials: None, hello: None, timeout: Duration::from_secs(30) })
    }

    /// True when nothing that is sent leaves this host, so that TLS may be missing.
    #[must_use]
    pub fn is_on_this_host(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Without the credentials.
impl fmt::Debug for SmtpSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = (self.host.as_str(), self.port, self.implicit_tls);
        formatter.debug_struct("SmtpSettings").field("server", &server).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
