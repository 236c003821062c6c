//! Codes of no real organization and numbers of no real person: the standards'
//! own examples, and region 350000 with birthdays in 1900.

use super::*;
use Scheme::{OrganizationCode, RegistrationNumber, ResidentNumber, Uscc};
use proptest::prelude::*;

/// The example printed in GB 11643-1999.
pub(super) const NUMBER: &str = "11010519491231002X";
/// Passes the rules of the resident number and of the unified code.
const BOTH: &str = "35000019000101021X";
/// Has a slip in its check character, and so passes for a unified code.
const SLIP_OR_CODE: &str = "350000190001010032";
/// GB 11643-1989.
pub(super) const OLD: &str = "350000000101002";
/// The same, and by chance a registration number.
pub(super) const OLD_OR_REGISTRATION: &str = "350000000101007";

#[track_caller]
fn check(scheme: Scheme, written: &str, expected: Result<&str, &str>) {
    let got = Identifier::parse(scheme, written);
    match (&got, expected) {
        (Ok(id), Ok(normal)) => {
            assert_eq!((id.value(), id.scheme()), (normal, scheme), "{written}");
            assert_eq!(normalise(written), normal);
        }
        (Err(error), Err(part)) => {
            assert!(error.to_string().contains(part), "{written}: {error}");
        }
        _ => panic!("{written}: {got:?}, expected {expected:?}"),
    }
}

/// Requirement 1.
#[test]
fn an_organizations_code_is_taken_under_each_of_its_schemes() {
    check(Uscc, "G1610000713522976L", Ok("G1610000713522976L"));
    check(Uscc, "G1610000713522977L", Err("check character"));
    check(
        Uscc,
        "G161000071352297",
        Err("has 18 characters, this one 16"),
    );
    check(Uscc, "G161000071352297OL", Err("in place 17"));
    check(OrganizationCode, "713522976", Ok("713522976"));
    check(OrganizationCode, "71352297-7", Err("check character"));
    check(OrganizationCode, "71352297A", Err("in place 9"));
    check(RegistrationNumber, "330200400070010", Ok("330200400070010"));
    check(
        RegistrationNumber,
        "330200400070011",
        Err("check character"),
    );
    check(RegistrationNumber, "33020040007001X", Err("in place 15"));
}

/// Requirement 1: what feeds write is brought into one form, and what would have to
/// be guessed is refused with its own rule.
#[test]
fn what_real_feeds_write_is_normalised_or_named() {
    // Lower case, full width, hyphens of all kinds, spaces, a byte order mark.
    check(Uscc, "91350100ma900010xu", Ok("91350100MA900010XU"));
    check(Uscc, "ｇ1610000７13522976l", Ok("G1610000713522976L"));
    check(OrganizationCode, "MA2EL626-6", Ok("MA2EL6266"));
    check(OrganizationCode, "ma2el626－6", Ok("MA2EL6266"));
    check(OrganizationCode, "MA2EL626—6", Ok("MA2EL6266"));
    check(
        Uscc,
        "\u{FEFF} 9135 0100\u{A0}MA90\t0010XU\u{3000}\r\n",
        Ok("91350100MA900010XU"),
    );
    check(Uscc, "9135010\u{200B}0MA900010XU", Ok("91350100MA900010XU"));
    // 14 digits: the check digit is missing, and is not computed.
    check(
        RegistrationNumber,
        "33020040007001",
        Err("14: its check digit is missing"),
    );
    check(
        Uscc,
        "33020040007001",
        Err("has 18 characters, this one 14"),
    );
    // A spreadsheet's floats.
    for float in [
        "9.13E+17",
        "9.1350100e+17",
        "９．１３Ｅ＋１７",
        "9E+17",
        "9.13E17",
    ] {
        check(Uscc, float, Err("its last digits are lost"));
    }
    check(OrganizationCode, "91300E179", Err("check character"));
    // Placeholders, those whose check character fits included.
    check(Uscc, "00000000000000000X", Err("nothing but zeros"));
    check(Uscc, "000000000000000000", Err("nothing but zeros"));
    check(OrganizationCode, "00000000-0", Err("nothing but zeros"));
    check(RegistrationNumber, "0", Err("nothing but zeros"));
    // Nothing.
    for nothing in [
        "", "  ", "暂无", " 无 ", "/", "／", "——", "-", "null", "N/A", "\u{FEFF}",
    ] {
        check(Uscc, nothing, Err("there is no code"));
        check(ResidentNumber, nothing, Err("there is no code"));
    }
    // Damage.
    check(Uscc, "9135010\u{FFFD}MA900010XU", Err("damaged"));
    check(OrganizationCode, "MA2EL62\u{FFFD}\u{FFFD}", Err("damaged"));
    // Characters that are no code's, however long the text is.
    check(Uscc, "91350100MA90001福XU", Err("in place 16"));
    check(Uscc, "91350100MA90001\0XU", Err("in place 16"));
    check(Uscc, &"9".repeat(5000), Err("this one 5000"));
}

