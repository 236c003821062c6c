//! A grant as an operator would fill it in: addresses, credentials and folders of the
//! departments that run here.
//!
//! Comes in: the text of a grant. Goes out: the same with every destination at the
//! department's address, every secret in a file, every folder where the department's
//! is. Deliberately absent: what a grant may say (`plugin-host`).

use super::department::Home;
use anyhow::{Context as _, bail};
use std::path::Path;
use toml::{Table, Value};

/// Fills a grant in.
pub(super) fn filled(
    text: &str,
    address: Option<&str>,
    secret: &Path,
    home: &Home,
) -> anyhow::Result<String> {
    let mut grant: Table = text.parse().context("it is no TOML")?;
    for destination in tables(&mut grant, "destinations") {
        let Some(address) = address else {
            bail!("its department does not run; begin with `department NAME`");
        };
        destination.insert("address".to_owned(), address.into());
    }
    for kept in tables(&mut grant, "secrets") {
        kept.remove("env");
        kept.insert("file".to_owned(), path(secret));
    }
    for (list, key) in [("folders", "path"), ("intake", "folder")] {
        for folder in tables(&mut grant, list) {
            let Some(Value::String(there)) = folder.get(key) else {
                continue;
            };
            let name = Path::new(there).file_name();
            let name = name.and_then(|name| name.to_str()).unwrap_or("folder");
            let here = home.folder(name)?;
            folder.insert(key.to_owned(), path(&here));
        }
    }
    Ok(toml::to_string(&grant)?)
}

fn path(path: &Path) -> Value {
    Value::String(path.display().to_string())
}

/// The tables under a name, such as `[secrets.…]`.
fn tables<'g>(grant: &'g mut Table, name: &str) -> impl Iterator<Item = &'g mut Table> {
    let of = grant.get_mut(name).and_then(Value::as_table_mut);
    of.into_iter()
        .flat_map(|of| of.iter_mut())
        .filter_map(|(_, value)| value.as_table_mut())
}
