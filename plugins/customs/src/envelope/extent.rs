//! Where an element ends, found without reading it.
//!
//! In comes the text of an element as it grows, segment by segment, each up to the
//! next `>`; out goes whether that was the end. Always: an end tag in a comment or in
//! a CDATA section does not count, each segment is looked at once, and what was
//! looked at is no longer needed, so that an element too long to be held is still
//! followed to its end. Absent: everything else of XML; a broken tag inside does not
//! hide the end.

/// An end tag is no longer than this, white space in it counted.
const END_TAG_BYTES: usize = 64;

/// What the text stands in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mode {
    Text,
    Comment,
    Section,
}

impl Mode {
    /// How it begins.
    fn opener(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Comment => "<!--",
            Self::Section => "<![CDATA[",
        }
    }

    /// How it ends.
    fn closer(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Comment => "-->",
            Self::Section => "]]>",
        }
    }
}

/// The end of one element, looked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extent {
    /// Name of the element, with its prefix.
    pub(super) name: String,
    /// Where the text stands that was looked at.
    pub(super) mode: Mode,
    /// How many bytes of the piece were looked at.
    pub(super) seen: usize,
}

impl Extent {
    /// Of an element of this name, whose start tag has so many bytes.
    pub(super) fn of(name: &str, tag: usize) -> Self {
        Self {
            name: name.to_owned(),
            mode: Mode::Text,
            seen: tag,
        }
    }

    /// Whether the piece, which has grown up to a `>`, is the whole element.
    pub(super) fn ends(&mut self, piece: &str) -> bool {
        let segment = &piece[self.seen..];
        self.seen = piece.len();
        if self.mode != Mode::Text {
            if segment.ends_with(self.mode.closer()) {
                self.mode = Mode::Text;
            }
            return false;
        }
        if let Some((mode, inside)) = opened(segment) {
            if !inside.ends_with(mode.closer()) {
                self.mode = mode;
            }
            return false;
        }
        is_end_tag(tail(segment), &self.name)
    }

    /// Drops of a piece what is not needed to find the end.
    pub(super) fn forget(&mut self, piece: &mut String) {
        let mut segment = &piece[self.seen..];
        if self.mode == Mode::Text
            && let Some((mode, inside)) = opened(segment)
        {
            self.mode = mode;
            segment = inside;
        }
        *piece = tail(segment).to_owned();
        self.seen = 0;
    }
}

/// What opens first in a segment that stands in text, and the rest behind it.
fn opened(segment: &str) -> Option<(Mode, &str)> {
    [Mode::Comment, Mode::Section]
        .into_iter()
        .filter_map(|mode| segment.find(mode.opener()).map(|at| (at, mode)))
        .min_by_key(|(at, _)| *at)
        .map(|(at, mode)| (mode, &segment[at + mode.opener().len()..]))
}

/// As much of the end as an end tag may have.
fn tail(segment: &str) -> &str {
    let from = segment.len().saturating_sub(END_TAG_BYTES);
    let from = (from..segment.len()).find(|at| segment.is_char_boundary(*at));
    from.map_or("", |from| &segment[from..])
}

/// Whether a text that ends with `>` ends with `</name>`.
fn is_end_tag(text: &str, name: &str) -> bool {
    let Some(at) = text.rfind("</") else {
        return false;
    };
    text[at + 2..]
        .strip_prefix(name)
        .and_then(|rest| rest.strip_suffix('>'))
        .is_some_and(|space| space.bytes().all(|b| b.is_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` in segments, and forgets after each `cut` characters if told to.
    fn end(text: &str, forget_after: Option<usize>) -> Option<usize> {
        let mut extent = Extent::of("f", 3);
        let mut piece = "<f>".to_owned();
        let mut since = 0;
        for (at, c) in text.char_indices() {
            piece.push(c);
            since += 1;
            if c == '>' && extent.ends(&piece) {
                return Some(at + 1);
            }
            if forget_after.is_some_and(|cut| since >= cut) {
                extent.forget(&mut piece);
                since = 0;
                assert!(piece.len() <= END_TAG_BYTES);
            }
        }
        None
    }

    #[test]
    fn the_end_is_found_whatever_stands_before_it() {
        for (text, rest) in [
            ("</f>x", 1),
            ("</f \n\t></f>", 4),
            ("<A>1</A></f>", 0),
            ("<A><![CDATA[</f>]]></A></f>", 0),
            ("<A><![CDATA[>]]></A></f> ", 1),
            ("<!-- </f> --></f>", 0),
            ("<!--></f>--></f>", 0),
            ("<![CDATA[]]></f>", 0),
            ("<![CDATA[<!--]]></f>", 0),
            ("<!--<![CDATA[--></f>", 0),
            ("<A>a < b</A></f>", 0),
            ("<A>a & > b</B></f>", 0),
            ("</fields></f>", 0),
        ] {
            let expected = Some(text.len() - rest);
            assert_eq!(end(text, None), expected, "{text}");
            for cut in 1..=text.len() {
                assert_eq!(end(text, Some(cut)), expected, "{text} after {cut}");
            }
        }
    }

    #[test]
    fn no_end_is_none() {
        for text in [
            "",
            "</f",
            "<f>",
            "<![CDATA[</f>",
            "<!--</f>",
            "</F>",
            "< /f>",
        ] {
            assert_eq!(end(text, None), None, "{text}");
            assert_eq!(end(text, Some(1)), None, "{text}");
        }
    }
}
