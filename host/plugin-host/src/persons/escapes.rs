//! Characters of numbers that a document writes as escapes.
//!
//! Comes in: pieces of JSON or XML. Goes out: the same document, in which digits,
//! letters, spaces and hyphens stand as themselves. Always holds: a parser reads
//! the same of it, since such a character means nothing to either format; what
//! could be the beginning of an escape is held back until the rest of it is there;
//! what is no escape does not become one: an escape stays as it is where its
//! character would go on with the remains of a broken one.
//! Deliberately absent: entities that a document declares itself, and references
//! of more than [`LONGEST`] bytes.

use crate::manifest::Framing;
use credence_domain::identifier::belongs_to_numbers;
use std::borrow::Cow;

/// Bytes of the longest escape that is understood: leading zeros make a reference
/// of XML as long as one likes.
const LONGEST: usize = 64;

/// Takes escapes out of a document that comes in pieces.
pub(super) struct Escapes {
    framing: Framing,
    held: String,
    /// A broken escape, and what came out behind it as far as it goes on with it.
    broken: Option<String>,
}

/// What stands at the place where an escape may begin.
enum Escape {
    /// One that means this character, and its bytes.
    Plain(char, usize),
    /// Something else; so many bytes of it are read.
    Other(usize),
    /// The text ends before it can be told.
    Unfinished,
}

impl Escapes {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            framing,
            held: String::new(),
            broken: None,
        }
    }

    /// The next piece, without escapes. `last`: nothing follows.
    pub(super) fn decode<'t>(&mut self, text: Cow<'t, str>, last: bool) -> Cow<'t, str> {
        let (mark, read): (char, fn(&str) -> Escape) = match self.framing {
            Framing::Text => return text,
            Framing::Json => ('\\', json),
            Framing::Xml => ('&', xml),
        };
        let text = match self.held.is_empty() {
            true if !text.contains(mark) => {
                self.follows(&text, read);
                return text;
            }
            true => text,
            false => Cow::Owned(std::mem::take(&mut self.held) + &text),
        };
        let mut decoded = String::with_capacity(text.len());
        let mut rest = text.as_ref();
        while let Some(at) = rest.find(mark) {
            decoded.push_str(&rest[..at]);
            self.follows(&rest[..at], read);
            rest = &rest[at..];
            let length = match read(rest) {
                Escape::Plain(c, length) if self.broken.is_none() => {
                    decoded.push(c);
                    rest = &rest[length..];
                    continue;
                }
                // Its character would mend what is broken before it.
                Escape::Plain(_, length) => length,
                Escape::Other(length) => length,
                Escape::Unfinished if last || rest.len() > LONGEST => mark.len_utf8(),
                Escape::Unfinished => {
                    self.held = rest.to_owned();
                    return Cow::Owned(decoded);
                }
            };
            let (passed, behind) = rest.split_at(length);
            decoded.push_str(passed);
            // One that could go on, if only the right characters followed.
            let is_open = matches!(read(passed), Escape::Unfinished);
            self.broken = is_open.then(|| passed.to_owned());
            rest = behind;
        }
        decoded.push_str(rest);
        self.follows(rest, read);
        Cow::Owned(decoded)
    }

    /// Whether a broken escape is still open behind text that came out.
    fn follows(&mut self, text: &str, read: fn(&str) -> Escape) {
        let Some(broken) = &mut self.broken else {
            return;
        };
        let of_escapes = |c: &char| c.is_ascii_alphanumeric() || *c == '#';
        let going_on: String = text.chars().take_while(of_escapes).collect();
        broken.push_str(&going_on);
        if going_on.len() < text.len() || !matches!(read(broken), Escape::Unfinished) {
            self.broken = None;
        }
    }
}

fn of_code(code: u32, length: usize) -> Escape {
    let plain = char::from_u32(code).filter(|c| belongs_to_numbers(*c));
    plain.map_or(Escape::Other(length), |c| Escape::Plain(c, length))
}

/// `\u0031`. Any other escape is a backslash and one character.
fn json(text: &str) -> Escape {
    let Some(second) = text[1..].chars().next() else {
        return Escape::Unfinished;
    };
    if second != 'u' {
        return Escape::Other(1 + second.len_utf8());
    }
    let digits = &text.as_bytes()[2..text.len().min(6)];
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Escape::Other(2);
    }
    if digits.len() < 4 {
        return Escape::Unfinished;
    }
    let code = u32::from_str_radix(&text[2..6], 16);
    code.map_or(Escape::Other(2), |code| of_code(code, 6))
}

