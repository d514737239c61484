//! Talking to the mail server: one connection for a batch, a verdict for every recipient of every mail.
//!
//! A server answers each recipient by itself, and what it refuses for one it may take for another, so the commands are
//! given one by one. Mail leaves this host under TLS only; a server that offers none is refused.

use std::sync::Arc;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use platform::config::{Settings, SmtpSettings};
use platform::problem::Problem;

use super::recipient::Verdict;

/// The mail server that takes what goes out.
#[derive(Clone)]
pub(crate) struct Relay {
    settings: Arc<SmtpSettings>,
    hello: ClientId,
}

/// A connection to it.
pub(crate) struct Session {
    connection: AsyncSmtpConnection,
    /// An exchange was cut off in its middle: whatever came next would be taken for a part of it.
    cut_off: bool,
}

impl Relay {
    /// The configured server, if there is one.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let smtp = settings.smtp.clone()?;
        let outside = settings.public_url.as_deref().and_then(|url| url.split("://").nth(1)).and_then(|rest| rest.split([':', '/']).next());
        let name = smtp.hello.as_deref().or(outside).filter(|name| name.contains('.') && name.parse::<std::net::IpAddr>().is_err());
        let hello = name.map_or_else(ClientId::default, |name| ClientId::Domain(name.to_owned()));
        Some(Self { settings: Arc::new(smtp), hello })
    }

    /// Connects, encrypts and signs in.
    ///
    /// # Errors
    /// 503 when the server cannot be reached, offers no TLS or refuses the credentials: nothing of this is any mail's fault.
    pub(crate) async fn connect(&self) -> Result<Session, Problem> {
        let settings = &self.settings;
        let tls = || TlsParameters::new(settings.host.clone()).map_err(Problem::unavailable);
        let implicit = settings.implicit_tls.then(tls).transpose()?;
        let server = (settings.host.as_str(), settings.port);
        let connected = AsyncSmtpConnection::connect_tokio1(server, Some(settings.timeout), &self.hello, implicit, None);
        let mut connection = self.within(connected).await?;
        if connection.can_starttls() {
            self.within(connection.starttls(tls()?, &self.hello)).await?;
        }
        if !connection.is_encrypted() && !settings.is_on_this_host() {
            connection.abort().await;
            return Err(Problem::unavailable("the mail server offers no TLS"));
        }
        if let Some((user, password)) = &settings.credentials {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            self.within(connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
        }
        Ok(Session { connection, cut_off: false })
    }

    async fn within<T>(&self, step: impl Future<Output = Result<T, Error>>) -> Result<T, Problem> {
        let ended = tokio::time::timeout(self.settings.timeout, step).await;
        ended.map_err(|_| Problem::unavailable("the mail server does not answer"))?.map_err(Problem::unavailable)
    }

    /// Sends a mail to those addresses that the server takes, and says for each how it fared. Without an answer in time the
    /// mail may have been taken: it is sent again under the same Message-ID, by which mail systems know it.
    pub(crate) async fn send(&self, session: &mut Session, from: Option<&str>, to: &[String], raw: &[u8]) -> Vec<(String, Verdict)> {
        let patience = self.settings.timeout * 4;
        match tokio::time::timeout(patience, session.send(from, to, raw)).await {
            Ok(verdicts) => verdicts,
            Err(_) => {
                session.cut_off = true;
                all(to, &Verdict::Later("the mail server does not answer".to_owned()))
            }
        }
    }
}

impl Session {
    /// True when the connection cannot take another mail.
    pub(crate) fn has_broken(&self) -> bool {
        self.cut_off || self.connection.has_broken()
    }

    pub(crate) async fn end(mut self) {
        if !self.has_broken() {
            let _ = self.connection.quit().await;
        }
    }

    async fn send(&mut self, from: Option<&str>, to: &[String], raw: &[u8]) -> Vec<(String, Verdict)> {
        let sender = match from.map(str::parse::<Address>).transpose() {
            Ok(sender) => sender,
            Err(error) => return all(to, &refused(error.to_string(), false)),
        };
        let parameters = self.parameters(sender.as_ref(), to, raw);
        if let Err(error) = self.connection.command(Mail::new(sender, parameters)).await {
            let verdict = self.verdict(&error, false).await;
            return all(to, &verdict);
        }
        let mut verdicts = Vec::with_capacity(to.len());
        for address in to {
            let verdict = self.offer(address).await;
            verdicts.push((address.clone(), verdict));
        }
        if verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Taken) {
            let verdict = self.content(raw).await;
            verdicts.iter_mut().filter(|(_, one)| *one == Verdict::Taken).for_each(|(_, one)| one.clone_from(&verdict));
        } else if !self.has_broken() {
            let _ = self.connection.command(Rset).await;
        }
        verdicts
    }

    fn parameters(&self, from: Option<&Address>, to: &[String], raw: &[u8]) -> Vec<MailParameter> {
        let offers = |extension| self.connection.server_info().supports_feature(extension);
        let international = !to.iter().all(|address| address.is_ascii()) || from.is_some_and(|from| !AsRef::<str>::as_ref(from).is_ascii());
        let mut parameters = Vec::new();
        if international && offers(Extension::SmtpUtfEight) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !raw.is_ascii() && offers(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        parameters
    }

    /// Whether the server takes the mail for one recipient.
    async fn offer(&mut self, address: &str) -> Verdict {
        if self.has_broken() {
            return Verdict::Later("the connection to the mail server broke".to_owned());
        }
        let Ok(recipient) = address.parse::<Address>() else { return refused("not a mail address".to_owned(), true) };
        let utf8 = self.connection.server_info().supports_feature(Extension::SmtpUtfEight);
        if !address.is_ascii() && !utf8 {
            return refused("the mail server takes no address with letters beyond ASCII".to_owned(), true);
        }
        match self.connection.command(Rcpt::new(recipient, Vec::new())).await {
            Ok(_) => Verdict::Taken,
            Err(error) => self.verdict(&error, true).await,
        }
    }

    async fn content(&mut self, raw: &[u8]) -> Verdict {
        if let Err(error) = self.connection.command(Data).await {
            return self.verdict(&error, false).await;
        }
        match self.connection.message(raw).await {
            Ok(_) => Verdict::Taken,
            Err(error) => self.verdict(&error, false).await,
        }
    }

    /// What an error means for the mail. After anything but an answer of the server the connection is given up.
    async fn verdict(&mut self, error: &Error, at_recipient: bool) -> Verdict {
        if error.is_permanent() {
            return refused(error.to_string(), at_recipient);
        }
        // 421 is the server's farewell.
        let farewell = error.status().is_some_and(|code| u16::from(code) == 421);
        if !error.is_transient() || farewell {
            self.connection.abort().await;
        }
        Verdict::Later(error.to_string())
    }
}

fn refused(text: String, at_recipient: bool) -> Verdict {
    Verdict::Refused { text, at_recipient }
}

fn all(to: &[String], verdict: &Verdict) -> Vec<(String, Verdict)> {
    to.iter().map(|address| (address.clone(), verdict.clone())).collect()
}
