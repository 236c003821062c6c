//! Masking a text that comes in pieces.
//!
//! Comes in: text, in pieces cut anywhere. Goes out: the same text with tokens,
//! piece by piece. Always holds: all pieces together are what masking the whole
//! text at once gives; what is held back between two of them is a few hundred
//! bytes, whatever the text is.
//!
//! A crash leaves nothing: a new masker that is fed from the beginning gives the
//! same pieces again, since one number has one token.

use super::{escapes::Escapes, tokens_for};
use crate::{
    manifest::Framing,
    ports::{PortError, Vault},
};
use credence_domain::identifier::{Before, Found, resident_numbers_behind, seam};
use std::{borrow::Cow, collections::BTreeMap};

/// Masks one text. After an error it is of no more use.
pub struct Masker {
    framing: Framing,
    escapes: Escapes,
    /// What may be the beginning of a number.
    held: String,
    before: Before,
    json: InJson,
}

impl Masker {
    /// For a text written in this.
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            escapes: Escapes::new(framing),
            held: String::new(),
            before: Before::Nothing,
            json: InJson::default(),
        }
    }

    /// Takes the next piece; gives what can be given on by now. `last`: nothing
    /// follows, and everything is given.
    ///
    /// # Errors
    /// When the vault cannot name the tokens; the text must not be used then.
    pub async fn push(
        &mut self,
        vault: &dyn Vault,
        plugin: &str,
        text: String,
        last: bool,
    ) -> Result<String, PortError> {
        let text = self.escapes.decode(Cow::Owned(text), last).into_owned();
        let mut piece = std::mem::take(&mut self.held);
        match piece.is_empty() {
            true => piece = text,
            false => piece.push_str(&text),
        }
        let before = self.before;
        if !last {
            let seam = seam(before, &piece);
            self.held = piece.split_off(seam.at);
            self.before = seam.before;
        }
        let found = resident_numbers_behind(before, &piece);
        if found.is_empty() {
            self.passed(&piece);
            return Ok(piece);
        }
        let tokens = tokens_for(vault, plugin, &found).await?;
        self.masked(&piece, &found, &tokens)
    }

    fn masked(
        &mut self,
        piece: &str,
        found: &[Found],
        tokens: &BTreeMap<String, String>,
    ) -> Result<String, PortError> {
        let mut masked = String::with_capacity(piece.len());
        let mut end = 0;
        for number in found {
            let between = &piece[end..number.at.start];
            self.passed(between);
            masked.push_str(between);
            let token = tokens.get(&number.number);
            let token = token.ok_or_else(|| PortError::new("the vault named too few tokens"))?;
            // A number of JSON becomes a string: a bare token is no value there.
            let quote = match self.framing == Framing::Json && !self.json.in_string {
                true => "\"",
                false => "",
            };
            masked.extend([quote, token, quote]);
            end = number.at.end;
        }
        self.passed(&piece[end..]);
        masked.push_str(&piece[end..]);
        Ok(masked)
    }

    fn passed(&mut self, text: &str) {
        if self.framing == Framing::Json {
            self.json.read(text);
        }
    }
}

/// Whether a place in JSON stands inside of a string.
#[derive(Default)]
struct InJson {
    in_string: bool,
    escaped: bool,
}

impl InJson {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            let escaped = std::mem::take(&mut self.escaped);
            match byte {
                // No string goes over a line: a quote too many spoils one line only.
                b'\n' | b'\r' => self.in_string = false,
                _ if escaped => {}
                b'"' => self.in_string = !self.in_string,
                b'\\' => self.escaped = self.in_string,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