/// `&#49;` or `&#x31;`.
fn xml(text: &str) -> Escape {
    let Some((radix, start)) = ["&#x", "&#X", "&#"]
        .into_iter()
        .find(|mark| text.starts_with(mark))
        .map(|mark| (if mark.len() == 3 { 16 } else { 10 }, mark.len()))
    else {
        return match text.len() {
            1 => Escape::Unfinished,
            _ => Escape::Other(1),
        };
    };
    let length = text[start..]
        .bytes()
        .take_while(u8::is_ascii_hexdigit)
        .count();
    let end = start + length;
    match text.as_bytes().get(end) {
        None => Escape::Unfinished,
        Some(b';') => u32::from_str_radix(&text[start..end], radix)
            .map_or(Escape::Other(1), |code| of_code(code, end + 1)),
        Some(_) => Escape::Other(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert_eq, proptest};

    /// In pieces of every size.
    #[track_caller]
    fn check(framing: Framing, text: &str, expected: &str) {
        let characters: Vec<char> = text.chars().collect();
        for size in 1..=characters.len() {
            let mut escapes = Escapes::new(framing);
            let mut decoded = String::new();
            let mut pieces = characters.chunks(size).peekable();
            while let Some(piece) = pieces.next() {
                let piece = Cow::Owned(piece.iter().collect());
                decoded += &escapes.decode(piece, pieces.peek().is_none());
            }
            assert_eq!(decoded, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_broken_is_not_mended() {
        for (framing, text) in [
            (Framing::Json, r"\u00\u00331"),
            (Framing::Json, r"\u\u0030031"),
            (Framing::Xml, "&#4&#57;;"),
            (Framing::Xml, "&#&#52;9;"),
            (Framing::Xml, "&#x&#51;1;"),
        ] {
            check(framing, text, text);
        }
        // The remains of one that ended are in nobody's way.
        check(Framing::Json, r"\u00 \u0031", r"\u00 1");
        check(Framing::Json, r"\\u00\u0031", r"\\u001");
        check(Framing::Xml, "&amp;#4&#57;;", "&amp;#49;");
        let zeros = "0".repeat(80);
        let text = format!("&#{zeros}&#52;9;");
        let decoded = decoded(Framing::Xml, &text);
        assert_eq!(decoded, text);
    }

    fn decoded(framing: Framing, text: &str) -> String {
        Escapes::new(framing)
            .decode(Cow::Borrowed(text), true)
            .into_owned()
    }

    proptest! {
        /// Also of documents that are none: what came out has no more to decode.
        #[test]
        fn decoding_twice_is_decoding_once(
            json in r"([\\u]|\\u|\\u00|003|[0-9A-Fx ]|\\u003[0-9]){0,24}",
            xml in r"(&|#|;|x|&#|&#x|&#5|[0-9a-f ]|&#5[0-9];|&#x3[0-9];){0,24}",
        ) {
            for (framing, text) in [(Framing::Json, json), (Framing::Xml, xml)] {
                let once = decoded(framing, &text);
                prop_assert_eq!(decoded(framing, &once), once);
            }
        }
    }

    #[test]
    fn json_escapes_of_digits_and_letters_stand_as_themselves() {
        check(
            Framing::Json,
            r#"{"a":"\u0031\u0058\uFF11"}"#,
            "{\"a\":\"1X１\"}",
        );
        // Not an escape; not a character of numbers; half of a pair.
        check(Framing::Json, r#""\\u0031\n\"""#, r#""\\u0031\n\"""#);
        check(
            Framing::Json,
            r#""\u0022\u4e2d\ud83d\u00""#,
            r#""\u0022\u4e2d\ud83d\u00""#,
        );
        check(Framing::Json, r"\u003", r"\u003");
        check(Framing::Text, r"\u0031&#49;", r"\u0031&#49;");
    }

    #[test]
    fn xml_references_to_digits_and_letters_stand_as_themselves() {
        check(Framing::Xml, "<a>&#49;&#x32;&#0088;</a>", "<a>12X</a>");
        check(
            Framing::Xml,
            "<a>&#60;&amp;#49;&#x;&#;&#49</a>",
            "<a>&#60;&amp;#49;&#x;&#;&#49</a>",
        );
        check(Framing::Xml, "&#4294967345;&", "&#4294967345;&");
        check(Framing::Xml, "&#", "&#");
    }
}
