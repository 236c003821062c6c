//! Pieces give what the whole gives, in every framing.

use super::*;
use crate::ports::{Secret, Setting};
use async_trait::async_trait;
use proptest::prelude::*;

const NUMBER: &str = "110105194912310021";
const OTHER: &str = "35000019000101001X";
const OLD: &str = "350000000101002";

/// A token of a number is the number's digits behind a `Z`, the last one lost.
struct Fixed;

#[async_trait]
impl Vault for Fixed {
    async fn tokens(&self, _plugin: &str, numbers: &[String]) -> Result<Vec<String>, PortError> {
        Ok(numbers.iter().map(|number| token(number)).collect())
    }

    async fn numbers(
        &self,
        _plugin: &str,
        _tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError> {
        Ok(BTreeMap::new())
    }

    async fn setting(&self, _plugin: &str, _name: &str) -> Result<Option<Setting>, PortError> {
        Ok(None)
    }

    async fn secret(&self, _plugin: &str, _name: &str) -> Result<Secret, PortError> {
        Err(PortError::new("no such secret"))
    }
}

fn token(number: &str) -> String {
    // Shifted, so that no token holds the number that it stands for.
    let turned = number.bytes().map(|b| char::from(b'A' + (b - b'0') % 26));
    let turned: String = turned.take(17).collect();
    format!("Z{turned:0>17}")
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime starts").block_on(work)
}

fn whole(framing: Framing, text: &str) -> String {
    let work = async {
        Masker::new(framing)
            .push(&Fixed, "p", text.into(), true)
            .await
    };
    run(work).expect("the vault works")
}

fn piecewise(framing: Framing, text: &str, characters: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    run(async {
        let mut masker = Masker::new(framing);
        let mut masked = String::new();
        for piece in letters.chunks(characters) {
            let piece: String = piece.iter().collect();
            masked += &masker
                .push(&Fixed, "p", piece, false)
                .await
                .expect("it works");
        }
        masked
            + &masker
                .push(&Fixed, "p", String::new(), true)
                .await
                .expect("it works")
    })
}

#[track_caller]
fn check(framing: Framing, text: &str, expected: &str) {
    assert_eq!(whole(framing, text), expected);
    for characters in 1..=text.chars().count() {
        let masked = piecewise(framing, text, characters);
        assert_eq!(masked, expected, "in pieces of {characters}");
    }
}

#[test]
fn a_bare_number_of_json_becomes_a_string() {
    let (a, b, c) = (token(NUMBER), token(OTHER), token(OLD));
    check(
        Framing::Json,
        &format!("{{\"id\": {NUMBER},\"x\":[{OLD},1],\"t\":\"法人 {OTHER}\"}}"),
        &format!("{{\"id\": \"{a}\",\"x\":[\"{c}\",1],\"t\":\"法人 {b}\"}}"),
    );
    check(
        Framing::Json,
        &format!(r#"{{"t":"a\"b\\","id":{NUMBER},"u":"\"{NUMBER}"}}"#),
        &format!(r#"{{"t":"a\"b\\","id":"{a}","u":"\"{a}"}}"#),
    );
    // One document a line: a damaged line spoils no other.
    check(
        Framing::Json,
        &format!("{{\"t\":\"a\n{{\"id\":{NUMBER}}}\n"),
        &format!("{{\"t\":\"a\n{{\"id\":\"{a}\"}}\n"),
    );
    check(Framing::Text, &format!("a,{NUMBER},b"), &format!("a,{a},b"));
}

#[test]
fn a_number_written_in_escapes_is_found() {
    let (a, b) = (token(NUMBER), token(OTHER));
    let json: String = NUMBER.bytes().map(|b| format!("\\u{b:04x}")).collect();
    check(
        Framing::Json,
        &format!("{{\"id\":\"{json}\"}}"),
        &format!("{{\"id\":\"{a}\"}}"),
    );
    check(
        Framing::Json,
        "\"350000\\u002019000101\\u3000001\\uff38\"",
        &format!("\"{b}\""),
    );
    let xml: String = OTHER.bytes().map(|b| format!("&#{b};")).collect();
    check(
        Framing::Xml,
        &format!("<id>{xml}</id>"),
        &format!("<id>{b}</id>"),
    );
    let mixed = format!("<id v='&#x31;{}'/>", &NUMBER[1..]);
    check(Framing::Xml, &mixed, &format!("<id v='{a}'/>"));
}

proptest! {
    #[test]
    fn pieces_give_what_the_whole_gives(
        framing in prop_oneof![Just(Framing::Text), Just(Framing::Json), Just(Framing::Xml)],
        parts in prop::collection::vec(
            prop_oneof![
                "[0-9]{1,20}",
                "[\\\\\"&#;xuX0-9a-f ,\n福]{1,8}",
                Just(NUMBER.to_owned()),
                Just(OLD.to_owned()),
                Just("350000 19000101 001X".to_owned()),
                Just("\\u0031".to_owned()),
                Just("&#49;&#x58;".to_owned()),
                Just(NUMBER.bytes().map(|b| format!("\\u{b:04x}")).collect()),
            ],
            0..30,
        ),
        characters in 1_usize..60,
    ) {
        let text = parts.concat();
        prop_assert_eq!(piecewise(framing, &text, characters), whole(framing, &text));
    }
}
