//! From a core module and a manifest to one artefact.
//!
//! **In:** the bytes of a module built for wasm32-unknown-unknown, which carries
//! its contract in a custom section; of a plugin, the text of `plugin.toml`.
//! **Out:** a validated component. A plugin's last section, [`MANIFEST_SECTION`],
//! is the manifest, so that one file is the whole plugin.
//! **Always:** the same input gives the same bytes; the component imports what
//! the module imports and nothing else.
//! **Absent:** files and processes; any judgement of the manifest or of the
//! imports, which is the host's at install.

use anyhow::{Context, Result};
use wasm_encoder::{CustomSection, Encode, Section};
use wit_component::ComponentEncoder;

/// Name of the component's custom section that holds `plugin.toml`.
pub(crate) const MANIFEST_SECTION: &str = "credence:manifest";

/// Makes the artefact. Fails on a module that does not fit the contract it
/// declares, or that imports something no contract declares.
pub(crate) fn pack(module: &[u8], manifest: Option<&str>) -> Result<Vec<u8>> {
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .context("cannot read the contract in the module; build it with wit-bindgen")?
        .encode()
        .context(
            "the module does not fit its contract; a plugin imports nothing else, not even WASI",
        )?;
    if let Some(manifest) = manifest {
        let section = CustomSection {
            name: MANIFEST_SECTION.into(),
            data: manifest.as_bytes().into(),
        };
        component.push(section.id());
        section.encode(&mut component);
    }
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{EntityType, FunctionSection, ImportSection, Module, TypeSection};
    use wasmparser::{Parser, Payload};

    #[test]
    fn manifest_stands_in_the_outermost_component_unaltered() {
        let manifest = "name = \"tax\" # 税务\n";
        let component = pack(&Module::new().finish(), Some(manifest)).unwrap();

        let mut depth = 0;
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(&component) {
            match payload.unwrap() {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                    found.push((depth, section.data().to_vec()));
                }
                _ => {}
            }
        }
        assert_eq!(found, [(0, manifest.as_bytes().to_vec())]);
    }

    #[test]
    fn same_input_gives_same_bytes() {
        let module = Module::new().finish();
        let once = pack(&module, Some("name = \"tax\"")).unwrap();
        assert_eq!(once, pack(&module, Some("name = \"tax\"")).unwrap());
        assert_ne!(once, pack(&module, Some("name = \"customs\"")).unwrap());
    }

    #[test]
    fn import_outside_the_contract_is_refused_by_name() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import(
            "wasi_snapshot_preview1",
            "sched_yield",
            EntityType::Function(0),
        );
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&FunctionSection::new());

        let error = format!("{:#}", pack(&module.finish(), None).unwrap_err());
        assert!(error.contains("wasi_snapshot_preview1"), "{error}");
        assert!(error.contains("not even WASI"), "{error}");
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        let error = format!("{:#}", pack(b"PK\x03\x04", None).unwrap_err());
        assert!(error.contains("wit-bindgen"), "{error}");
    }
}
