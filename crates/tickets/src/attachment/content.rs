//! Handing a file out: whole or a part of it, piece by piece, never in a way that makes a browser show what a stranger sent.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use kernel::Fault;
use platform::db::Db;
use platform::problem::Problem;
use uuid::Uuid;

use super::entity::attachment::Model;
use super::files::{self, PIECE};
use super::model::FileState;
use super::range::{Asked, asked};

/// The answer to a request for a file.
///
/// # Errors
/// 409 `file_blocked`; 416 for a part that begins after its end.
pub(crate) async fn answer(db: &Db, request: &HttpRequest, row: &Model) -> Result<HttpResponse, Problem> {
    if row.state == FileState::Blocked.as_str() {
        return Err(Fault::conflict("file_blocked", "This file is blocked and not handed out.").into());
    }
    let file = files::find(db.read(), &row.sha256).await?;
    let size = u64::try_from(file.size).map_err(Problem::internal)?;
    let tag = format!("\"{}\"", row.sha256);
    let field = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if field(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|one| matches!(one.trim(), "*") || one.trim() == tag)) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    // A part of another content would be spliced into what the caller has.
    let same = field(header::IF_RANGE).is_none_or(|known| known.trim() == tag);
    let part = match asked(field(header::RANGE).filter(|_| same), size) {
        Asked::Beyond => return Err(beyond(size)),
        Asked::Part(part) => Some(part),
        Asked::Whole => None,
    };
    let mut response = HttpResponse::build(if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK });
    if let Some(part) = &part {
        response.insert_header((header::CONTENT_RANGE, format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1))));
    }
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_DISPOSITION, disposition(&row.name)));
    let part = part.unwrap_or(0..size);
    Ok(response.body(SizedStream::new(part.end - part.start, Box::pin(pieces(db.clone(), file.content_id, part)))))
}

fn beyond(size: u64) -> Problem {
    let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", format!("The file has {size} bytes."));
    match header::HeaderValue::from_str(&format!("bytes */{size}")) {
        Ok(value) => problem.with_header(header::CONTENT_RANGE, value),
        Err(_) => problem,
    }
}

/// The bytes of a part, read a piece at a time as the caller takes them.
fn pieces(db: Db, content_id: Uuid, part: Range<u64>) -> impl Stream<Item = Result<Bytes, Problem>> {
    try_unfold(part, move |rest| {
        let db = db.clone();
        async move {
            if rest.is_empty() {
                return Ok(None);
            }
            let size = u64::try_from(PIECE).map_err(Problem::internal)?;
            let (position, offset) = (rest.start / size, rest.start % size);
            let piece = files::piece(db.read(), content_id, i32::try_from(position).map_err(Problem::internal)?).await?;
            let from = usize::try_from(offset).map_err(Problem::internal)?;
            let to = usize::try_from((offset + rest.end - rest.start).min(size)).map_err(Problem::internal)?.min(piece.len());
            let bytes = Bytes::from(piece).slice(from.min(to)..to);
            if bytes.is_empty() {
                return Err(Problem::internal("a piece of a file is too short"));
            }
            let next = rest.start + u64::try_from(bytes.len()).map_err(Problem::internal)?;
            Ok(Some((bytes, next..rest.end)))
        }
    })
}

/// To be saved under its name (RFC 6266): plain for old programs, whole for others.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' }).collect();
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let escaped: String = name.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{escaped}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_neither_end_the_field_nor_begin_another() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        assert_eq!(
            disposition("x\"\r\nSet-Cookie: y"),
            "attachment; filename=\"x___Set-Cookie: y\"; filename*=UTF-8''x%22%0D%0ASet-Cookie%3A%20y"
        );
        assert_eq!(disposition("\u{fc}.pdf"), "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%BC.pdf");
    }
}
