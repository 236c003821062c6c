//! The guests, and what they are asked.
//!
//! Comes in: a name. Goes out: the bytes of a component, a chunk, an order.
//! Always holds: the key of every order is `x`, which stands in whatever the
//! rogue sends, so that a test of another rule is not stopped by this one.

use credence_domain::{
    order::Terms,
    record::{Authority, Citation, ClaimedIdentifier, Decision, SubjectClaim},
};
use credence_plugin_host::{call::Chunk, manifest::SECTION};
use jiff::civil::{DateTime, date};
use std::{env, path::PathBuf};
use wasm_encoder::{CustomSection, Encode as _, Section as _};

/// The moment at which the clock of every call here stands.
pub(crate) const MOMENT: DateTime = date(2026, 11, 23).at(9, 30, 0, 0);

/// The component of this name below the variable's directory.
fn component(variable: &str, shelf: &str, name: &str) -> Vec<u8> {
    let shelf = env::var_os(variable).map_or_else(|| target().join(shelf), PathBuf::from);
    let path = shelf.join(name).with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo xtask plugins` first",
            path.display()
        )
    })
}

/// The target directory: this program lies in `PROFILE/deps` below it.
fn target() -> PathBuf {
    let program = env::current_exe().expect("a test knows its own path");
    program
        .ancestors()
        .nth(3)
        .expect("target/PROFILE/deps/program")
        .to_owned()
}

/// The guest that misbehaves on demand.
pub(crate) fn rogue() -> Vec<u8> {
    component("CREDENCE_GUESTS", "guests", "rogue")
}

/// A guest of the SDK that exports one interface: `reader` or `doer`.
pub(crate) fn narrow(name: &str) -> Vec<u8> {
    component("CREDENCE_GUESTS", "guests", name)
}

/// The tax department's plugin.
pub(crate) fn tax() -> Vec<u8> {
    component("CREDENCE_PLUGINS", "plugins", "tax")
}

/// The decoder of workbooks.
pub(crate) fn xlsx() -> Vec<u8> {
    component("CREDENCE_DECODERS", "decoders", "xlsx")
}

/// A component written as text.
pub(crate) fn written(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the component's text is well formed")
}

/// The component with one more manifest.
pub(crate) fn packed(mut component: Vec<u8>, manifest: &str) -> Vec<u8> {
    let section = CustomSection {
        name: SECTION.into(),
        data: manifest.as_bytes().into(),
    };
    component.push(section.id());
    section.encode(&mut component);
    component
}

/// A chunk of two rows, in the middle of a delivery, whose name asks for a
/// behaviour.
pub(crate) fn chunk(behaviour: &str) -> Chunk {
    Chunk {
        feed: "rows".into(),
        delivery: behaviour.into(),
        received_at: MOMENT,
        text: "one\ntwo\n".into(),
        first_row: 5,
        carry: String::new(),
        last: false,
    }
}

/// An order whose title asks for a behaviour. `path` is where the rogue sends.
pub(crate) fn order(behaviour: &str, path: &str) -> Terms {
    Terms {
        key: "x".into(),
        case_number: "test-system".into(),
        measure: "R-TEST-01".into(),
        title: behaviour.into(),
        subject: SubjectClaim {
            name: Some(path.into()),
            identifiers: vec![identifier("uscc", "91350100MA900010XU")],
        },
        decision: Decision {
            authority: Authority {
                name: "虚构局".into(),
                uscc: None,
            },
            number: Some("例〔2026〕1号".into()),
            decided_on: date(2026, 1, 5),
        },
        basis: vec![Citation {
            code: None,
            text: "《中华人民共和国行政处罚法》第九条".into(),
        }],
        starts_on: date(2026, 2, 1),
        ends_on: date(2029, 1, 31),
        parameters: Vec::new(),
    }
}

/// An identifier as an order carries it.
pub(crate) fn identifier(scheme: &str, value: &str) -> ClaimedIdentifier {
    ClaimedIdentifier {
        scheme: scheme.into(),
        value: value.into(),
    }
}
