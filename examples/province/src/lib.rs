//! A made-up province: what four departments deliver, and who lives there.
//!
//! In come a seed and a number of rows; out go files in exactly the forms that the
//! shipped plugins read, an extract of the register, the cast of the story, and what a
//! house is expected to make of each file. Always: the same seed makes the same bytes;
//! every code has right check characters but where a row is there to be caught; no
//! organization and no person of it can exist (see [`organizations`] and [`people`]);
//! the cast stands at the same codes whatever the seed. Absent: the clock, randomness of
//! the system, and any knowledge of how a plugin or a house reads; what is expected is
//! said by whoever wrote the row, and tests hold it against the real ones.
//!
//! `places`, [`people`], `codes` → [`organizations`] → a module for each department →
//! `write` (the four forms) → [`expected`]. What can be wrong with a row, in whatever
//! form, is in `hazard`; who is followed through the story is the [`cast`].

mod calendar;
pub mod cast;
mod chance;
mod codes;
mod customs;
mod delivery;
pub mod expected;
mod hazard;
mod housing;
pub mod organizations;
pub mod people;
mod places;
mod profile;
mod row;
mod tax;
mod transport;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use cast::CAST;
use chance::Chance;
use delivery::Delivery;
use expected::Expected;
use organizations::Society;

/// Fewer rows would not hold every hazard and the cast.
pub const FEWEST_ROWS: u32 = 200;
/// The numbers of documents from 9001 on are those of the cast.
pub const MOST_ROWS: u32 = 9_000;

/// What keeps a province from being made or written.
#[derive(Debug, thiserror::Error)]
pub enum ProvinceError {
    /// A number of rows out of range.
    #[error("{0} rows are out of range; ask for {FEWEST_ROWS} to {MOST_ROWS}, such as --rows 240")]
    Rows(u32),
    /// The directory holds something already.
    #[error("{} is not empty; name a new or an empty directory with --out", .0.display())]
    NotEmpty(PathBuf),
    /// A file could not be read or written.
    #[error("cannot write {}; see that the directory may be written and has room", path.display())]
    File {
        /// Which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A form refused what was to be written in it.
    #[error("cannot write the rows of {path}; this is a fault of the generator")]
    Form {
        /// The file.
        path: &'static str,
        /// What its writer said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// One file of a province.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it lies in the directory, with `/`.
    pub path: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A province, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Province {
    /// Its files; `expected.json` is the last.
    pub files: Vec<File>,
    /// What a house makes of them: the register first, then each delivery in order.
    pub expected: Expected,
    /// The organizations and persons behind the rows.
    pub society: Society,
}

impl Province {
    /// Makes the province of this seed. `rows` are the rows of each department's main
    /// feed; the others are shorter.
    ///
    /// # Errors
    /// A number of rows out of range.
    pub fn make(seed: u64, rows: u32) -> Result<Self, ProvinceError> {
        if !(FEWEST_ROWS..=MOST_ROWS).contains(&rows) {
            return Err(ProvinceError::Rows(rows));
        }
        let society = Society::make(&mut Chance::of(seed, "society"), rows);
        let deliveries: Vec<Delivery> = vec![
            tax::penalties(&mut Chance::of(seed, "tax/penalties"), &society, rows)?,
            tax::violations(&mut Chance::of(seed, "tax/violations"), &society, rows / 3)?,
            customs::penalties(&mut Chance::of(seed, "customs/penalties"), &society, rows)?,
            customs::archive(&mut Chance::of(seed, "customs/archive"), &society)?,
            customs::levels(&mut Chance::of(seed, "customs/levels"), &society, rows / 3)?,
            transport::overloads(&mut Chance::of(seed, "transport"), &society, rows)?,
            housing::wage_arrears(&mut Chance::of(seed, "housing/wage"), &society, rows)?,
            housing::honours(&mut Chance::of(seed, "housing/honours"), &society, rows / 3)?,
            housing::removal()?,
        ];
        let (register, register_expected) = society.register();
        let expected = Expected {
            seed,
            rows,
            register: register_expected,
            deliveries: deliveries.iter().map(Delivery::expected).collect(),
        };
        let mut files = vec![File {
            path: "register.csv",
            bytes: register,
        }];
        files.extend(deliveries.into_iter().map(|delivery| File {
            path: delivery.path,
            bytes: delivery.bytes,
        }));
        files.push(json_file("cast.json", &CAST)?);
        files.push(json_file("expected.json", &expected)?);
        Ok(Self {
            files,
            expected,
            society,
        })
    }

    /// Writes every file under `dir`, which is made if it is not there. The last one is
    /// `expected.json`: where it stands, the province is whole.
    ///
    /// # Errors
    /// The directory is not empty, or cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), ProvinceError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ProvinceError::File { path, source }
        };
        std::fs::create_dir_all(dir).map_err(failed(dir))?;
        let mut there = std::fs::read_dir(dir).map_err(failed(dir))?;
        if there.next().is_some() {
            return Err(ProvinceError::NotEmpty(dir.to_owned()));
        }
        for file in &self.files {
            let path = dir.join(file.path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed(parent))?;
            }
            std::fs::write(&path, &file.bytes).map_err(failed(&path))?;
        }
        Ok(())
    }
}

fn json_file(path: &'static str, value: &impl serde::Serialize) -> Result<File, ProvinceError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(form(path))?;
    bytes.push(b'\n');
    Ok(File { path, bytes })
}

/// The error of a form, for `map_err`.
fn form<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    path: &'static str,
) -> impl FnOnce(E) -> ProvinceError {
    move |source| ProvinceError::Form {
        path,
        source: source.into(),
    }
}
