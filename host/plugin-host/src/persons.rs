//! Person tokens in text: a plugin sees `Z` and 17 of `0`-`9` and `A`-`Z` where
//! an identity number stood (I4), and the number goes back in only on its way to
//! a destination that was granted it.
//!
//! Comes in: text and the vault. Goes out: text. Always holds: masking needs the
//! vault's answer for every number found, or nothing leaves this module.

mod escapes;

mod masker;

pub use masker::Masker;

use crate::{
    manifest::Framing,
    ports::{PortError, Vault},
};
use credence_domain::identifier::Found;
use std::collections::BTreeMap;

/// Characters of a token.
pub const TOKEN_LENGTH: usize = 18;

/// Numbers for which tokens are asked at once, so that no write of the vault grows
/// with the delivery.
const AT_ONCE: usize = 5_000;

/// Whether this text is exactly one person token.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && token_starts(text.as_bytes(), 0)
}

/// Whether a token starts at this byte. The byte behind it is not asked for: a
/// guest that glues something to a token must not get past the filling-in.
fn token_starts(bytes: &[u8], at: usize) -> bool {
    bytes.len() >= at + TOKEN_LENGTH
        && bytes[at] == b'Z'
        && bytes[at + 1..at + TOKEN_LENGTH]
            .iter()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// Where tokens may stand in text, from left to right, not overlapping.
pub fn tokens_in(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if bytes[at] == b'Z' && token_starts(bytes, at) {
                let found = (at, &text[at..at + TOKEN_LENGTH]);
                at += TOKEN_LENGTH;
                return Some(found);
            }
            at += 1;
        }
        None
    })
}

/// Puts a token where every identity number stands in a plain text; [`Masker`] does
/// it with a document and in pieces.
///
/// # Errors
/// When the vault cannot name the tokens; the text must not be used then.
pub async fn mask(vault: &dyn Vault, plugin: &str, text: String) -> Result<String, PortError> {
    let mut masker = Masker::new(Framing::Text);
    masker.push(vault, plugin, text, true).await
}

/// The plugin's token for each number found.
async fn tokens_for(
    vault: &dyn Vault,
    plugin: &str,
    found: &[Found],
) -> Result<BTreeMap<String, String>, PortError> {
    let mut numbers: Vec<String> = found.iter().map(|f| f.number.clone()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut tokens = Vec::with_capacity(numbers.len());
    for some in numbers.chunks(AT_ONCE) {
        tokens.extend(vault.tokens(plugin, some).await?);
    }
    Ok(numbers.into_iter().zip(tokens).collect())
}

/// Replaces each key of the map, found in the text, by its value.
pub(crate) fn fill(text: &str, tokens: &BTreeMap<String, crate::ports::Secret>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut end = 0;
    for (at, token) in tokens_in(text) {
        if let Some(number) = tokens.get(token) {
            filled.push_str(&text[end..at]);
            filled.push_str(number.expose());
            end = at + TOKEN_LENGTH;
        }
    }
    filled.push_str(&text[end..]);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_wherever_they_stand() {
        let token = "Z0123456789ABCDEFG";
        assert!(is_token(token));
        assert!(!is_token("Z0123456789ABCDEF"));
        assert!(!is_token("z0123456789ABCDEFG"));
        let text = format!("法人{token}，x{token}{token}y");
        let found: Vec<&str> = tokens_in(&text).map(|(_, t)| t).collect();
        assert_eq!(found, [token; 3]);
    }
}
