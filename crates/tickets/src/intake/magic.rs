//! What a file is by its content, whatever its name or its sender says.

/// Signatures at the start of files, with the media type.
const STARTS: [(&[u8], &str); 16] = [
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
    (b"#!", "text/x-shellscript"),
];

/// Types that can run when opened; they are kept and marked, never handed out.
const DANGEROUS: [&str; 3] = ["application/vnd.microsoft.portable-executable", "application/x-executable", "text/x-shellscript"];

/// The media type: by content where it can be told, else the declared one; `application/octet-stream` when neither.
#[must_use]
pub(crate) fn media_type(content: &[u8], declared: &str) -> String {
    let found = STARTS.iter().find(|(start, _)| content.starts_with(start)).map(|(_, media_type)| *media_type);
    match found {
        // Office documents are zip files; their declared type says more, where it agrees.
        Some("application/zip")
            if declared.starts_with("application/vnd.openxmlformats") || declared.starts_with("application/vnd.oasis") =>
        {
            declared.to_owned()
        }
        Some(media_type) => media_type.to_owned(),
        None if declared.starts_with("text/") && std::str::from_utf8(content).is_ok() => declared.to_owned(),
        None if declared.starts_with("text/") || !declared.contains('/') || STARTS.iter().any(|(_, known)| *known == declared) => {
            "application/octet-stream".to_owned()
        }
        None => declared.to_owned(),
    }
}

/// True for what can run when opened.
#[must_use]
pub(crate) fn is_dangerous(media_type: &str) -> bool {
    DANGEROUS.contains(&media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_wins_over_name_and_declaration() {
        assert_eq!(media_type(b"MZ\x90\0", "application/pdf"), "application/vnd.microsoft.portable-executable");
        assert_eq!(media_type(b"hello", "application/pdf"), "application/octet-stream");
        assert_eq!(media_type(b"hello", "text/plain"), "text/plain");
        assert_eq!(media_type(b"\xff\xfe", "text/plain"), "application/octet-stream");
        assert_eq!(media_type(b"hello", ""), "application/octet-stream");
        assert!(is_dangerous(&media_type(b"#!/bin/sh", "text/plain")));
    }
}
