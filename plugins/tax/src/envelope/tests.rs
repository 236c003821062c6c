//! Envelopes cut in every way, broken in every way. In comes text; what is checked
//! is the rows and the end, which must not depend on where the text was cut.
//! Absent: what is in a row.

use super::*;

/// Reads `text` in pieces of `size` characters, through carries.
fn read(text: &str, size: usize) -> Result<(Vec<String>, End), FeedError> {
    let letters: Vec<char> = text.chars().collect();
    let (mut carry, mut rows) = (String::new(), Vec::new());
    for piece in letters.chunks(size) {
        let mut envelope = Envelope::resume(&carry)?;
        envelope.read(&piece.iter().collect::<String>(), |element| {
            rows.push(match element {
                Element::Row(text) => text.to_owned(),
                Element::TooLong => "too long".to_owned(),
            });
            Ok(())
        })?;
        carry = envelope.into_carry();
    }
    Ok((rows, Envelope::resume(&carry)?.finish()?))
}

fn check(text: &str, rows: &[&str], end: End) {
    let expected = Ok((rows.iter().map(|r| (*r).to_owned()).collect(), end));
    for size in [1, 2, 3, 7, 1 << 20] {
        assert_eq!(read(text, size), expected, "{text} in pieces of {size}");
    }
}

fn check_wrong(text: &str, what: &str) {
    for size in [1, 1 << 20] {
        match read(text, size) {
            Err(FeedError::WrongFormat(message)) => {
                assert!(message.contains(what), "{message}")
            }
            other => panic!("{text} was read as {other:?}"),
        }
    }
}

#[test]
fn rows_come_out_whole_however_the_text_is_cut() {
    let whole = |total| End::Whole { total };
    check(r#"{"total":0,"rows":[]}"#, &[], whole(Some(0)));
    check(
        r#" {"rows" : [ {"a":"]},{\""} , {"b":[1,{}]} ] , "total" : 2 } "#,
        &[r#"{"a":"]},{\""}"#, r#"{"b":[1,{}]}"#],
        whole(Some(2)),
    );
    check(
        r#"{"profile":"2018","total":null,"rows":[null, 3 ,"x",{}]}"#,
        &["null", "3", "\"x\"", "{}"],
        whole(None),
    );
    check(r#"{"rows":[{"a":"\\"}]}"#, &[r#"{"a":"\\"}"#], whole(None));
    check(
        r#"{"rows":[{"名":"福州"}]}"#,
        &[r#"{"名":"福州"}"#],
        whole(None),
    );
}

#[test]
fn a_delivery_that_breaks_off_is_truncated() {
    for cut in [
        r#"{"rows":[{"a":1},"#,
        r#"{"rows":[{"a":1}"#,
        r#"{"rows":[{"a":1}]"#,
        r#"{"rows":[{"a":1}],"total":"#,
        r#"{"rows":[{"a":1},{"b""#,
    ] {
        check(cut, &[r#"{"a":1}"#], End::Truncated);
    }
}

#[test]
fn a_broken_envelope_is_told_apart() {
    check_wrong(r#"[{"a":1}]"#, "begin with");
    check_wrong(r#"{"total":1}"#, "no `rows`");
    check_wrong(r#"{}"#, "no `rows`");
    check_wrong(r#"{"rows":null}"#, "no `rows`");
    check_wrong(r#"{"rows":{}}"#, "not a list");
    check_wrong(r#"{"rows":[],}"#, "out of place");
    check_wrong(r#"{"rows":[{},,{}]}"#, "out of place");
    check_wrong(r#"{"rows":[{}{}]}"#, "out of place");
    check_wrong(r#"{"rows":[],"rows":[]}"#, "twice");
    check_wrong(r#"{"rows":[]}x"#, "follows");
    check_wrong(r#"{"total":01,"rows":[]}"#, "not JSON");
    check_wrong(r#"{"rows":[}]}"#, "out of place");
    check_wrong(r#"{"rows":[3}]}"#, "never opened");
    assert!(matches!(
        read("{\"total\":", 4),
        Err(FeedError::WrongFormat(_))
    ));
}

#[test]
fn an_unknown_profile_is_newer() {
    assert!(matches!(
        read(r#"{"profile":"2031","rows":[]}"#, 5),
        Err(FeedError::NewerFormat(_))
    ));
}

#[test]
fn a_row_without_end_is_dropped_and_reading_goes_on() {
    let long = "x".repeat(ROW_BYTES);
    let text = format!(r#"{{"rows":[{{"a":"{long}"}},{{"b":1}}]}}"#);
    for size in [1000, 1 << 20] {
        let (rows, end) = read(&text, size).expect("readable");
        assert_eq!(rows, ["too long", r#"{"b":1}"#]);
        assert_eq!(end, End::Whole { total: None });
    }
}

#[test]
fn a_carry_of_another_revision_is_refused() {
    for carry in ["2 1 0 0 0 0 0 -\n", "1 9 0 0 0 0 0 -\n", "1 1 0 0", "x"] {
        assert!(matches!(
            Envelope::resume(carry),
            Err(FeedError::WrongFormat(_))
        ));
    }
}
