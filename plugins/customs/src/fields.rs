//! One `fields` of a message as a row.
//!
//! In comes the element, whole and still as text; out goes the row of its cells, or
//! what is wrong with it. Always: all is text here, so a number keeps its digits; an
//! empty element, and one that is `xsi:nil`, holds nothing; an attribute that was not
//! agreed is refused, since it may say what the words do not (a unit, a deletion).
//! Absent: what the columns mean.

use credence_sdk::fault::{Fault, rule};
use credence_sdk::row::Row;

use crate::xml::{self, Attribute, Broken, Child};

/// Reads one row. Blank rows come out empty.
///
/// # Errors
/// The first thing that cannot be trusted.
pub(crate) fn read(text: &str) -> Result<Row<'static>, Fault> {
    let flat = xml::read(text, "fields").map_err(fault)?;
    if !flat.attributes.is_empty() {
        return Err(Fault::row(
            rule::MALFORMED,
            "the element fields has an attribute that was not agreed; \
             what it says belongs in an element",
        ));
    }
    let mut row = Row::with_capacity(flat.children.len());
    for child in flat.children {
        push(&mut row, child)?;
    }
    Ok(row)
}

fn push(row: &mut Row<'static>, child: Child<'_>) -> Result<(), Fault> {
    let nil = is_nil(&child.attributes);
    if nil.is_none() || (nil == Some(true) && !child.words.text().trim().is_empty()) {
        return Err(Fault::cell(
            &child.name,
            rule::MALFORMED,
            "the element has an attribute that was not agreed, or is nil and not empty; \
             what it says belongs in its words",
        ));
    }
    if child.words.hide_a_number() {
        return Err(Fault::cell(
            &child.name,
            rule::MALFORMED,
            "a long number is broken up by markup or written with references; \
             send its digits in one piece",
        ));
    }
    row.push_text(child.name, child.words.text())
}

/// `None`: it has an attribute other than `xsi:nil`.
fn is_nil(attributes: &[Attribute]) -> Option<bool> {
    match attributes {
        [] => Some(false),
        [Attribute { name, value }] if name == "nil" => match value.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn fault(broken: Broken) -> Fault {
    let (rule, text) = match broken {
        Broken::Grammar => (
            rule::MALFORMED,
            "the message breaks the rules of XML; in words & is written &amp; and < is \
             written &lt;, and every element has its end tag",
        ),
        Broken::DocumentType => (
            rule::MALFORMED,
            "a document type stands in the message; send it without",
        ),
        Broken::Entity => (
            rule::MALFORMED,
            "the message uses an entity that XML does not have; \
             write the character itself, or its number",
        ),
        Broken::Nested => (
            rule::MALFORMED,
            "an element stands in a field; a field holds words, with < written &lt;",
        ),
        Broken::Between => (
            rule::MALFORMED,
            "words stand between the fields; each belongs in an element of its own",
        ),
        Broken::Swallowed => (
            rule::MALFORMED,
            "the end of a comment or a CDATA section is missing, and with it where this \
             message ends; send it and the next one again",
        ),
        Broken::TooMany => (
            rule::OUT_OF_RANGE,
            "the message has more than 400 fields; send those that were agreed",
        ),
    };
    Fault::row(rule, text)
}
