//! How large a body may be: refused by its announced length, and cut off when it arrives longer than announced.

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use futures_util::StreamExt as _;
use platform::problem::Problem;

/// The largest ordinary body, in bytes.
pub const MAX_BODY: u64 = 1024 * 1024;
/// The largest upload, import or incoming mail, in bytes.
pub const MAX_UPLOAD: u64 = 25 * 1024 * 1024;

pub(super) fn limit(request: &mut ServiceRequest, upload: bool) -> Result<(), Problem> {
    let most = if upload { MAX_UPLOAD } else { MAX_BODY };
    match request.headers().get(header::CONTENT_LENGTH) {
        Some(length) => {
            let length = length.to_str().ok().and_then(|text| text.parse::<u64>().ok());
            if length.is_none_or(|length| length > most) { Err(too_large()) } else { Ok(()) }
        }
        None => {
            count(request, most);
            Ok(())
        }
    }
}

/// A body of unknown length is counted as it passes.
fn count(request: &mut ServiceRequest, most: u64) {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return;
    }
    let mut left = most;
    let counted = payload.map(move |chunk| {
        let chunk = chunk?;
        let size = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(size).ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    });
    request.set_payload(Payload::Stream { payload: Box::pin(counted) });
}

/// The answer to a body that is larger than its operation reads.
pub(crate) fn too_large() -> Problem {
    let detail = "The request body is larger than allowed: 1 MiB, or 25 MiB for uploads, imports and incoming mail.";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}
