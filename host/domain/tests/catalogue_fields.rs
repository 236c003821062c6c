//! `examples/catalogue/README.md`, held against the loader.
//!
//! In come the tables of that page; what is checked is that they name every table,
//! every field, whether it can be left out, and every value that is taken, and no
//! other. Always: the truth is what the loader itself says when it is given a table, a
//! field or a value that it does not know. Absent: a list of the test's own.

use credence_domain::catalogue::load;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// What the page, or the loader, says of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Field {
    always: bool,
    /// All that is taken, where that is a list of words.
    values: BTreeSet<String>,
}

type Fields = BTreeMap<String, Field>;

/// A name that nothing has.
const NOBODY: &str = "no-such-word";

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/catalogue")
}

// ---- The page ---------------------------------------------------------------

fn in_backticks(text: &str) -> BTreeSet<String> {
    let pieces = text.split('`').skip(1).step_by(2);
    pieces.map(str::to_owned).collect()
}

/// The tables of the page, by their headings; and the units of a time.
fn page() -> (BTreeMap<String, Fields>, BTreeSet<String>) {
    let page = fs::read_to_string(sample().join("README.md")).unwrap();
    let mut tables = BTreeMap::new();
    let mut units = BTreeSet::new();
    for section in page.split("\n## ").skip(1) {
        let (heading, text) = section.split_once('\n').unwrap();
        if heading == "A time" {
            units = in_backticks(text.split_once(", with").unwrap().0);
        }
        let Some(table) = in_backticks(heading).pop_first() else {
            continue;
        };
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let fields: Fields = rows.map(field).collect();
        let table = table.trim_matches(['[', ']']).to_owned();
        assert!(!fields.is_empty(), "no fields under {heading}");
        assert!(tables.insert(table, fields).is_none(), "{heading} twice");
    }
    (tables, units)
}

fn field(row: &str) -> (String, Field) {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [name, given, values, what] = cells[..] else {
        panic!("not four cells: {row}");
    };
    assert!(!what.is_empty(), "says nothing: {row}");
    let field = Field {
        always: match given {
            "always" => true,
            "may" => false,
            other => panic!("`{other}` is neither always nor may: {row}"),
        },
        values: in_backticks(values),
    };
    (in_backticks(name).pop_first().unwrap(), field)
}

// ---- The loader -------------------------------------------------------------

/// A row of a table, under an edition if the table needs one.
fn file(table: &str, row: &str) -> String {
    let edition = "[edition]\nseries = \"s\"\nname = \"n\"\nin_force_from = \"2026-01-01\"\n";
    match table.split_once('.') {
        _ if table == "edition" => format!("[edition]\n{row}\n"),
        Some((outer, _)) => format!("{edition}[[{outer}]]\n[{table}]\n{row}\n"),
        None if table == "items" => {
            format!("{edition}directory = \"organization\"\n[[items]]\n{row}\n")
        }
        None => format!("{edition}[[{table}]]\n{row}\n"),
    }
}

/// What is wrong with a file, by the loader.
fn faults(text: String) -> Vec<String> {
    match load(&[("probe.toml".to_owned(), text)]) {
        Ok(_) => Vec::new(),
        Err(error) => error.0.into_iter().map(|fault| fault.rule).collect(),
    }
}

/// What stands in the place of what it was given, by the loader's own words:
/// ``unknown field `x`, expected one of `code`, `title` ``.
fn expected(table: &str, row: &str, unknown: &str) -> Option<BTreeSet<String>> {
    let begins = format!("unknown {unknown} `{NOBODY}`, expected ");
    let told = faults(file(table, row));
    let words = told.iter().find_map(|rule| rule.strip_prefix(&begins))?;
    Some(in_backticks(words))
}

fn tables() -> BTreeSet<String> {
    let told = faults(format!("[{NOBODY}]\n"));
    let words = told.iter().find_map(|rule| rule.split_once("those are "));
    let (_, words) = words.expect("the loader names its tables");
    words.split(", ").map(str::to_owned).collect()
}

/// The values of a field, if those are a list of words.
fn values(table: &str, name: &str) -> BTreeSet<String> {
    let shapes = [
        format!("{name} = \"{NOBODY}\""),
        format!("{name} = [\"{NOBODY}\"]"),
    ];
    let mut found = shapes
        .iter()
        .filter_map(|row| expected(table, row, "variant"));
    found.next().unwrap_or_default()
}

