//! Sending a file here before the message it belongs to: its pieces are stored as they come.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use futures_util::StreamExt as _;
use kernel::id::new_uuid;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::files::{self, PIECE};
use crate::intake::dedupe::hex;
use crate::intake::magic;

/// The largest file.
pub(crate) const MAX_FILE: usize = 25 << 20;
/// What tells a file's type.
const BEGINNING: usize = 4 << 10;

/// A file whose pieces are stored and that has no name yet.
pub(crate) struct Upload {
    pub(crate) content_id: Uuid,
    pub(crate) sha256: String,
    pub(crate) size: i64,
    pub(crate) media_type: String,
}

struct Writer<'a> {
    db: &'a Db,
    content_id: Uuid,
    position: i32,
    piece: Vec<u8>,
}

impl Writer<'_> {
    async fn flush(&mut self) -> Result<(), Problem> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let (content_id, position) = (self.content_id, self.position);
        let piece = std::mem::take(&mut self.piece);
        let first = position == 0;
        let add = async |tx: &Tx| {
            if first {
                files::begin(tx, content_id).await?;
            }
            files::add_piece(tx, content_id, position, piece.clone()).await
        };
        self.db.write("file.piece", add).await?;
        self.position += 1;
        Ok(())
    }

    async fn take(&mut self, mut bytes: &[u8]) -> Result<(), Problem> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            if self.piece.len() == PIECE {
                self.flush().await?;
            }
            bytes = later;
        }
        Ok(())
    }
}

/// Stores a body as it comes. What broke off, or was too large, leaves nothing.
///
/// # Errors
/// 413 when it is larger than [`MAX_FILE`]; 400 when it broke off.
pub(crate) async fn receive(db: &Db, payload: Payload, declared: &str) -> Result<Upload, Problem> {
    let content_id = new_uuid();
    let received = stream(db, content_id, payload, declared).await;
    if received.is_err() {
        db.write("file.drop", async |tx| files::drop_pieces(tx, content_id).await).await?;
    }
    received
}

async fn stream(db: &Db, content_id: Uuid, mut payload: Payload, declared: &str) -> Result<Upload, Problem> {
    let mut writer = Writer { db, content_id, position: 0, piece: Vec::new() };
    let (mut hasher, mut size, mut beginning) = (Sha256::new(), 0_usize, Vec::new());
    while let Some(bytes) = payload.next().await {
        let bytes = bytes.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "incomplete_body", "The request body broke off."))?;
        size = size.saturating_add(bytes.len());
        if size > MAX_FILE {
            let detail = format!("A file may have at most {MAX_FILE} bytes.");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail));
        }
        hasher.update(&bytes);
        beginning.extend(bytes.iter().take(BEGINNING.saturating_sub(beginning.len())));
        writer.take(&bytes).await?;
    }
    writer.flush().await?;
    let media_type = magic::media_type(whole_letters(&beginning), declared);
    Ok(Upload { content_id, sha256: hex(&hasher.finalize()), size: i64::try_from(size).map_err(Problem::internal)?, media_type })
}

/// Without the letter that the cut went through, if there is one.
fn whole_letters(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).unwrap_or(bytes),
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_cut_in_two_does_not_make_a_text_a_binary() {
        assert_eq!(whole_letters("a\u{fc}".as_bytes().get(..2).unwrap()), b"a");
        assert_eq!(whole_letters(b"a\xffb"), b"a\xffb");
        assert_eq!(whole_letters("\u{fc}".as_bytes()), "\u{fc}".as_bytes());
    }
}
