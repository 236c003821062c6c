//! A flat element: a root whose children hold words and nothing else.
//!
//! In comes a document, or one element of it, whole; out go the children in their
//! order, each with its attributes and its words. Always: references and CDATA are
//! resolved, line ends are one (XML 1.0, 2.11), comments and instructions say
//! nothing, prefixes of namespaces are dropped; a document type, and with it every
//! entity but the five that XML itself has, is refused. Nothing is deeper than a
//! child, and nothing is expanded, so a document costs no more than its length.
//! Absent: what the names mean.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

#[cfg(test)]
mod tests;

/// More children than any agreed element has; the contract allows 200 facts.
const CHILDREN: usize = 400;
/// From so many digits on, a number may be one of a person.
const LONG_NUMBER: usize = 15;

/// The root's own attributes, and its children.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Flat<'a> {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Child<'a>>,
}

/// An attribute that says something of its element: declarations of namespaces,
/// `xml:…` and the schema's `xsi:…`, but for `xsi:nil`, do not.
#[derive(Debug, PartialEq)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// One child and its words.
#[derive(Debug, PartialEq)]
pub(crate) struct Child<'a> {
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) words: Words<'a>,
}

/// Why a text is no flat element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Broken {
    /// Against the grammar: a bare `&` or `<`, tags that do not match.
    Grammar,
    /// It has a document type.
    DocumentType,
    /// An entity that XML itself does not have.
    Entity,
    /// An element in a child.
    Nested,
    /// Words between the children.
    Between,
    /// A comment or CDATA section holds the end of the root: its own end is missing.
    Swallowed,
    /// More than 400 children.
    TooMany,
}

/// What a child says, and where in it the document was not one run of text.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Words<'a> {
    text: Cow<'a, str>,
    seams: Vec<usize>,
}

impl<'a> Words<'a> {
    fn push(&mut self, piece: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.seams.push(self.text.len());
            self.text.to_mut().push_str(&piece);
        }
    }

    /// The words.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a long number is broken up by markup, or written with references.
    /// The host, which reads the text as it was sent, cannot have found in it the
    /// identity number that it may be.
    pub(crate) fn hide_a_number(&self) -> bool {
        if self.seams.is_empty() {
            return false;
        }
        let (mut from, mut to, mut digits) = (0, 0, 0);
        let long = |from: usize, to: usize, digits: usize| {
            digits >= LONG_NUMBER && self.seams.iter().any(|seam| from < *seam && *seam < to)
        };
        for (at, c) in self.text.char_indices() {
            if is_digit(c) || (digits == 17 && matches!(c, 'x' | 'X' | 'ｘ' | 'Ｘ')) {
                if digits == 0 {
                    from = at;
                }
                digits += 1;
                to = at + c.len_utf8();
            } else if !(c.is_whitespace() || matches!(c, '-' | '－' | '–' | '—')) {
                if long(from, to, digits) {
                    return true;
                }
                digits = 0;
            }
        }
        long(from, to, digits)
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

/// Reads the element `root`, whatever its prefix. A declaration before it is passed
/// over: the host has decoded, and the encoding that it names no longer holds.
///
/// # Errors
/// [`Broken`].
pub(crate) fn read<'a>(text: &'a str, root: &str) -> Result<Flat<'a>, Broken> {
    let mut reader = Reader::from_str(text);
    let mut flat = Flat::default();
    let mut end_of_root = String::new();
    let mut open = false;
    let mut closed = false;
    loop {
        let event = reader.read_event().map_err(|_| Broken::Grammar)?;
        match event {
            Event::Start(_) | Event::Empty(_) if closed => return Err(Broken::Grammar),
            Event::Start(tag) if !open => {
                flat.attributes = root_attributes(&tag, root)?;
                end_of_root = format!("</{}", tag.name().into_inner());
                open = true;
            }
            Event::Empty(tag) if !open => {
                flat.attributes = root_attributes(&tag, root)?;
                closed = true;
            }
            Event::Start(tag) => {
                let words = words(&mut reader, &end_of_root)?;
                flat.push(&tag, words)?;
            }
            Event::Empty(tag) => flat.push(&tag, Words::default())?,
            Event::End(_) => closed = true,
            Event::Text(words) if is_blank(&words.xml10_content()) => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => return Err(Broken::Between),
            Event::Comment(comment) if open => swallows(&comment.into_inner(), &end_of_root)?,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err(Broken::DocumentType),
            Event::Eof if closed => return Ok(flat),
            Event::Eof => return Err(Broken::Grammar),
        }
    }
}

impl<'a> Flat<'a> {
    fn push(&mut self, tag: &BytesStart<'_>, words: Words<'a>) -> Result<(), Broken> {
        if self.children.len() == CHILDREN {
            return Err(Broken::TooMany);
        }
        self.children.push(Child {
            name: name(tag)?,
            attributes: attributes(tag)?,
            words,
        });
        Ok(())
    }
}

/// What stands in a child, up to its end.
fn words<'a>(reader: &mut Reader<&'a [u8]>, end_of_root: &str) -> Result<Words<'a>, Broken> {
    let mut words = Words::default();
    loop {
        match reader.read_event().map_err(|_| Broken::Grammar)? {
            Event::Text(text) => words.push(text.xml10_content()),
            Event::CData(section) => {
                let text = section.xml10_content();
                swallows(&text, end_of_root)?;
                words.push(text);
            }
            Event::GeneralRef(reference) => {
                words.push(Cow::Owned(character(&reference)?.to_string()));
            }
            Event::Comment(comment) => swallows(&comment.into_inner(), end_of_root)?,
            Event::Decl(_) | Event::PI(_) => {}
            Event::End(_) => return Ok(words),
            Event::Start(_) | Event::Empty(_) => return Err(Broken::Nested),
            Event::DocType(_) => return Err(Broken::DocumentType),
            Event::Eof => return Err(Broken::Grammar),
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_whitespace() || c == '\u{feff}')
}

fn swallows(text: &str, end_of_root: &str) -> Result<(), Broken> {
    if text.contains(end_of_root) {
        return Err(Broken::Swallowed);
    }
    Ok(())
}

fn character(reference: &BytesRef<'_>) -> Result<char, Broken> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => Ok(c),
        Ok(None) => match reference.xml10_content().as_ref() {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(Broken::Entity),
        },
        Err(_) => Err(Broken::Grammar),
    }
}

fn root_attributes(tag: &BytesStart<'_>, root: &str) -> Result<Vec<Attribute>, Broken> {
    if name(tag)? != root {
        return Err(Broken::Grammar);
    }
    attributes(tag)
}

/// The local name. The reader lets pass what is no name, such as `<5吨</A>`.
fn name(tag: &BytesStart<'_>) -> Result<String, Broken> {
    let name = tag.local_name().into_inner().to_owned();
    let begins_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !begins_well || name.contains(['<', '&', '"', '\'', '=']) {
        return Err(Broken::Grammar);
    }
    Ok(name)
}

fn attributes(tag: &BytesStart<'_>) -> Result<Vec<Attribute>, Broken> {
    let mut found = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| Broken::Grammar)?;
        let (local, prefix) = attribute.key.decompose();
        let (local, prefix) = (local.into_inner(), prefix.map(|p| p.into_inner()));
        let is_silent = match prefix {
            None => local == "xmlns",
            Some("xmlns" | "xml") => true,
            Some("xsi") => local != "nil",
            Some(_) => false,
        };
        if is_silent {
            continue;
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_| Broken::Grammar)?;
        found.push(Attribute {
            name: local.to_owned(),
            value: value.into_owned(),
        });
    }
    Ok(found)
}
