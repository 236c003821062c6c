//! Envelopes: what is one, what is not, and that it does not matter where they are cut.

use credence_sdk::contract::feeds::{FeedError, Guest as _};
use credence_sdk::contract::types::Statement;
use credence_sdk::testing::{Feed, Read, shown};
use proptest::prelude::*;

use super::*;
use crate::Customs;

const ROW: &str = "<fields><CF_WSH>x</CF_WSH></fields>";

fn feed() -> Feed {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Feed::new("penalties", fixtures, Customs::normalise)
}

fn message(rows: &str) -> String {
    format!(
        "<ExchangeMessage><Header><MessageID>1</MessageID></Header>\
         <Body>{rows}</Body></ExchangeMessage>"
    )
}

/// So many rows, in one piece and in every other way.
fn check(text: &str, rows: u32) {
    let read = feed().read(&[text]);
    assert_eq!((read.rows, &read.stopped), (rows, &None), "{text}");
    assert!(!shown(&read).contains("truncated"), "{text}");
    feed().check_cuts(text);
}

#[test]
fn a_delivery_holds_any_number_of_messages() {
    let (one, two) = (message(ROW), message(&format!("\n{ROW}\n{ROW}\n")));
    check(&one, 1);
    check(&message(""), 0);
    check(&format!("{one}{two}"), 3);
    let declared = format!("<?xml version=\"1.0\" encoding=\"GBK\"?>\r\n{one}\n");
    check(&format!("\u{feff}{declared}\u{feff}{declared}"), 2);
    check(
        &format!("<ExchangeMessages>{one}\n{two}</ExchangeMessages>"),
        3,
    );
    check("<ExchangeMessages/>", 0);
    check("<ExchangeMessage/>", 0);
    check("<ExchangeMessage><Header/><Body/></ExchangeMessage>", 0);
    check(
        "<ExchangeMessage><Body><fields/></Body></ExchangeMessage>",
        1,
    );
}

#[test]
fn what_says_nothing_is_passed_over() {
    let one = message(&format!("<!-- > <fields> -->{ROW}<?a >?>{ROW}"));
    check(
        &format!("<!-- a --><?xml-stylesheet href='>'?>{one}<!-- b -->"),
        2,
    );
    check(
        "<x:ExchangeMessage xmlns:x=\"urn:a>b\"><x:Body at='1'><x:fields a='>'>\
         <x:CF_WSH>1</x:CF_WSH></x:fields></x:Body ></x:ExchangeMessage\n>",
        1,
    );
}

fn check_refused(text: &str, newer: bool, word: &str) {
    let stopped = |pieces: &[&str]| feed().read(pieces).stopped;
    let found = stopped(&[text]);
    match &found {
        Some(FeedError::WrongFormat(words)) if !newer => assert!(words.contains(word), "{words}"),
        Some(FeedError::NewerFormat(words)) if newer => assert!(words.contains(word), "{words}"),
        other => panic!("{text:.200}: {other:?}"),
    }
    for size in [1, 2, 7, 1021] {
        let chars: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = chars.chunks(size).map(String::from_iter).collect();
        let pieces = pieces.iter().map(String::as_str).chain([""]);
        let pieces: Vec<&str> = pieces.collect();
        assert_eq!(stopped(&pieces), found, "{text:.200} in pieces of {size}");
    }
}

#[test]
fn what_is_no_envelope_is_refused() {
    let one = message(ROW);
    check_refused("", false, "empty");
    check_refused(" \u{feff}\n", false, "empty");
    check_refused("<!-- a -->", false, "empty");
    check_refused("{\"rows\": []}", false, "words stand");
    check_refused("编号,名称\n1,甲\n", false, "words stand");
    check_refused("<html></html>", false, "root");
    check_refused("<fields></fields>", false, "root");
    check_refused("</ExchangeMessage>", false, "end tag");
    check_refused("<Exchange", false, "first message");
    check_refused(&format!("<List>{one}</List>"), false, "root");
    check_refused(&format!("{one}x"), false, "words stand");
    check_refused(&format!("{one}</ExchangeMessages>"), false, "end tag");
    check_refused(&one.replace("</Body>", ""), false, "end tag");
    check_refused(&one.replace("<Body>", "<Body>x"), false, "words stand");
    check_refused(
        &one.replace("<Body>", "<Body><![CDATA[x]]>"),
        false,
        "words stand",
    );
    check_refused(&one.replace("<MessageID>", "<Message>"), false, "Header");
}

#[test]
fn a_document_type_is_refused() {
    let one = message(ROW);
    check_refused(
        &format!("<!DOCTYPE ExchangeMessage>{one}"),
        false,
        "document type",
    );
    let outside = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]>";
    check_refused(
        &format!("<?xml version='1.0'?>{outside}{one}"),
        false,
        "document type",
    );
    check_refused(&format!("{one}<!doctype a>"), false, "document type");
}

#[test]
fn what_is_newer_is_held() {
    let one = message(ROW);
    let profile = |said: &str| one.replace("<MessageID>", &format!("{said}<MessageID>"));
    for known in ["2016", " 2018 ", "", "<![CDATA[2018]]>"] {
        check(&profile(&format!("<Profile>{known}</Profile>")), 1);
    }
    check(&profile("<Sender><Profile>2099</Profile></Sender>"), 1);
    for newer in ["2024", "<![CDATA[2024]]>", "19"] {
        check_refused(
            &profile(&format!("<Profile>{newer}</Profile>")),
            true,
            "Profile",
        );
    }
    check_refused(
        &one.replace("<Body>", "<Tail/><Body>"),
        true,
        "does not know",
    );
    check_refused(
        &one.replace("<fields>", "<table><fields>"),
        true,
        "does not know",
    );
}

