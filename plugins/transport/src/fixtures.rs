//! The fixtures, in the bytes that the department sends.
//!
//! In come names of files under `fixtures/`; out goes their text, decoded as the host
//! decodes: by the encoding of the manifest, an undecodable byte as U+FFFD, without a
//! byte order mark of Unicode. Absent: masking; in a fixture a person is a token.

use credence_sdk::contract::feeds::Guest as _;
use credence_sdk::testing::Feed;

use crate::Transport;

/// The feed of this name over the fixtures of this crate.
pub(crate) fn feed(name: &str) -> Feed {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Feed::new(name, fixtures, Transport::normalise).decoded_by(gb18030)
}

pub(crate) fn gb18030(bytes: &[u8]) -> String {
    let (text, _, _) = encoding_rs::GB18030.decode(bytes);
    text.into_owned()
}
