//! Calls to what is not ours, at addresses that somebody else chose: each connection goes only where its caller lets it.
//!
//! A name is looked up by the connector itself and every address is judged before it is connected to, so that the address that was
//! judged is the one that is reached. Redirects are not followed.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_tls::connect::{self, Resolve, Resolver};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use rustls::{ClientConfig, RootCertStore};

/// The certificates are read once: they are a few hundred, and every thread has a client.
static TLS: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();

/// TLS with the roots that the operator's system trusts; none when it cannot be had.
pub(crate) fn tls() -> Option<Arc<ClientConfig>> {
    TLS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    })
    .clone()
}

/// Looks names up and leaves out what may not be connected to.
struct Guarded<A>(A);

impl<A: Fn(IpAddr) -> bool> Resolve for Guarded<A> {
    fn lookup<'a>(&'a self, host: &'a str, port: u16) -> LocalBoxFuture<'a, Result<Vec<SocketAddr>, Box<dyn Error>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|address| (self.0)(address.ip())).collect();
            if admitted.is_empty() { Err("the name has no address that may be connected to".into()) } else { Ok(admitted) }
        })
    }
}

/// A client for addresses that others chose. One for each thread.
#[derive(Clone)]
pub struct Outside {
    client: awc::Client,
    admits: Rc<dyn Fn(IpAddr) -> bool>,
    deadline: Duration,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The beginning of the body, as text.
    pub excerpt: String,
}

/// How much of an answer is read.
const EXCERPT: usize = 1_024;

impl Outside {
    /// A client that connects only to addresses which `admits` lets it, and waits so long for a whole answer.
    #[must_use]
    pub fn new(admits: impl Fn(IpAddr) -> bool + Clone + 'static, deadline: Duration) -> Self {
        let connector = connect::Connector::new(Resolver::custom(Guarded(admits.clone()))).service();
        let mut connector = awc::Connector::new().connector(connector).timeout(deadline);
        if let Some(tls) = tls() {
            connector = connector.rustls_0_23(tls);
        }
        let client = awc::Client::builder().connector(connector).timeout(deadline).disable_redirects().finish();
        Self { client, admits: Rc::new(admits), deadline }
    }

    /// Posts a JSON text.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub async fn post(&self, url: &str, headers: &[(&str, String)], body: String) -> Result<Answer, String> {
        let exchange = self.exchange(url, headers, body);
        tokio::time::timeout(self.deadline, exchange).await.map_err(|_| "no answer in time".to_owned())?
    }

    async fn exchange(&self, url: &str, headers: &[(&str, String)], body: String) -> Result<Answer, String> {
        let mut request = self.client.post(url).content_type("application/json");
        // An address in the URL is not looked up.
        let literal = request.get_uri().host().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if literal.is_some_and(|address| !(self.admits)(address)) {
            return Err("the address may not be connected to".to_owned());
        }
        for (name, value) in headers {
            request = request.insert_header((*name, value.as_str()));
        }
        let mut response = request.send_body(body).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let mut begun = Vec::new();
        while begun.len() < EXCERPT
            && let Some(Ok(part)) = response.next().await
        {
            begun.extend(part.iter().take(EXCERPT - begun.len()));
        }
        Ok(Answer { status, excerpt: String::from_utf8_lossy(&begun).into_owned() })
    }
}
