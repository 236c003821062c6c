//! Codes: right but where a row is there to be caught, and nobody's.

use std::collections::BTreeSet;
use std::io::Read as _;

use credence_domain::identifier::{Identifier, Scheme, resident_numbers_in};
use credence_province::Province;
use credence_province::cast::CAST;
use credence_province::organizations::NO_COUNTY;
use credence_province::people::IMPOSSIBLE;

/// What stands in the files of a province, in words; of workbooks the strings.
fn words(province: &Province) -> Vec<(&'static str, String)> {
    let text = |path: &str, bytes: &[u8]| match path.rsplit('.').next() {
        Some("xlsx") => strings_of(bytes),
        _ if path.starts_with("transport/") => encoding_rs::GB18030.decode(bytes).0.into_owned(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    };
    let files = province.files.iter();
    files
        .map(|file| (file.path, text(file.path, &file.bytes)))
        .collect()
}

fn strings_of(workbook: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    for part in ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"] {
        archive
            .by_name(part)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
    }
    text
}

/// Runs of capitals and digits of this length.
fn runs(text: &str, length: usize) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit()))
        .filter(move |run| run.len() == length)
}

#[test]
fn every_unified_code_is_right_but_those_placed_to_be_caught_and_none_can_be_real() {
    for seed in [7, 8] {
        let province = Province::make(seed, 240).unwrap();
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for (path, text) in words(&province) {
            for code in runs(&text, 18).filter(|code| code[8..].starts_with("MA9")) {
                assert!(
                    code.starts_with("9135") || code.starts_with("9235"),
                    "{code}"
                );
                assert_eq!(&code[6..8], NO_COUNTY, "{code}");
                match Identifier::parse(Scheme::Uscc, code) {
                    Ok(_) => drop(seen.insert(code.to_owned())),
                    Err(_) => wrong.push(path),
                }
            }
        }
        // One in each feed of organizations that has the hazard, and in the register.
        wrong.dedup();
        assert_eq!(
            wrong,
            [
                "register.csv",
                "tax/penalties.json",
                "customs/penalties.xml",
                "transport/overloads.csv",
                "housing/wage-arrears.xlsx"
            ]
        );
        assert!(seen.len() > 200, "{}", seen.len());
        for member in CAST.iter().filter(|member| !member.is_person) {
            assert!(seen.contains(member.code), "{}", member.part);
        }
    }
}

#[test]
fn codes_of_authorities_are_right() {
    let province = Province::make(7, 240).unwrap();
    let mut seen = BTreeSet::new();
    for (path, text) in words(&province) {
        for code in runs(&text, 18).filter(|code| code.starts_with("1135")) {
            Identifier::parse(Scheme::Uscc, code).unwrap_or_else(|error| panic!("{path}: {error}"));
            seen.insert(code.to_owned());
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn no_number_of_a_person_can_be_anybodys() {
    for seed in [7, 8] {
        let province = Province::make(seed, 240).unwrap();
        let mut seen = 0;
        for (path, text) in words(&province) {
            for found in resident_numbers_in(&text) {
                let number = &text[found.at];
                // The province itself registers nobody, and nobody born in 1900 lives.
                assert!(
                    number.starts_with(IMPOSSIBLE),
                    "{path}: a number of another kind"
                );
                Identifier::parse(Scheme::ResidentNumber, number).unwrap();
                seen += 1;
            }
        }
        assert!(seen > 500, "{seen}");
    }
}

#[test]
fn names_are_visibly_invented() {
    let province = Province::make(7, 240).unwrap();
    let society = &province.society;
    let mut names = BTreeSet::new();
    for org in society.organizations.iter().chain(&society.cast) {
        assert!(org.name.contains("虚构"), "{}", org.name);
        assert!(
            org.representative.name.ends_with('某'),
            "{}",
            org.representative.name
        );
        assert!(names.insert(&org.name), "{} twice", org.name);
    }
}
