//! Natural persons: numbers go in, tokens come out, and back only on the way to
//! a department.
//!
//! Comes in: identity numbers as found in feeds and answers. Goes out: tokens,
//! pairwise per plugin (I4), and the subjects behind them. Always holds: a number
//! lies only in its envelope, under the person's own key; it is found by a keyed
//! blind index; the same number has the same token in every call of one plugin,
//! and another in every other plugin. A number that breaks a rule gets a token
//! too, since it still points at a person, but nothing may be bound to it.
//!
//! Deliberately absent: names. They stand sealed inside records and orders.

use crate::{
    columns::Columns,
    content::SubjectSeal,
    entry::{Drawn, EventDraft, draw, new_id},
    error::StoreError,
    keys::{KeyRing, hmac},
    seal::{Place, open, seal},
    statements::statements,
    store::Read,
    subjects::NewSubject,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::{
    catalogue::SubjectKind,
    identifier::{Identifier, Scheme, normalise},
    ids::SubjectId,
};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use zeroize::Zeroizing;

statements! {
    BY_BLINDS = "SELECT n.blind, n.subject FROM json_each(?1) AS w
        CROSS JOIN person_number AS n WHERE n.blind = unhex(w.value)";
    TOKENS_KNOWN = "SELECT t.token FROM json_each(?2) AS w
        CROSS JOIN person_token AS t WHERE t.plugin = ?1 AND t.token = w.value";
    INSERT_NUMBERS = "INSERT INTO person_number (blind, subject, sealed, entry)
        SELECT unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), ?2 FROM jsonb_each(?1)";
    INSERT_TOKENS = "INSERT INTO person_token (plugin, token, subject, entry)
        SELECT ?1, value ->> 0, unhex(value ->> 1), ?3 FROM jsonb_each(?2)";
    BY_TOKENS = "SELECT t.token, t.subject, s.bindable FROM json_each(?2) AS w
        CROSS JOIN person_token AS t CROSS JOIN subject AS s
        WHERE t.plugin = ?1 AND t.token = w.value AND s.id = t.subject";
    NUMBERS_BY_TOKENS = "SELECT t.token, t.subject, s.kind AS subject_kind, s.sealed_key AS _sealed_key, n.sealed
        FROM json_each(?2) AS w
        CROSS JOIN person_token AS t CROSS JOIN person_number AS n CROSS JOIN subject AS s
        WHERE t.plugin = ?1 AND t.token = w.value AND n.subject = t.subject
            AND s.id = t.subject";
    TOKEN_OF = "SELECT token FROM person_token WHERE plugin = ?1 AND subject = ?2";
    SUBJECT_NUMBER = "SELECT subject FROM person_number WHERE blind = ?1";
}

/// An identity number on its way out of the house. Never shown; wiped when
/// dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretNumber(Zeroizing<String>);

impl SecretNumber {
    /// The number itself, for a destination that was granted it, and for nothing
    /// else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretNumber(******************)")
    }
}

/// The person behind a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundPerson {
    /// The subject.
    pub subject: SubjectId,
    /// Whether records may be bound to it.
    pub bindable: bool,
}

