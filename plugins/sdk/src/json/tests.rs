//! Envelopes cut in every way, broken in every way, and the cells of a row. In comes
//! text; what is checked is the rows and the end, which must not depend on where the
//! text was cut.

use super::*;

/// Reads `text` in pieces of `size` characters, through carries.
fn read(text: &str, size: usize) -> Result<(Vec<String>, End), FeedError> {
    let letters: Vec<char> = text.chars().collect();
    let (mut carry, mut rows) = (String::new(), Vec::new());
    for piece in letters.chunks(size) {
        let mut envelope = Envelope::resume("2018", &carry)?;
        envelope.read(&piece.iter().collect::<String>(), |element| {
            rows.push(match element {
                Element::Row(text) => text.to_owned(),
                Element::TooLong => "too long".to_owned(),
            });
            Ok(())
        })?;
        carry = envelope.into_carry();
    }
    Ok((rows, Envelope::resume("2018", &carry)?.finish()?))
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
            Envelope::resume("2018", carry),
            Err(FeedError::WrongFormat(_))
        ));
    }
}

#[test]
fn numbers_keep_their_digits() {
    let mut row = parse(r#"{"a":0.10,"b":330200400070010,"c":1E3,"d":true}"#).unwrap();
    assert_eq!(row.take_text("a").as_deref(), Some("0.10"));
    assert_eq!(row.take_code("b"), Ok(Some("330200400070010".to_owned())));
    assert_eq!(row.take_code("c").unwrap_err().rule(), "damaged-text");
    assert_eq!(row.into_rest(), [("d".into(), Cell::Bool(true))]);
}

fn check_fault(text: &str, rule: &str) {
    let fault = parse(text).expect_err(text);
    assert_eq!(fault.rule(), rule, "{text}");
}

#[test]
fn a_row_that_cannot_be_trusted_is_told() {
    check_fault("3", "malformed");
    check_fault(r#"{"a":[1]}"#, "malformed");
    check_fault(r#"{"a":"x\u0000"}"#, "malformed");
    check_fault("{\"a\":\"x\u{fffd}\"}", "damaged-text");
    check_fault("{\"a\u{fffd}\":1}", "damaged-text");
    check_fault(r#"{"a":null,"a":1}"#, "ambiguous");
    check_fault("{\"a\":\"line\nbreak\"}", "malformed");
    assert!(parse(r#"{"a":null,"b":"无"}"#).unwrap().is_blank());
    let mut escaped = parse(r#"{"\u0061":"\"1\""}"#).unwrap();
    assert_eq!(escaped.take_text("a").as_deref(), Some("\"1\""));
}
