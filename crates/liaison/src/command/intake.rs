//! `intake email`: a mail server pipes a mail to us and learns by the exit status whether to forget it, to return it or to
//! keep it and try again.
//!
//! The mail is passed on as it is read, never gathered. Only what the service itself refuses as a mail is refused for good:
//! whatever else goes wrong, a wrong key included, the mail server keeps the mail, so that none is lost by a mistake of ours.

use std::io::{self, Read as _};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::rt::task::spawn_blocking;
use awc::Client;
use awc::http::StatusCode;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;

use crate::cli::Intake;
use crate::screen::complain;

/// `EX_DATAERR`: the mail is refused for good.
const REFUSED: u8 = 65;
/// `EX_TEMPFAIL`: try again later.
const LATER: u8 = 75;
const TIMEOUT: Duration = Duration::from_secs(60);
/// What the service takes at most.
const MAX_MAIL: usize = 25 << 20;
const CHUNK: usize = 64 << 10;

/// Delivers what stands on standard input.
pub(super) async fn run(what: Intake) -> ExitCode {
    let Intake::Email { recipient, return_path, url, token } = what;
    let Some(token) = token else {
        complain(&"no key: give --token or LIAISON_TOKEN");
        return ExitCode::from(LATER);
    };
    let target = target(&url, &recipient, return_path.as_deref());
    let client = Client::builder().timeout(TIMEOUT).finish();
    let request = client.post(target).bearer_auth(token).insert_header(("Content-Type", "message/rfc822"));
    let status = match request.send_stream(Box::pin(standard_input())).await {
        Ok(response) => exit_status(response.status()),
        Err(error) => {
            complain(&format_args!("the mail could not be delivered: {error}"));
            if error.to_string().contains(TOO_LARGE) { REFUSED } else { LATER }
        }
    };
    ExitCode::from(status)
}

const TOO_LARGE: &str = "the mail is larger than 25 MiB";

/// The mail in chunks, as it comes.
fn standard_input() -> impl Stream<Item = Result<Bytes, io::Error>> {
    try_unfold(0_usize, async |before| {
        let chunk = spawn_blocking(|| {
            let mut chunk = Vec::with_capacity(CHUNK);
            let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
            io::stdin().lock().take(limit).read_to_end(&mut chunk).map(|_| chunk)
        });
        let chunk = chunk.await.map_err(io::Error::other)??;
        let read = before + chunk.len();
        if read > MAX_MAIL {
            return Err(io::Error::other(TOO_LARGE));
        }
        Ok((!chunk.is_empty()).then(|| (Bytes::from(chunk), read)))
    })
}

fn target(url: &str, recipients: &[String], return_path: Option<&str>) -> String {
    let mut query = Vec::new();
    if !recipients.is_empty() {
        query.push(format!("recipient={}", escaped(&recipients.join(","))));
    }
    query.extend(return_path.map(|path| format!("return_path={}", escaped(path))));
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}/v1/intake/email{mark}{}", url.trim_end_matches('/'), query.join("&"))
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What a mail server is to do after an answer.
fn exit_status(status: StatusCode) -> u8 {
    if status.is_success() {
        return 0;
    }
    complain(&format_args!("the service answered {status}"));
    match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY => {
            REFUSED
        }
        _ => LATER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_refused_as_a_mail_is_returned_to_its_sender() {
        let table = [(200, 0), (201, 0), (400, 65), (413, 65), (415, 65), (422, 65), (401, 75), (403, 75), (404, 75), (409, 75)];
        for (status, exit) in table.into_iter().chain([(408, 75), (429, 75), (500, 75), (502, 75), (503, 75)]) {
            assert_eq!(exit_status(StatusCode::from_u16(status).unwrap()), exit, "{status}");
        }
    }

    #[test]
    fn the_envelope_goes_into_the_query() {
        let recipients = ["help+t1.x@us.test".to_owned(), "b@us.test".to_owned()];
        let expected = "http://h:1/v1/intake/email?recipient=help%2Bt1.x@us.test%2Cb@us.test&return_path=";
        assert_eq!(target("http://h:1/", &recipients, Some("")), expected);
        assert_eq!(target("http://h:1", &[], None), "http://h:1/v1/intake/email");
    }
}
