//! Each department carries out what the sample catalogue gives it, and nothing
//! else. Absent: drafts, which cannot be dispatched.

use std::path::Path;

use department_back_ends::{customs, housing, tax, transport};
use toml::Table;

/// Codes of the measures in force that have this executor.
fn dispatchable(executor: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/measures.toml");
    let text = std::fs::read_to_string(file).expect("the catalogue");
    let catalogue: Table = text.parse().expect("TOML");
    let measures = catalogue["measures"].as_array().expect("measures").iter();
    measures
        .filter(|measure| measure["executor"].as_str() == Some(executor))
        .filter(|measure| measure["verified"].as_str() != Some("no"))
        .filter(|measure| measure.get("held").is_none() && measure.get("filed_on").is_some())
        .map(|measure| measure["code"].as_str().expect("a code").to_owned())
        .collect()
}

fn check(executor: &str, mandate: &[&str]) {
    let mut found = dispatchable(executor);
    let mut mandate = mandate.to_vec();
    found.sort_unstable();
    mandate.sort_unstable();
    assert_eq!(found, mandate, "{executor}");
}

#[test]
fn as_in_the_catalogue() {
    check("tax", &tax::MANDATE);
    check("customs", &customs::MANDATE);
    check("transport", &transport::MANDATE);
    check("housing", &housing::MANDATE);
}
