//! From the bytes of a delivery to text: decoded, without U+0000, cut into
//! chunks.
//!
//! Always holds: no raw byte reaches a plugin. What cannot be decoded becomes
//! U+FFFD, which an adapter rejects. A chunk ends between two characters; no
//! number can be cut, because the whole text is masked before it is cut.

use encoding_rs::Encoding;

/// Bytes of one chunk; the contract allows 1 MiB.
const CHUNK: usize = 512 * 1024;

/// Decodes a delivery. `label` is a WHATWG label that the manifest check has
/// passed; a byte order mark wins over it.
pub(crate) fn decode(bytes: &[u8], label: &str) -> String {
    let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let (text, _, _) = encoding.decode(bytes);
    if text.contains('\0') {
        return text.replace('\0', "\u{FFFD}");
    }
    text.into_owned()
}

/// Cuts text into chunks. An empty text is one empty chunk.
pub(crate) fn chunks(text: &str) -> Vec<&str> {
    let mut chunks = Vec::with_capacity(text.len() / CHUNK + 1);
    let mut rest = text;
    while rest.len() > CHUNK {
        let mut end = CHUNK;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (chunk, after) = rest.split_at(end);
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_departments_send_becomes_text() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}", "utf-8"), "{}");
        assert_eq!(decode(b"\xB8\xA3\xBD\xA8", "gb18030"), "福建");
        assert_eq!(decode(b"a\0b\xFFc", "utf-8"), "a\u{FFFD}b\u{FFFD}c");
        assert_eq!(decode(b"\xFF\xFEa\0", "utf-8"), "a");
    }

    #[test]
    fn a_chunk_ends_between_two_characters() {
        let text = "福".repeat(CHUNK);
        let cut = chunks(&text);
        assert!(cut.iter().all(|chunk| chunk.len() <= CHUNK));
        assert_eq!(cut.concat(), text);
        assert_eq!(chunks(""), [""]);
    }
}
