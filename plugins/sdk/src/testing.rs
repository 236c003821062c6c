//! A plugin's fixtures, checked the same way for every department.
//!
//! In come a delivery as the department sends it and the lines that a person has
//! read through; what is checked is that the plugin makes those lines, however the
//! delivery is cut, and keeps the contract's rules on an answer. Always: every part
//! of a statement is shown, so that a change of a rule is a diff that says what it
//! means; rejections show column and rule and not their words. Absent: masking, which
//! is the host's: in a fixture a person is a token.
//!
//! ```no_run
//! # use credence_sdk::contract::feeds::{Chunk, FeedError, Normalised};
//! # fn normalise(_: Chunk) -> Result<Normalised, FeedError> {
//! #     Ok(Normalised { lines: Vec::new(), rows: 0, carry: String::new() })
//! # }
//! # use credence_sdk::testing::Feed;
//! // In `src/…/tests.rs`; `fixtures/hazards.csv` and `fixtures/hazards.lines` stand
//! // beside the plugin's Cargo.toml. `CREDENCE_BLESS=1 cargo test` writes the lines:
//! // read the diff.
//! let feed = Feed::new("violations", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"), normalise);
//! feed.check("hazards.csv");
//! ```

use std::path::PathBuf;

use crate::contract::feeds::{Chunk, FeedError, Line, Normalised};
use crate::contract::types::{Date, Moment, Statement};
use crate::note;

pub mod answers;
mod laws;
mod shown;

pub use shown::shown;

/// Two-part cuts are tried at so many places at most; short deliveries at all.
const CUTS: usize = 120;

/// What the plugin exports.
pub type Normalise = fn(Chunk) -> Result<Normalised, FeedError>;

/// From the bytes of a fixture to what the host hands on.
pub type Decode = fn(&[u8]) -> String;

/// One feed of a plugin, and where its fixtures lie.
#[derive(Debug, Clone)]
pub struct Feed {
    name: String,
    fixtures: PathBuf,
    normalise: Normalise,
    decode: Decode,
}

/// What a delivery gave, in all its chunks.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// In the order of the feed.
    pub lines: Vec<Line>,
    /// Headers and blank rows counted.
    pub rows: u32,
    /// What the operator was told.
    pub notes: Vec<String>,
    /// Why the rest was not read, if it was not.
    pub stopped: Option<FeedError>,
}

impl Feed {
    /// The feed of this name, read by this function.
    pub fn new(name: &str, fixtures: impl Into<PathBuf>, normalise: Normalise) -> Self {
        Self {
            name: name.to_owned(),
            fixtures: fixtures.into(),
            normalise,
            decode: utf_8,
        }
    }

    /// Its fixtures lie in another form than UTF-8, and this is what the host makes
    /// of them.
    #[must_use]
    pub fn decoded_by(mut self, decode: Decode) -> Self {
        self.decode = decode;
        self
    }

    /// The text of a fixture.
    ///
    /// # Panics
    /// If it is not there, or cannot be decoded.
    pub fn fixture(&self, file: &str) -> String {
        let path = self.fixtures.join(file);
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (self.decode)(&bytes)
    }

    /// Holds a fixture against the file of its name that ends in `.lines`, in one
    /// piece, in pieces of every size and cut in two. With `CREDENCE_BLESS` set,
    /// writes that file.
    ///
    /// # Panics
    /// If anything differs, or breaks a rule of the contract.
    pub fn check(&self, file: &str) -> Read {
        let text = self.fixture(file);
        let read = self.read(&[&text]);
        let expected = self.fixtures.join(file).with_extension("lines");
        let found = shown(&read);
        if std::env::var_os("CREDENCE_BLESS").is_some() {
            std::fs::write(&expected, &found)
                .unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
        }
        let agreed = std::fs::read_to_string(&expected).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; write it by CREDENCE_BLESS=1 and read it through",
                expected.display()
            )
        });
        for (at, (found, agreed)) in found.lines().zip(agreed.lines()).enumerate() {
            assert_eq!(found, agreed, "{}: line {}", expected.display(), at + 1);
        }
        assert_eq!(found, agreed, "{}", expected.display());
        self.check_cuts(&text);
        read
    }

    /// Cuts a delivery in every way: nothing may change.
    ///
    /// # Panics
    /// If anything does.
    pub fn check_cuts(&self, text: &str) {
        let whole = self.read(&[text]);
        assert_eq!(self.read(&[text, ""]), whole, "an empty last chunk");
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for cut in places.iter().step_by(places.len() / CUTS + 1) {
            let (first, second) = text.split_at(*cut);
            assert_eq!(self.read(&[first, second]), whole, "cut at byte {cut}");
        }
        for size in [1, 2, 3, 7, 64, 1021] {
            let borders: Vec<usize> = places
                .iter()
                .copied()
                .step_by(size)
                .chain([text.len()])
                .collect();
            let pieces: Vec<&str> = borders.windows(2).map(|w| &text[w[0]..w[1]]).collect();
            assert_eq!(self.read(&pieces), whole, "pieces of {size} characters");
        }
    }

    /// Reads a delivery cut into these pieces, as the host does.
    ///
    /// # Panics
    /// If an answer breaks a rule of the contract.
    pub fn read(&self, pieces: &[&str]) -> Read {
        let mut read = Read {
            lines: Vec::new(),
            rows: 0,
            notes: Vec::new(),
            stopped: None,
        };
        let mut carry = String::new();
        note::take();
        for (at, piece) in pieces.iter().enumerate() {
            let chunk = Chunk {
                feed: self.name.clone(),
                delivery: "fixture".to_owned(),
                received_at: RECEIVED,
                text: (*piece).to_owned(),
                first_row: read.rows + 1,
                carry: std::mem::take(&mut carry),
                last: at + 1 == pieces.len(),
            };
            match (self.normalise)(chunk.clone()) {
                Ok(normalised) => {
                    laws::check(&chunk, &normalised);
                    read.rows += normalised.rows;
                    read.lines.extend(normalised.lines);
                    carry = normalised.carry;
                }
                Err(error) => {
                    read.stopped = Some(error);
                    break;
                }
            }
        }
        read.notes = note::take();
        read
    }
}

impl Read {
    /// The statements of one kind, such as every record.
    pub fn all<'r, T>(&'r self, kind: impl Fn(&'r Statement) -> Option<&'r T>) -> Vec<&'r T> {
        self.lines
            .iter()
            .filter_map(|line| kind(&line.statement))
            .collect()
    }
}

fn utf_8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("a fixture in UTF-8")
}

/// When every fixture arrived.
const RECEIVED: Moment = Moment {
    date: Date {
        year: 2026,
        month: 6,
        day: 2,
    },
    hour: 9,
    minute: 0,
    second: 0,
};