#[test]
fn a_message_that_miscounts_its_rows_is_noted() {
    let total =
        |n: &str| message(ROW).replace("<MessageID>", &format!("<Total>{n}</Total><MessageID>"));
    let read = feed().read(&[&format!("{}{}{}", total("1"), total("2"), total("many"))]);
    assert_eq!(read.notes.len(), 1, "{:?}", read.notes);
    assert!(read.notes[0].contains("2 rows and has 1"));
}

#[test]
fn wherever_a_delivery_breaks_off_it_is_told() {
    let one = message(ROW);
    let text = format!("{one}\n<ExchangeMessages>{one}</ExchangeMessages>\n");
    let begun = text.find('>').unwrap() + 1;
    let listed = text.find("<ExchangeMessages>").unwrap();
    for (cut, _) in text.char_indices().filter(|(cut, _)| *cut > 0) {
        let read = feed().read(&[&text[..cut]]);
        let lines = shown(&read);
        if cut < begun {
            assert!(
                matches!(read.stopped, Some(FeedError::WrongFormat(_))),
                "{cut}"
            );
            continue;
        }
        let whole = (one.len()..=listed).contains(&cut) || cut == text.len() - 1;
        assert_eq!(read.stopped, None, "{cut}");
        assert_eq!(lines.contains("truncated"), !whole, "{cut}: {lines}");
    }
}

fn rules(read: &Read) -> Vec<&str> {
    read.all(|statement| match statement {
        Statement::Rejected(rejection) => Some(&rejection.rule),
        _ => None,
    })
    .into_iter()
    .map(String::as_str)
    .collect()
}

#[test]
fn a_row_longer_than_any_penalty_is_rejected_alone() {
    for filler in ["长", "a>", "<b/>", "<!-- > -->", "<![CDATA[</fields>]]>"] {
        let long = filler.repeat(ROW_BYTES / filler.len() + 1);
        let text = message(&format!("{ROW}<fields><CF_SY>{long}</CF_SY></fields>{ROW}"));
        let read = feed().read(&[&text]);
        assert_eq!(
            rules(&read),
            ["missing", "out-of-range", "missing"],
            "{filler}"
        );
        let chars: Vec<char> = text.chars().collect();
        for size in [64, 1021, 100_000] {
            let pieces: Vec<String> = chars.chunks(size).map(String::from_iter).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(feed().read(&pieces), read, "{filler} in pieces of {size}");
        }
    }
}

#[test]
fn nothing_else_is_held_beyond_its_limit() {
    let one = message(ROW);
    let header = |n: usize| one.replace("<MessageID>1", &format!("<MessageID>{}", "a".repeat(n)));
    check(&header(HEADER_BYTES - 100), 1);
    check_refused(&header(HEADER_BYTES), false, "64 KiB");
    let tag = |n: usize| one.replace("<Body>", &format!("<Body a='{}'>", "a".repeat(n)));
    check(&tag(TAG_BYTES - 20), 1);
    check_refused(&tag(TAG_BYTES), false, "too long");
    let comment = |n: usize| format!("<!--{}-->{one}", ">".repeat(n));
    check(&comment(TAG_BYTES * 2), 1);
    check_refused(&comment(COMMENT_BYTES), false, "too long");
}

#[test]
fn a_carry_of_another_revision_is_refused() {
    for carry in [
        "2 0 0 0 - 0 0 0 0 \n",
        "1",
        "1 9 0 0 - 0 0 0 0 \n",
        "1 4 0 0 - 0 0 0 9 f\n<f>",
    ] {
        assert!(Envelope::resume(carry).is_err(), "{carry}");
    }
}

/// A change to a delivery, such as happens to real ones and worse.
fn spoilt(text: &str, changes: &[(prop::sample::Index, &'static str, usize)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (at, put, drop) in changes {
        let at = at.index(chars.len());
        let end = (at + drop).min(chars.len());
        chars.splice(at..end, put.chars());
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_delivery_reads_the_same_however_it_is_cut(
        changes in prop::collection::vec((
            any::<prop::sample::Index>(),
            prop::sample::select(vec![
                "", "<", ">", "&", "</fields>", "<fields>", "<!--", "-->", "<![CDATA[", "]]>",
                "</Body>", "\"", "'", "</ExchangeMessage>", "<?", "?>", "<!", "𠮷",
            ]),
            0_usize..3,
        ), 0..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let text = spoilt(&feed().fixture("penalties-good.xml"), &changes);
        let whole = feed().read(&[&text]);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| places[cut.index(places.len())]).collect();
        cuts.sort_unstable();
        let borders: Vec<usize> = [0].into_iter().chain(cuts).chain([text.len()]).collect();
        let pieces: Vec<&str> = borders.windows(2).map(|w| &text[w[0]..w[1]]).collect();
        let cut = feed().read(&pieces);
        // What stops a delivery costs the lines of its own chunk, so there the lines
        // depend on the cut.
        prop_assert_eq!(&cut.stopped, &whole.stopped);
        if whole.stopped.is_none() {
            prop_assert_eq!(cut, whole);
        }
    }
}
