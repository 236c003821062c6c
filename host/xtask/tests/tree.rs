//! What holds of the tree as a whole, and of no crate alone.
//!
//! **In:** `cargo metadata --no-deps`; the directory `wit/`.
//! **Out:** every offence by name: the edge that points the wrong way, the file
//! of a published contract that changed.
//! **Always:** what a Cargo.toml names is judged, not what that brings along.
//! **Absent:** rules on crates from elsewhere, which stand in `deny.toml`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The rooms under `host/` by storey. An edge leads to a lower storey: never up,
/// and never to a neighbour.
const STOREYS: [(&str, u8); 7] = [
    ("credence", 4),
    ("credence-api", 3),
    ("credence-pipeline", 2),
    ("credence-store", 1),
    ("credence-plugin-host", 1),
    ("credence-domain", 0),
    ("credence-audit", 0),
];

/// Rooms without IO, and what they may not name for that reason.
const PURE: [&str; 2] = ["credence-domain", "credence-audit"];
const IO: [&str; 5] = ["tokio", "sqlx", "wasmtime", "axum", "reqwest"];

/// Crates that one room alone names, and the room.
const OWNED: [(&str, &str); 3] = [
    ("wasmtime", "credence-plugin-host"),
    ("sqlx", "credence-store"),
    ("axum", "credence-api"),
];

