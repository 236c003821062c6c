//! Deliveries that come packed: what a decoder makes of them is read as text.
//!
//! Comes in: a delivery and what its feed says it is. Goes out: its text, or why
//! there is none, in words for the clerk who sent it. Always holds: whatever stands
//! in a binary file meets a component without imports (`decoder`) and nothing else
//! of the house; the text stands in memory only. Deliberately absent: the decoders,
//! which are shipped beside the program as `xlsx.wasm` and loaded when the first
//! such delivery comes.

use crate::error::PipelineError;
use credence_plugin_host::{
    Host,
    decoder::{Decoder, PACKED},
    manifest::Container,
};
use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
};
use tokio::sync::OnceCell;

/// What reads a delivery's bytes of text.
pub(crate) type Source = Box<dyn Read + Send>;

/// The decoders of a house.
pub(crate) struct Containers {
    host: Host,
    dir: Option<PathBuf>,
    xlsx: OnceCell<Decoder>,
}

impl Containers {
    /// Those in a directory; without one, only text is taken.
    pub(crate) fn of(host: Host, dir: Option<PathBuf>) -> Self {
        Self {
            host,
            dir,
            xlsx: OnceCell::new(),
        }
    }

    /// The bytes of text in a delivery of this kind.
    ///
    /// # Errors
    /// [`PipelineError::Unreadable`] with the words for the clerk; any other where it
    /// is the house that cannot read the delivery or the decoder.
    pub(crate) async fn unpacked(
        &self,
        container: Container,
        path: &Path,
        file: File,
    ) -> Result<Source, PipelineError> {
        match container {
            Container::Text => Ok(Box::new(file)),
            Container::Xlsx => {
                let decoder = self.xlsx.get_or_try_init(|| self.decoder("xlsx.wasm"));
                let decoder = decoder.await?;
                let packed = read(path, file).await?;
                let text = decoder.decode(&packed).await;
                let text = text.map_err(|error| PipelineError::Unreadable(error.to_string()))?;
                Ok(Box::new(Cursor::new(text.into_bytes())))
            }
        }
    }

    async fn decoder(&self, name: &str) -> Result<Decoder, PipelineError> {
        let dir = self.dir.as_ref().ok_or_else(|| PipelineError::Unknown {
            what: "decoder",
            name: name.to_owned(),
            next: "name the directory of decoders with --decoders or CREDENCE_DECODERS",
        })?;
        let path = dir.join(name);
        let bytes = tokio::fs::read(&path).await;
        let bytes = bytes.map_err(PipelineError::file("cannot read the decoder", &path))?;
        Ok(self.host.decoder(bytes).await?)
    }
}

/// All of a packed delivery, or one byte more than is taken.
async fn read(path: &Path, file: File) -> Result<Vec<u8>, PipelineError> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut packed = Vec::new();
        file.take(PACKED as u64 + 1).read_to_end(&mut packed)?;
        Ok(packed)
    });
    let packed = reading
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
    packed.map_err(PipelineError::file("cannot read", path))
}
