//! A component as a file: what it is, what it imports and exports, and the
//! manifest packed into it. Read without compiling and without running anything.
//!
//! Comes in: bytes from anywhere. Goes out: an `Inspection`, or an error that
//! tells the developer what to do. Always holds: what counts is the imports that
//! the component really has, and each of them stands in its manifest.

use crate::{
    contract::{PACKAGE, VERSION, is_served},
    manifest::{Manifest, SECTION, TextError},
};
use sha2::{Digest as _, Sha256};
use wasmparser::{Encoding, Parser, Payload};

/// The largest component that is looked at. A Python guest has 18 MB.
pub const LARGEST: usize = 64 << 20;

/// A component that may be admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// Bytes of the file.
    pub size: usize,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Interfaces that it imports, as it names them, in the order of their names.
    pub imports: Vec<String>,
    /// What it exports, likewise.
    pub exports: Vec<String>,
}

/// Why a file is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// Larger than any plugin.
    #[error("the file has {size} bytes; a plugin has at most {LARGEST}")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Machine code in disguise.
    #[error(
        "this is code compiled for a machine (.cwasm), which is never accepted; install the .wasm component"
    )]
    Precompiled,
    /// A core module.
    #[error(
        "this is a core WebAssembly module and no component; encode it with wit-component, or build it with `cargo xtask plugins`"
    )]
    CoreModule,
    /// Not WebAssembly, or cut off.
    #[error("this is no WebAssembly component, or it is damaged")]
    Damaged(#[source] Option<wasmparser::BinaryReaderError>),
    /// No manifest.
    #[error(
        "the component holds no manifest; pack plugin.toml into its custom section `{SECTION}`"
    )]
    NoManifest,
    /// More than one.
    #[error("the component holds {0} manifests; pack it once")]
    ManyManifests(usize),
    /// A manifest that breaks rules.
    #[error("the manifest packed into the component is faulty")]
    Manifest(#[source] TextError),
    /// WASI.
    #[error(
        "the component imports WASI ({0}); this host links none. Build it without: for Rust the target wasm32-unknown-unknown, for Python and JavaScript the option --stub-wasi"
    )]
    Wasi(String),
    /// Something that is not in the contract.
    #[error("the component imports `{0}`, which is not in the contract {PACKAGE}@{VERSION}")]
    Foreign(String),
    /// Another version of the contract.
    #[error(
        "the component is built against `{0}`; this host serves {PACKAGE}@{VERSION} and older 0.1 versions: build it again with the contract in wit/{VERSION}"
    )]
    Incompatible(String),
    /// Imported and not in the manifest.
    #[error(
        "the component imports `{interface}`, and its manifest does not ask for it; these lines in plugin.toml ask for it:\n{lines}"
    )]
    Unasked {
        /// The interface.
        interface: String,
        /// What to add to the manifest.
        lines: String,
    },
    /// In the manifest and not exported.
    #[error("the manifest names {what}, and the component does not export `{interface}`")]
    NotExported {
        /// `feeds` or `measures`.
        what: &'static str,
        /// The interface.
        interface: String,
    },
}

/// Reads a file that claims to be a plugin.
///
/// # Errors
/// [`ComponentError`]: the first rule that it breaks.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, ComponentError> {
    if bytes.len() > LARGEST {
        return Err(ComponentError::TooLarge { size: bytes.len() });
    }
    if wasmtime::Engine::detect_precompiled(bytes).is_some() {
        return Err(ComponentError::Precompiled);
    }
    if Parser::is_core_wasm(bytes) {
        return Err(ComponentError::CoreModule);
    }
    let mut outline = Outline::read(bytes).map_err(|error| ComponentError::Damaged(Some(error)))?;
    if !outline.component {
        return Err(ComponentError::Damaged(None));
    }
    // A linker lays them in an order of its own, another with each build.
    outline.imports.sort();
    outline.exports.sort();
    let manifest = match outline.manifests.as_slice() {
        [] => return Err(ComponentError::NoManifest),
        [one] => std::str::from_utf8(one).map_err(|_| ComponentError::NoManifest)?,
        many => return Err(ComponentError::ManyManifests(many.len())),
    };
    let manifest = Manifest::parse(manifest).map_err(ComponentError::Manifest)?;
    for import in &outline.imports {
        check_import(import, &manifest)?;
    }
    check_exports(&outline.exports, &manifest)?;
    Ok(Inspection {
        digest: hex::encode(Sha256::digest(bytes)),
        size: bytes.len(),
        manifest,
        imports: outline.imports,
        exports: outline.exports,
    })
}

/// What a component imports; `None`: it is no component.
pub(crate) fn imports(bytes: &[u8]) -> Option<Vec<String>> {
    let outline = Outline::read(bytes).ok()?;
    outline.component.then_some(outline.imports)
}

/// The outermost sections of a file.
#[derive(Default)]
struct Outline {
    component: bool,
    manifests: Vec<Vec<u8>>,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Outline {
    fn read(bytes: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut outline = Self::default();
        // Modules and components nested inside come as further levels.
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::Version {
                    encoding: Encoding::Component,
                    ..
                } if depth == 0 => {
                    outline.component = true;
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                    outline.manifests.push(section.data().to_vec());
                }
                Payload::ComponentImportSection(imports) if depth == 0 => {
                    for import in imports {
                        outline.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 0 => {
                    for export in exports {
                        outline.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(outline)
    }
}

/// Interface and version of a name of the contract's package.
fn in_contract(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    Some(rest.split_once('@').unwrap_or((rest, "")))
}

fn check_import(import: &str, manifest: &Manifest) -> Result<(), ComponentError> {
    if import.starts_with("wasi:") {
        return Err(ComponentError::Wasi(import.to_owned()));
    }
    let Some((interface, version)) = in_contract(import) else {
        return Err(ComponentError::Foreign(import.to_owned()));
    };
    if !is_served(version) {
        return Err(ComponentError::Incompatible(import.to_owned()));
    }
    let asked = &manifest.imports;
    let (is_asked, lines) = match interface {
        "types" => (true, ""),
        "http" => (
            asked.http.is_some(),
            "[imports.http]\ndestinations = [\"…\"]",
        ),
        "settings" => (
            asked.settings.is_some(),
            "[imports.settings]\nnames = [\"…\"]",
        ),
        "call" => (asked.call.is_some(), "[imports.call]"),
        "log" => (asked.log.is_some(), "[imports.log]"),
        "drop-folder" => (
            asked.drop_folder.is_some(),
            "[imports.drop-folder]\nfolders = [\"…\"]",
        ),
        _ => return Err(ComponentError::Foreign(import.to_owned())),
    };
    if is_asked {
        return Ok(());
    }
    Err(ComponentError::Unasked {
        interface: import.to_owned(),
        lines: lines.to_owned(),
    })
}

fn check_exports(exports: &[String], manifest: &Manifest) -> Result<(), ComponentError> {
    let wanted = [
        ("feeds", !manifest.feeds.is_empty()),
        ("measures", !manifest.measures.is_empty()),
    ];
    for (interface, is_wanted) in wanted {
        let found = exports.iter().find_map(|export| {
            in_contract(export)
                .filter(|(name, _)| *name == interface)
                .map(|(_, v)| (export, v))
        });
        match found {
            Some((export, version)) if !is_served(version) => {
                return Err(ComponentError::Incompatible(export.clone()));
            }
            None if is_wanted => {
                return Err(ComponentError::NotExported {
                    what: interface,
                    interface: format!("{PACKAGE}/{interface}@{VERSION}"),
                });
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}