#[derive(Deserialize)]
struct Metadata {
    workspace_root: String,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None`: an ordinary dependency.
    kind: Option<String>,
    /// Present for a member of the workspace.
    path: Option<String>,
}

/// Every broken rule among the packages under `host/`, with its edge.
fn offences(house: &[Package]) -> Vec<String> {
    let mut offences = Vec::new();
    for package in house {
        let name = package.name.as_str();
        // They stand in the cellar and may know no room: what builds the rooms, and the
        // decoders, which are guests.
        let in_cellar = name == "xtask" || name.starts_with("credence-decoder-");
        let Some(from) = storey(name).or(in_cellar.then_some(0)) else {
            offences.push(format!(
                "{name}: has no storey; give it one in STOREYS and in host/ARCHITECTURE.md"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let rule = edge_rule(name, from, dependency);
            offences.extend(rule.map(|rule| format!("{name} → {}: {rule}", dependency.name)));
        }
    }
    offences
}

/// The rule that this edge breaks, if it breaks one.
fn edge_rule(room: &str, from: u8, dependency: &Dependency) -> Option<String> {
    let test_only = dependency.kind.as_deref() == Some("dev");
    let to = dependency.name.as_str();
    if dependency.path.is_some() {
        return match storey(to) {
            Some(storey) if storey < from => None,
            Some(_) => Some("points up or sideways; only lower storeys may be named".into()),
            None if test_only => None,
            None => Some("leaves the house; what is outside may only serve tests".into()),
        };
    }
    if test_only {
        return None;
    }
    if PURE.contains(&room) && IO.iter().any(|io| belongs_to(to, io)) {
        return Some("this room is pure; do the IO in a room above it".into());
    }
    OWNED
        .iter()
        .find(|(owned, owner)| belongs_to(to, owned) && room != *owner)
        .map(|(_, owner)| format!("only {owner} names this crate"))
}

fn storey(room: &str) -> Option<u8> {
    STOREYS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, storey)| *storey)
}

/// `sqlx-core` belongs to `sqlx`.
fn belongs_to(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    let host = Path::new(&metadata.workspace_root).join("host");
    let house: Vec<Package> = metadata
        .packages
        .into_iter()
        .filter(|package| Path::new(&package.manifest_path).starts_with(&host))
        .collect();

    let present: BTreeSet<&str> = house.iter().map(|package| package.name.as_str()).collect();
    for (room, _) in STOREYS {
        assert!(
            present.contains(room),
            "{room} is in STOREYS but not under host/"
        );
    }
    let offences = offences(&house);
    assert!(
        offences.is_empty(),
        "dependencies that break the architecture:\n{}",
        offences.join("\n")
    );
}

/// Edges as `room → dependency`; after it `*` for a member of the workspace and
/// `dev` for tests only. Gives what follows the edge in each offence.
fn check(edge: &str, expected: Option<&str>) {
    let mut words = edge.split_whitespace();
    let (room, _, dependency) = (words.next(), words.next(), words.next());
    let marks: Vec<&str> = words.collect();
    let package = Package {
        name: room.unwrap().into(),
        manifest_path: String::new(),
        dependencies: vec![Dependency {
            name: dependency.unwrap().into(),
            kind: marks.contains(&"dev").then(|| "dev".into()),
            path: marks.contains(&"*").then(String::new),
        }],
    };
    let found = offences(&[package]);
    match expected {
        None => assert!(found.is_empty(), "{edge}: {found:?}"),
        Some(words) => {
            assert_eq!(found.len(), 1, "{edge}: {found:?}");
            assert!(found[0].starts_with(room.unwrap()), "{edge}: {found:?}");
            assert!(found[0].contains(dependency.unwrap()), "{edge}: {found:?}");
            assert!(found[0].contains(words), "{edge}: {found:?}");
        }
    }
}

#[test]
fn each_kind_of_wrong_edge_is_named() {
    check("credence → credence-audit *", None);
    check("credence-pipeline → credence-store *", None);
    check("credence-store → credence-pipeline *", Some("points up"));
    check("credence-store → credence-plugin-host *", Some("sideways"));
    check("credence-domain → credence-audit *", Some("sideways"));
    check("credence-audit → credence-store * dev", Some("points up"));
    check("xtask → credence-domain *", Some("points up or sideways"));
    check("credence → xtask *", Some("leaves the house"));
    check(
        "credence → department-back-ends *",
        Some("leaves the house"),
    );
    check("credence → department-back-ends * dev", None);
    check("credence-domain → tokio", Some("is pure"));
    check("credence-audit → tokio-util", Some("is pure"));
    check("credence-audit → tokio dev", None);
    check("credence-domain → serde", None);
    check("credence-plugin-host → wasmtime", None);
    check("credence → wasmtime", Some("only credence-plugin-host"));
    check("credence-pipeline → sqlx-core", Some("only credence-store"));
    check("credence → axum-extra", Some("only credence-api"));
    check("credence-plugin-host → axum dev", None);
}

#[test]
fn room_without_a_storey_is_named() {
    let attic = Package {
        name: "credence-attic".into(),
        manifest_path: String::new(),
        dependencies: Vec::new(),
    };
    assert!(offences(&[attic])[0].starts_with("credence-attic: has no storey"));
}

/// One line a file, as `sha256sum *` prints them: digest, two spaces, name.
fn digests(version: &Path) -> String {
    let mut lines: Vec<(String, String)> = fs::read_dir(version)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let bytes = fs::read(entry.path()).unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, hex::encode(Sha256::digest(bytes)))
        })
        .collect();
    lines.sort();
    lines
        .into_iter()
        .map(|(name, digest)| format!("{digest}  {name}\n"))
        .collect()
}

#[test]
fn text_of_a_published_contract_never_changes() {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut versions = BTreeSet::new();
    let mut sealed = BTreeSet::new();
    for entry in fs::read_dir(&wit).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            versions.insert(name);
        } else if let Some(version) = name.strip_suffix(".sha256") {
            sealed.insert(version.to_owned());
        }
    }
    assert!(
        versions.contains("0.1.0"),
        "wit/0.1.0 is gone; plugins are built from it"
    );
    assert_eq!(
        versions, sealed,
        "each version in wit/ (left) has its digests in wit/VERSION.sha256 (right)"
    );
    for version in versions {
        let now = digests(&wit.join(&version));
        let then = fs::read_to_string(wit.join(format!("{version}.sha256"))).unwrap();
        assert!(
            now == then,
            "{version} is published and its text has changed; put it back, and add \
             wit/{next} for what is new\nin wit/{version}.sha256:\n{then}in wit/{version}:\n{now}",
            next = next(&version)
        );
    }
}

/// The version that takes what is new: `0.1.1` after `0.1.0`.
fn next(version: &str) -> String {
    let (line, patch) = version.rsplit_once('.').unwrap();
    format!("{line}.{}", patch.parse::<u32>().unwrap() + 1)
}

/// The rules of the domain name their tests in `host/domain/REQUIREMENTS.md`.
#[test]
fn every_rule_of_the_domain_names_tests_that_are_there() {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain");
    let table = fs::read_to_string(domain.join("REQUIREMENTS.md")).unwrap();
    let mut sources = String::new();
    let mut rooms = vec![domain.join("src")];
    while let Some(room) = rooms.pop() {
        for entry in fs::read_dir(room).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rooms.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split_once(" | ")).skip(1);
    let named: Vec<&str> = cells
        .flat_map(|(_, tests)| tests.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 60, "the table was not read: {named:?}");
    let missing: Vec<_> = named
        .iter()
        .filter(|test| !sources.contains(&format!("fn {test}(")))
        .collect();
    assert!(missing.is_empty(), "no such test: {missing:?}");
}

/// A clock that is set by hand belongs to scenarios, and no other room of the program
/// can come by one.
#[test]
fn only_scenarios_set_a_clock() {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut rooms = vec![host.join("server/src"), host.join("api/src")];
    let mut naming = BTreeSet::new();
    while let Some(room) = rooms.pop() {
        for entry in fs::read_dir(room).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rooms.push(path);
            } else if fs::read_to_string(&path).unwrap().contains("SetClock") {
                naming.insert(path.strip_prefix(&host).unwrap().to_owned());
            }
        }
    }
    let named: Vec<&Path> = naming.iter().map(|path| path.as_path()).collect();
    assert_eq!(named, [Path::new("server/src/scenario/play.rs")]);
}