impl Read<'_> {
    /// The persons behind tokens of one plugin. A token that is missing from the
    /// answer was never given to it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subjects_by_tokens(
        &mut self,
        plugin: &str,
        tokens: &[&str],
    ) -> Result<HashMap<String, BoundPerson>, StoreError> {
        let tokens = serde_json::to_string(tokens)?;
        let query = BY_TOKENS.query().bind(plugin).bind(tokens);
        let rows = query.fetch_all(self.connection()).await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let person = BoundPerson {
                subject: row.id("subject")?,
                bindable: row.plain("bindable")?,
            };
            found.insert(row.plain("token")?, person);
        }
        Ok(found)
    }

    /// The person behind one token.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subject_of_token(
        &mut self,
        plugin: &str,
        token: &str,
    ) -> Result<Option<BoundPerson>, StoreError> {
        Ok(self
            .subjects_by_tokens(plugin, &[token])
            .await?
            .remove(token))
    }

    /// The token that a plugin knows a person by; `None` if it does not.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn token_of(
        &mut self,
        plugin: &str,
        subject: SubjectId,
    ) -> Result<Option<String>, StoreError> {
        let query = TOKEN_OF.query().bind(plugin).bind(subject.bytes());
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| row.plain("token")).transpose()
    }

    /// The person with this identity number, if the register has one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subject_of_number(
        &mut self,
        number: &str,
    ) -> Result<Option<SubjectId>, StoreError> {
        let blind = blind(self.keys, &normalise(number));
        let query = SUBJECT_NUMBER.query().bind(&blind[..]);
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| row.id("subject")).transpose()
    }

    /// The tokens by which `plugin` knows these numbers, in their order; `None`
    /// where one of them has none yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn known_tokens_of(
        &mut self,
        plugin: &str,
        numbers: &[String],
    ) -> Result<Option<Vec<String>>, StoreError> {
        let keys = self.keys;
        let tokens: Vec<_> = numbers
            .iter()
            .map(|number| token(keys, plugin, &normalise(number)))
            .collect();
        let wanted: BTreeSet<&str> = tokens.iter().map(String::as_str).collect();
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let known = known_tokens(self.connection(), plugin, &wanted).await?;
        Ok((known.len() == wanted.len()).then_some(tokens))
    }

    /// The numbers behind tokens of one plugin, to be filled in at egress. A token
    /// that is missing from the answer was never given to that plugin.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a person's key was shredded.
    pub async fn numbers_behind(
        &mut self,
        plugin: &str,
        tokens: &[&str],
    ) -> Result<HashMap<String, SecretNumber>, StoreError> {
        let tokens = serde_json::to_string(tokens)?;
        let query = NUMBERS_BY_TOKENS.query().bind(plugin).bind(tokens);
        let rows = query.fetch_all(self.connection()).await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let person = SubjectSeal::of(self.keys, row)?;
            let number = open(
                person.key()?,
                number_place(&person.id),
                row.plain("sealed")?,
            )?;
            let number = String::from_utf8(number).map_err(|_| StoreError::unreadable("sealed"))?;
            found.insert(row.plain("token")?, SecretNumber(Zeroizing::new(number)));
        }
        Ok(found)
    }
}

impl Write<'_> {
    /// The tokens by which `plugin` knows these numbers, in their order. Persons
    /// who are new to the register or to the plugin are written, all under one
    /// entry; where none is, nothing is written and nothing told.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tokens_for(
        &mut self,
        plugin: &str,
        numbers: &[String],
        event: &EventDraft,
    ) -> Result<Vec<String>, StoreError> {
        let numbers: Vec<_> = numbers.iter().map(|number| normalise(number)).collect();
        let keys = self.store.keys();
        let tokens: Vec<_> = numbers.iter().map(|n| token(keys, plugin, n)).collect();
        let mut new: BTreeMap<&str, &str> = tokens
            .iter()
            .map(String::as_str)
            .zip(numbers.iter().map(String::as_str))
            .collect();
        let wanted: Vec<_> = new.keys().copied().collect();
        for known in known_tokens(self.connection(), plugin, &wanted).await? {
            new.remove(known.as_str());
        }
        if !new.is_empty() {
            let drawn = draw(event.at)?;
            self.insert_persons(plugin, &new, drawn, event).await?;
            self.told_of_set(drawn, ObjectRef::new("register", "persons"), event)
                .await?;
        }
        Ok(tokens)
    }

    /// Writes what is new of these tokens and numbers: the token always, the
    /// person where no other plugin has brought it yet.
    async fn insert_persons(
        &mut self,
        plugin: &str,
        new: &BTreeMap<&str, &str>,
        drawn: Drawn,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let keys = self.store.keys();
        let blinds: Vec<_> = new
            .values()
            .map(|number| hex::encode(blind(keys, number)))
            .collect();
        let mut known = self.persons_by_blinds(&blinds).await?;
        let (mut subjects, mut numbers, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        for ((token, number), blind) in new.iter().zip(blinds) {
            let subject = match known.get(&blind) {
                Some(subject) => *subject,
                None => {
                    let id: SubjectId = new_id(event.at)?;
                    let (row, sealed) = new_person(keys, id, number)?;
                    subjects.push(row);
                    numbers.push((blind.clone(), id.to_string(), hex::encode(sealed)));
                    known.insert(blind, id);
                    id
                }
            };
            tokens.push((token, subject.to_string()));
        }
        if !subjects.is_empty() {
            self.insert_subjects(subjects, drawn, event).await?;
            let numbers = serde_json::to_string(&numbers)?;
            let query = INSERT_NUMBERS.query().bind(numbers).bind(drawn.id.bytes());
            query.execute(self.connection()).await?;
        }
        let tokens = serde_json::to_string(&tokens)?;
        let query = INSERT_TOKENS
            .query()
            .bind(plugin)
            .bind(tokens)
            .bind(drawn.id.bytes());
        query.execute(self.connection()).await?;
        Ok(())
    }

    async fn persons_by_blinds(
        &mut self,
        blinds: &[String],
    ) -> Result<HashMap<String, SubjectId>, StoreError> {
        let query = BY_BLINDS.query().bind(serde_json::to_string(blinds)?);
        let rows = query.fetch_all(self.connection()).await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in &rows {
            known.insert(hex::encode(row.hash("blind")?), row.id("subject")?);
        }
        Ok(known)
    }
}

