//! Putting numbers and secrets in on the way out, and taking their echo out of
//! what comes back.
//!
//! Comes in: the texts that are to leave, and towards what. Goes out: the texts
//! filled in, or why not. Always holds: a number goes only where the grant lets it,
//! and only one of a person whom the order names; a secret only towards the names
//! that stand under it.

use super::CallState;
use crate::{
    persons,
    ports::{PortError, Secret},
};
use std::collections::{BTreeMap, BTreeSet};

/// Where something goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Towards<'a> {
    /// Table of the grant: `destinations` or `folders`.
    pub(super) table: &'static str,
    /// Name of the destination or folder.
    pub(super) name: &'a str,
    /// Whether identity numbers may go there.
    pub(super) persons: bool,
}

/// What texts of one request or file are filled with.
pub(super) struct Filling {
    persons: BTreeMap<String, Secret>,
    secrets: BTreeMap<String, Secret>,
}

impl Filling {
    /// A text as it leaves.
    pub(super) fn fill(&self, text: &str) -> Secret {
        let mut text = persons::fill(text, &self.persons);
        for (placeholder, value) in &self.secrets {
            if text.contains(placeholder.as_str()) {
                text = text.replace(placeholder.as_str(), value.expose());
            }
        }
        Secret::new(text)
    }
}

impl CallState {
    /// What these texts have to be filled with on their way.
    pub(super) async fn filling(
        &mut self,
        pieces: &[&str],
        to: Towards<'_>,
    ) -> Result<Filling, Refused> {
        let filling = Filling {
            persons: self.numbers_for(pieces, to).await?,
            secrets: self.secrets_for(pieces, to).await?,
        };
        self.filled.persons.extend(filling.persons.clone());
        self.filled.secrets.extend(filling.secrets.clone());
        Ok(filling)
    }

    async fn numbers_for(
        &self,
        pieces: &[&str],
        to: Towards<'_>,
    ) -> Result<BTreeMap<String, Secret>, Refused> {
        let tokens = pieces.iter().flat_map(|piece| persons::tokens_in(piece));
        let tokens: BTreeSet<String> = tokens.map(|(_, token)| token.to_owned()).collect();
        if tokens.is_empty() {
            return Ok(BTreeMap::new());
        }
        let tokens: Vec<String> = tokens.into_iter().collect();
        let known = self.ports.vault.numbers(&self.head.plugin, &tokens).await?;
        if known
            .keys()
            .any(|token| !self.scope.persons.contains(token))
        {
            let text = "the text names a person whom the order does not name".to_owned();
            return Err(Refused::NotGranted(text));
        }
        if !known.is_empty() && !to.persons {
            let Towards { table, name, .. } = to;
            return Err(Refused::NotGranted(format!(
                "identity numbers may not go to `{name}`; this line would grant it:\n\
                 [{table}.{name}]\npersons = true"
            )));
        }
        Ok(known)
    }

    /// The secrets that may go there, by placeholder. Those that the texts do not
    /// name are read too: what was stored there in an earlier call may come back in
    /// an answer, and is hidden then.
    async fn secrets_for(
        &self,
        pieces: &[&str],
        to: Towards<'_>,
    ) -> Result<BTreeMap<String, Secret>, Refused> {
        let mut found = BTreeMap::new();
        let to = to.name;
        for (name, secret) in &self.grant.secrets {
            let placeholder = self.placeholder(name);
            let is_named = pieces.iter().any(|piece| piece.contains(&placeholder));
            if !secret.destinations.contains(to) {
                if is_named {
                    return Err(Refused::NotGranted(format!(
                        "the secret `{name}` may not go to `{to}`; add \"{to}\" to \
                         `destinations` under [secrets.{name}]"
                    )));
                }
                continue;
            }
            match self.ports.vault.secret(&self.head.plugin, name).await {
                Ok(value) => {
                    found.insert(placeholder, value);
                }
                Err(error) if is_named => return Err(error.into()),
                // What cannot be read was not sent either.
                Err(_) => {}
            }
        }
        Ok(found)
    }
}

/// What a call was filled with so far, so that an echo of it can be taken out of
/// every answer.
#[derive(Default)]
pub(crate) struct Filled {
    /// By placeholder.
    secrets: BTreeMap<String, Secret>,
    /// By token.
    persons: BTreeMap<String, Secret>,
}

impl Filled {
    /// Takes out the secrets that a department's system echoes, and U+0000, which
    /// no string of the contract holds.
    pub(super) fn hide_secrets(&self, text: String) -> String {
        let mut text = without(text, &self.secrets);
        if text.contains('\0') {
            text = text.replace('\0', "\u{FFFD}");
        }
        text
    }

    /// Takes out the numbers that it echoes in the middle of something: masking has
    /// found those that stand alone.
    pub(super) fn hide_persons(&self, text: String) -> String {
        without(text, &self.persons)
    }
}

fn without(mut text: String, values: &BTreeMap<String, Secret>) -> String {
    for (stand_in, value) in values {
        for value in [value.expose(), &value.expose().to_ascii_lowercase()] {
            if !value.is_empty() && text.contains(value) {
                text = text.replace(value, stand_in);
            }
        }
    }
    text
}

/// Why nothing is filled in.
pub(super) enum Refused {
    /// The grant does not allow it.
    NotGranted(String),
    /// The vault cannot say.
    Port(PortError),
}

impl From<PortError> for Refused {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}