/// The fields that make a row no row when they are taken out of it.
fn never_left_out(table: &str) -> BTreeSet<String> {
    let row = fullest_row(table);
    let is_missed = |name: &&String| {
        let mut less = row.clone();
        less.remove(*name);
        let told = faults(file(table, &written(&less)));
        told.contains(&format!("missing field `{name}`"))
    };
    let missed: BTreeSet<String> = row.keys().filter(is_missed).cloned().collect();
    assert!(!missed.is_empty(), "nothing is missed in {table}");
    missed
}

/// A row as it stands in a file, each value on the line of its field.
fn written(row: &Table) -> String {
    let lines = row
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"));
    lines.collect()
}

/// The files of the sample, by name.
fn files() -> Vec<(String, String)> {
    let entries = fs::read_dir(sample()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let toml = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let file = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.display().to_string(), text)
    };
    toml.map(file).collect()
}

/// The row of the sample with the most fields; any has all that must be there.
fn fullest_row(table: &str) -> Table {
    let mut rows = Vec::new();
    let (outer, inner) = table.split_once('.').unwrap_or((table, ""));
    for (_, text) in files() {
        let file: Table = text.parse().unwrap();
        let found = match file.get(outer) {
            Some(Value::Array(rows)) => rows.clone(),
            Some(row) => vec![row.clone()],
            None => Vec::new(),
        };
        for row in found {
            let row = if inner.is_empty() { &row } else { &row[inner] };
            rows.push(row.as_table().unwrap().clone());
        }
    }
    let fullest = rows.into_iter().max_by_key(Table::len);
    fullest.unwrap_or_else(|| panic!("the sample has no row in {table}"))
}

/// A table as the loader has it; what lies a table deeper comes with it.
fn loaded(table: &str, into: &mut BTreeMap<String, Fields>) {
    let names = expected(table, &format!("{NOBODY} = 1"), "field");
    let names = names.unwrap_or_else(|| panic!("the loader names no fields of {table}"));
    let always = never_left_out(table);
    let mut fields = Fields::new();
    for name in names {
        let deeper = format!("{name} = {{ {NOBODY} = 1 }}");
        if expected(table, &deeper, "field").is_some() {
            loaded(&format!("{table}.{name}"), into);
        }
        let field = Field {
            always: always.contains(&name),
            values: values(table, &name),
        };
        fields.insert(name, field);
    }
    into.insert(table.to_owned(), fields);
}

// ---- One against the other --------------------------------------------------

#[test]
fn the_page_names_every_table_field_and_value_that_the_loader_takes() {
    let (mut page, units) = page();
    let mut loader = BTreeMap::new();
    for table in tables() {
        loaded(&table, &mut loader);
    }
    // What a field says by naming an entry is in the entries, not in the loader.
    let catalogue = load(&files()).unwrap();
    let measures = loader.get_mut("measures").unwrap();
    measures.get_mut("notice").unwrap().values = catalogue.notices.keys().cloned().collect();
    measures.get_mut("domain").unwrap().values = catalogue.domains.keys().cloned().collect();
    // A time has a section of its own.
    assert_eq!(units, values("limits", "at_most"), "the units of a time");
    for field in loader.values_mut().flat_map(BTreeMap::values_mut) {
        if field.values == units {
            field.values = BTreeSet::new();
        }
    }
    for (table, fields) in &loader {
        let of_page = page.remove(table);
        let of_page = of_page.unwrap_or_else(|| panic!("the page has no [[{table}]]"));
        let names = |fields: &Fields| fields.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&of_page), names(fields), "fields of [[{table}]]");
        for (name, field) in fields {
            assert_eq!(&of_page[name], field, "`{name}` of [[{table}]]");
        }
    }
    assert!(page.is_empty(), "no tables of the loader: {page:?}");
}

#[test]
fn what_the_page_says_of_how_long_a_measure_lasts_is_so() {
    let page = fs::read_to_string(sample().join("README.md")).unwrap();
    let (_, section) = page.split_once("## How long a measure lasts").unwrap();
    let blocks: Vec<&str> = section.split("\n```toml\n").skip(1).take(2).collect();
    let ways: Vec<&str> = blocks
        .iter()
        .map(|block| block.split_once("\n```").unwrap().0)
        .collect();
    let mut row = fullest_row("measures");
    for name in ["longest", "ends_when", "review_within"] {
        row.remove(name);
    }
    let row = written(&row);
    let is_told = |length: &str| {
        let told = faults(file("measures", &format!("{length}\n{row}")));
        told.iter().any(|rule| rule.contains("either `longest`"))
    };
    for way in &ways {
        assert!(!is_told(way), "{way}");
    }
    assert_eq!(ways.len(), 2);
    assert!(is_told(&ways.join("\n")), "both");
    assert!(is_told(""), "neither");
    let event = ways[1].lines().next().unwrap();
    assert!(is_told(event), "an event without a review");
}