#[test]
fn a_resident_number_needs_region_birthday_and_check_character() {
    check(ResidentNumber, "11010519491231002x", Ok(NUMBER));
    check(ResidentNumber, "110105 19491231 002X", Ok(NUMBER));
    check(ResidentNumber, "110105194912310021", Err("check character"));
    check(ResidentNumber, "110105194913310020", Err("day of birth"));
    check(ResidentNumber, "110105190002290020", Err("day of birth"));
    check(ResidentNumber, "990105194912310020", Err("region"));
    check(ResidentNumber, "1101051949123100X2", Err("in place 17"));
    check(
        ResidentNumber,
        OLD,
        Err("no check character and binds nothing"),
    );
}

/// Requirement 1: old records (存量) are led to the same subject.
#[test]
fn a_unified_code_holds_its_organization_code() {
    let uscc = Identifier::parse(Uscc, "G1610000713522976L").unwrap();
    let inner = uscc.inner_organization_code().unwrap();
    assert_eq!(
        (inner.scheme(), inner.value()),
        (OrganizationCode, "713522976")
    );
    assert_eq!(inner.inner_organization_code(), None);
}

#[test]
fn a_sole_trader_is_known_by_its_unified_code() {
    let trader = |scheme, code| Identifier::parse(scheme, code).unwrap().is_sole_trader();
    assert!(trader(Uscc, "92350100MA90002067"));
    assert!(!trader(Uscc, "91350100MA900010XU"));
    assert!(!trader(RegistrationNumber, "330200400070010"));
}

/// A bare code: its scheme, whether it is masked, and its value or rule.
#[track_caller]
fn recognised(written: &str, scheme: Option<Scheme>, masked: bool, verdict: Result<&str, &str>) {
    let got = recognise(written);
    assert_eq!(got.scheme, scheme, "{written}");
    assert_eq!(got.personal, masked, "{written}");
    assert_eq!(got.shown(written) == written, !masked, "{written}");
    match (&got.verdict, verdict) {
        (Ok(id), Ok(normal)) => assert_eq!(id.value(), normal, "{written}"),
        (Err(error), Err(part)) => {
            assert!(error.to_string().contains(part), "{written}: {error}");
        }
        _ => panic!("{written}: {got:?}, expected {verdict:?}"),
    }
}

/// Requirement 1: never guessed.
#[test]
fn a_bare_code_is_recognised_a_resident_number_first() {
    recognised(
        "91350100ma900010xu",
        Some(Uscc),
        false,
        Ok("91350100MA900010XU"),
    );
    recognised(
        "G1610000713522976L",
        Some(Uscc),
        false,
        Ok("G1610000713522976L"),
    );
    recognised("MA2EL626-6", Some(OrganizationCode), false, Ok("MA2EL6266"));
    recognised(
        "330200400070010",
        Some(RegistrationNumber),
        false,
        Ok("330200400070010"),
    );
    recognised("11010519491231002x", Some(ResidentNumber), true, Ok(NUMBER));

    recognised(
        "91350100MA900010X1",
        Some(Uscc),
        false,
        Err("check character"),
    );
    recognised(
        "MA2EL626-7",
        Some(OrganizationCode),
        false,
        Err("check character"),
    );
    recognised(
        "330200400070011",
        Some(RegistrationNumber),
        false,
        Err("check character"),
    );
    recognised(
        "33020040007001",
        Some(RegistrationNumber),
        false,
        Err("check digit is missing"),
    );
    recognised(
        "福州虚构贸易有限公司",
        None,
        false,
        Err("10 characters are no kind of code"),
    );
    recognised("9.13E+17", None, false, Err("digits are lost"));
    recognised("9.1350100E+17", None, false, Err("digits are lost"));
    recognised("00000000000000000X", None, false, Err("nothing but zeros"));
    recognised("000000000", None, false, Err("nothing but zeros"));
    recognised("暂无", None, false, Err("there is no code"));
    recognised("9135010\u{FFFD}MA900010XU", None, false, Err("damaged"));
}

#[test]
fn a_code_that_may_be_a_persons_and_an_organizations_is_neither() {
    recognised(BOTH, None, true, Err("unified social credit code at once"));
    recognised(
        SLIP_OR_CODE,
        None,
        true,
        Err("unified social credit code at once"),
    );
    recognised(
        OLD_OR_REGISTRATION,
        None,
        true,
        Err("registration number at once"),
    );
}