/// Those of these tokens that a plugin was given.
async fn known_tokens(
    connection: &mut SqliteConnection,
    plugin: &str,
    tokens: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let tokens = serde_json::to_string(tokens)?;
    let query = TOKENS_KNOWN.query().bind(plugin).bind(tokens);
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| row.plain("token")).collect()
}

/// A person's row, and the number sealed under the person's new key.
fn new_person(
    keys: &KeyRing,
    id: SubjectId,
    number: &str,
) -> Result<(NewSubject, Vec<u8>), StoreError> {
    let kind = SubjectKind::Person;
    let (person, sealed_key) = SubjectSeal::create(keys, id, kind)?;
    let sealed = seal(person.key()?, number_place(&id), number.as_bytes())?;
    let bindable = Identifier::parse(Scheme::ResidentNumber, number).is_ok();
    let row = NewSubject {
        id,
        kind,
        region: None,
        name: None,
        bindable,
        sealed_key,
    };
    Ok((row, sealed))
}

fn number_place(id: &SubjectId) -> Place<'_> {
    Place {
        table: "person_number",
        row: id.bytes(),
        column: "sealed",
    }
}

fn blind(keys: &KeyRing, number: &str) -> [u8; 32] {
    hmac(&keys.index, &[b"person_number", number.as_bytes()])
}

/// `Z` and 17 of `0`-`9` and `A`-`Z`: the pseudonym of a number with one plugin.
/// 88 bits, so that two persons never share one.
fn token(keys: &KeyRing, plugin: &str, number: &str) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mac = hmac(&keys.token, &[plugin.as_bytes(), number.as_bytes()]);
    let (head, _) = mac.split_first_chunk().expect("a MAC has 32 bytes");
    let mut rest = u128::from_be_bytes(*head);
    let mut token = String::from("Z");
    for _ in 0..17 {
        token.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_domain::identifier::resident_numbers_in;

    #[test]
    fn a_token_is_pairwise_and_no_number() {
        let keys = KeyRing::from_bytes(&[1; 32], &[2; 32]);
        let tax = token(&keys, "tax", "11010519491231002X");
        assert_eq!(tax, token(&keys, "tax", "11010519491231002X"));
        assert_ne!(tax, token(&keys, "customs", "11010519491231002X"));
        assert_ne!(tax, token(&keys, "tax", "110105194912310021"));
        let others = KeyRing::from_bytes(&[3; 32], &[2; 32]);
        assert_ne!(tax, token(&others, "tax", "11010519491231002X"));
        assert_eq!(tax.len(), 18);
        assert!(tax.starts_with('Z'));
        assert!(
            tax.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
        assert!(resident_numbers_in(&tax).is_empty());
        assert!(Identifier::parse(Scheme::Uscc, &tax).is_err());
    }
}
