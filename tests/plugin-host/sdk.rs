//! What the SDK makes of a plugin, seen from outside.
//!
//! Comes in: components built with it. Goes out: what they import and export, and
//! what becomes of a batch that uses memory up and down. Always holds: the artefact
//! is judged, not its source.

use crate::{
    guest,
    house::{House, Wanted, check, time_limit},
};
use credence_plugin_host::{
    Host,
    call::{Answer, Ended, Function, Retry},
    grant::Grant,
    manifest::Limits,
};
use std::{collections::BTreeSet, path::Path};
use wasmparser::{Parser, Payload};

/// What an ordinary feed needs at most.
const SMALL_MIB: u32 = 16;

/// The names of the imports and of the exports, less package and version.
fn outside(component: &[u8]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut imports, mut exports) = (BTreeSet::new(), BTreeSet::new());
    let short = |name: &str| {
        let name = name.strip_prefix("credence:department/").unwrap_or(name);
        name.trim_end_matches("@0.1.0").to_owned()
    };
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.expect("the component is well formed") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().map(|i| short(i.unwrap().name.name)));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports.extend(section.into_iter().map(|e| short(e.unwrap().name.name)));
            }
            _ => {}
        }
    }
    (imports, exports)
}

#[test]
fn a_component_has_the_imports_it_uses_and_the_exports_it_named() {
    let check = |name: &str, component: Vec<u8>, imports: &[&str], exports: &[&str]| {
        let expected = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let (found, exported) = outside(&component);
        assert_eq!(found, expected(imports), "{name} imports");
        assert_eq!(exported, expected(exports), "{name} exports");
    };
    check("reader", guest::narrow("reader"), &["types"], &["feeds"]);
    check(
        "doer",
        guest::narrow("doer"),
        &["call", "types"],
        &["measures"],
    );
    check(
        "tax",
        guest::tax(),
        &["call", "http", "log", "settings", "types"],
        &["feeds", "measures"],
    );
}

#[tokio::test]
async fn a_plugin_of_one_interface_is_admitted() {
    let host = Host::start(2).expect("the engine starts");
    for (name, grant) in [
        ("reader", "plugin = \"reader\"\nfeeds = [\"table\"]\n"),
        (
            "doer",
            "plugin = \"doer\"\nmeasures = [\"R-TEST-01\"]\ncall = true\n",
        ),
    ] {
        let grant = Grant::parse("grant", grant).expect("the grant is well formed");
        if let Err(error) = host.admit(guest::narrow(name), &grant).await {
            panic!("{name}: {error}");
        }
    }
}

fn memory_limit(memory_mib: u32) -> Option<Limits> {
    Some(Limits {
        memory_mib,
        ..time_limit(2_000)?
    })
}

/// 160 MiB are taken and freed where there are 16: memory that was freed is used again.
#[tokio::test]
async fn a_batch_that_frees_what_it_takes_does_not_run_out_of_memory() {
    let house = House::with(|grant| grant.limits = memory_limit(SMALL_MIB)).await;
    let report = house.apply("churn").await;
    let wanted = Wanted {
        code: "answered",
        says: "",
        retry: Retry::Never,
        left_house: false,
    };
    check("churn", &report, wanted);
}

/// A whole chunk of 1 MiB, the largest there is.
#[tokio::test]
async fn a_full_chunk_of_penalties_fits_a_small_memory() {
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/tax/fixtures/penalties-good.json");
    let fixture = std::fs::read_to_string(fixture).expect("the fixture is there");
    let rows: Vec<&str> = fixture.lines().filter(|l| l.contains("CF_WSH")).collect();
    let row = rows[0].trim_end_matches(',');
    let mut chunk = guest::chunk("large.json");
    chunk.feed = "penalties".into();
    let count = (1 << 20) / (row.len() + 1) - 1;
    chunk.text = format!(
        "{{\"rows\":[{}{row}]}}",
        format!("{row},").repeat(count - 1)
    );
    (chunk.first_row, chunk.last) = (1, true);
    let house = House::tax_with(|grant| grant.limits = memory_limit(SMALL_MIB)).await;
    let report = house.ask(&Function::Normalise(chunk)).await;
    let Ended::Answered(Answer::Normalised { lines, .. }) = report.ended else {
        panic!("{}", report.ended);
    };
    assert_eq!(lines.len(), count);
}
