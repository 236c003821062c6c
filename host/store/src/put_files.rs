//! Files that plugins put into departments' folders: which names are taken, by what
//! text, and where the folder lay.
//!
//! Comes in: a name, a place and a text. Goes out: whether the name is known, with
//! this text, at this place. Always holds: a name that was kept is never forgotten and
//! never changes; of text and place stands only a keyed digest here; a call that was closed keeps no new
//! name, since what it does counts no longer. Deliberately absent: the files.

use crate::{
    columns::Columns,
    entry::{EventDraft, new_id},
    error::StoreError,
    keys::hmac,
    objects::Kind,
    statements::statements,
    store::Read,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::ids::CallId;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

statements! {
    BY_NAME = "SELECT digest, place, call FROM put_file WHERE plugin = ?1 AND folder = ?2 AND name = ?3";
    OF_STEP = "SELECT f.folder, f.name, f.place, f.call FROM effect_intent AS i
        JOIN put_file AS f ON f.call = i.call WHERE i.step_key = ?1 ORDER BY f.put_at, f.name";
    KEEP = "INSERT INTO put_file (id, plugin, folder, name, digest, place, call, put_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?8, id, ?7 FROM call WHERE id = ?6 AND state = 'open'";
}

/// A file by its name, with what it says.
#[derive(Clone, Copy)]
pub struct NamedText<'a> {
    /// Whose plugin puts it.
    pub plugin: &'a str,
    /// Name of the folder in its manifest.
    pub folder: &'a str,
    /// Name in the folder.
    pub name: &'a str,
    /// Where the folder lies. Never kept.
    pub place: &'a str,
    /// What it says. Never kept.
    pub text: &'a str,
}

/// A file that was put before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutFile {
    /// The call that put it.
    pub call: CallId,
    /// Whether its text is the one asked about.
    pub same_text: bool,
    /// Whether the folder lay at the place asked about.
    pub same_place: bool,
}

/// A file that was put for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOfStep {
    /// Name of the folder in the plugin's manifest.
    pub folder: String,
    /// Name in the folder.
    pub name: String,
    /// Where the folder lay ([`Read::place_digest`]).
    pub place: [u8; 32],
    /// The call that put it.
    pub call: CallId,
}

impl Read<'_> {
    /// The files that were put by calls made for this step.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn files_of_step(&mut self, key: &str) -> Result<Vec<FileOfStep>, StoreError> {
        let query = OF_STEP.query().bind(key);
        let rows = query.fetch_all(self.connection()).await?;
        let file = |row: &SqliteRow| -> Result<FileOfStep, StoreError> {
            Ok(FileOfStep {
                folder: row.plain("folder")?,
                name: row.plain("name")?,
                place: row.hash("place")?,
                call: row.id("call")?,
            })
        };
        rows.iter().map(file).collect()
    }

    /// What is kept of a place.
    pub fn place_digest(&self, place: &str) -> [u8; 32] {
        hmac(&self.keys.index, &place_of(place))
    }

    /// The file that was put under this name, if one was.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn put_file(&mut self, file: NamedText<'_>) -> Result<Option<PutFile>, StoreError> {
        let digest = hmac(&self.keys.index, &digested(&file));
        let query = BY_NAME.query().bind(file.plugin).bind(file.folder);
        let query = query.bind(file.name);
        let Some(row) = query.fetch_optional(self.connection()).await? else {
            return Ok(None);
        };
        Ok(Some(PutFile {
            call: row.id("call")?,
            same_text: row.hash("digest")? == digest,
            same_place: row.hash("place")? == self.place_digest(file.place),
        }))
    }
}

impl Write<'_> {
    /// Keeps the name of a file that `call` puts, unless it is known; gives what is
    /// known then. Durable once the write is committed.
    ///
    /// # Errors
    /// [`StoreError::NotThere`] without such a call, [`StoreError::Conflict`] where it
    /// is closed already.
    pub async fn keep_put_file(
        &mut self,
        call: CallId,
        file: NamedText<'_>,
        draft: &EventDraft,
    ) -> Result<PutFile, StoreError> {
        if let Some(known) = self.read().put_file(file).await? {
            return Ok(known);
        }
        let id: Uuid = new_id(draft.at)?;
        let index = &self.store.keys().index;
        let digest = hmac(index, &digested(&file));
        let place = hmac(index, &place_of(file.place));
        let query = KEEP.query().bind(&id.as_bytes()[..]).bind(file.plugin);
        let query = query.bind(file.folder).bind(file.name).bind(&digest[..]);
        let query = query.bind(call.bytes()).bind(draft.at.as_millisecond());
        let query = query.bind(&place[..]);
        let kept = query.execute(self.connection()).await?;
        if kept.rows_affected() == 0 {
            let object = ObjectRef::new(Kind::CALL.name, call.to_string());
            return Err(match self.read().call(call).await? {
                Some(_) => StoreError::Conflict { object },
                None => StoreError::NotThere { object },
            });
        }
        let draft = EventDraft {
            call: Some(call),
            ..draft.clone()
        };
        let object = id.simple().to_string();
        self.changed(Kind::PUT_FILE, object, None, &draft).await?;
        Ok(PutFile {
            call,
            same_text: true,
            same_place: true,
        })
    }
}

fn digested<'a>(file: &NamedText<'a>) -> [&'a [u8]; 5] {
    let NamedText {
        plugin,
        folder,
        name,
        place: _,
        text,
    } = *file;
    [
        b"put_file",
        plugin.as_bytes(),
        folder.as_bytes(),
        name.as_bytes(),
        text.as_bytes(),
    ]
}

fn place_of(place: &str) -> [&[u8]; 2] {
    [b"put_place", place.as_bytes()]
}