/// A mistyped number still points at a person.
#[test]
fn what_may_be_a_persons_number_with_a_slip_is_masked() {
    recognised(
        "110105194912310021",
        Some(ResidentNumber),
        true,
        Err("check character"),
    );
    recognised(OLD, Some(ResidentNumber), true, Err("binds nothing"));
    // A character too few or too many; no such birthday; a letter for a figure.
    recognised("1101051949123102X", None, true, Err("no kind of code"));
    recognised("11010519491231002XX", None, true, Err("no kind of code"));
    recognised("1101051949123100211", None, true, Err("no kind of code"));
    recognised(
        "110105194913310021",
        Some(Uscc),
        true,
        Err("check character"),
    );
    recognised("11O1O519491231002X", Some(Uscc), true, Err("in place 3"));
    recognised(
        "35000000010100",
        Some(RegistrationNumber),
        true,
        Err("check digit"),
    );
    recognised("法人11010519491231002X", None, true, Err("no kind of code"));
    recognised("1101051949123100\u{FFFD}X", None, true, Err("damaged"));
}

/// A resident number of any region and day, its check character right or wrong.
fn numbers() -> impl Strategy<Value = String> {
    let region = prop::sample::select(vec!["11", "35", "44", "65", "83"]);
    (
        region,
        "[0-9]{4}",
        1900..2030_u32,
        1..=12_u32,
        1..=28_u32,
        "[0-9]{3}[0-9X]",
    )
        .prop_map(|(province, rest, year, month, day, end)| {
            format!("{province}{rest}{year}{month:02}{day:02}{end}")
        })
}

/// Everything that this room makes of a code for anybody to read.
fn said_about(written: &str) -> Vec<String> {
    let mut said = Vec::new();
    for scheme in [Uscc, OrganizationCode, RegistrationNumber, ResidentNumber] {
        match Identifier::parse(scheme, written) {
            // Not labelled a person's: its value is an organization's code.
            Ok(_) if scheme != ResidentNumber => {}
            Ok(id) => said.extend([format!("{id:?}{id:#?}"), id.shown().to_owned()]),
            Err(error) => said.extend([format!("{error:?}"), error.to_string()]),
        }
    }
    let recognised = recognise(written);
    said.push(recognised.shown(written).to_owned());
    said.push(format!("{recognised:?}"));
    if let Err(error) = recognised.verdict {
        said.push(error.to_string());
    }
    said.push(format!("{:?}", resident_numbers_in(written)));
    said
}

/// Whether four characters in a row of a number stand in a text.
fn gives_away(text: &str, number: &str) -> bool {
    number
        .as_bytes()
        .windows(4)
        .any(|four| text.contains(str::from_utf8(four).unwrap()))
}

proptest! {
    #[test]
    fn nothing_said_about_a_persons_number_gives_it_away(
        number in numbers(),
        slip in 0_usize..18,
        filler in prop::sample::select(vec!["", " ", "-", "O", "7"]),
    ) {
        let old = format!("{}{}", &number[..6], &number[8..17]);
        // One character gone, doubled, or replaced.
        let short = format!("{}{}", &number[..slip], &number[slip + 1..]);
        let long = format!("{}{filler}{}", &number[..slip], &number[slip..]);
        let wrong = format!("{}{filler}{}", &number[..slip], &number[slip + 1..]);
        let in_text = format!("法定代表人{number}，男");
        for written in [&number, &old, &short, &long, &wrong, &in_text] {
            let slipped = written != &number && written != &old;
            if slipped && recognise(written).verdict.is_ok_and(|id| id.scheme() != ResidentNumber) {
                // The slip made a valid organization's code: nobody can tell.
                continue;
            }
            for said in said_about(written) {
                prop_assert!(!gives_away(&said, &number), "of {written} it says: {said}");
            }
        }
    }

    #[test]
    fn a_number_is_found_wherever_it_stands(
        number in numbers(),
        before in "[^0-9０-９\\-‐-―−－\\s\\u200B-\\u200D\\u2060\\uFEFF]?",
        after in "[^0-9０-９]?",
        place in 1_usize..17,
        joint in prop::sample::select(vec!["", " ", "-", "\u{3000}"]),
    ) {
        let split = format!("{}{joint}{}", &number[..place], &number[place..]);
        let text = format!("{before}{split}{after}");
        let found = resident_numbers_in(&text);
        prop_assert_eq!(found.len(), 1, "{}", text);
        prop_assert_eq!(&found[0].number, &number);
        prop_assert_eq!(&text[found[0].at.clone()], split.as_str());
    }

    #[test]
    fn any_text_is_read_without_a_fault(text in "[0-9０-９X \\-,年　A福]{0,60}", other in ".*") {
        for text in [text, other] {
            for number in resident_numbers_in(&text) {
                prop_assert_eq!(normalise(&text[number.at]), number.number);
            }
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.as_str());
            prop_assert!(!recognise(&text).shown(&text).is_empty() || text.is_empty());
        }
    }
}
