//! Files that the house fetches by itself.
//!
//! In comes `GET /exports/{feed}`, with the bearer token where one is set; out
//! goes the file of that name in the directory given with `--exports`, as it lies
//! there. Always: nothing outside that directory is read, and nothing in
//! directories below it; a link counts as what it leads to. Absent: making the files; whoever replaces one puts the
//! new one in its place by renaming it.
//!
//! | answer | when |
//! |---|---|
//! | 200 with `ETag` | the file, as `application/octet-stream` |
//! | 304 with `ETag` | `If-None-Match` names the file as it is: no body |
//! | 401 | the token is missing or wrong |
//! | 404 | no such file, or a name that is not 1 to 120 of `A`-`Z`, `a`-`z`, `0`-`9`, `.`, `_`, `-`, or begins with `.` |

use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::desk::Desk;
use crate::door::Door;

const PIECE_BYTES: usize = 64 * 1024;

/// Where the files lie, and who may have them.
#[derive(Debug)]
pub(crate) struct Exports {
    pub(crate) directory: PathBuf,
    pub(crate) door: Door,
}

pub(crate) async fn fetch(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let Some(exports) = &desk.exports else {
        return absent();
    };
    let (head, _) = request.into_parts();
    if let Err(refused) = exports.door.let_in(&head, &[], Timestamp::now()) {
        return (StatusCode::UNAUTHORIZED, refused.reason).into_response();
    }
    match exports.open(&name).await {
        Ok(Some((file, metadata))) => sent(file, &metadata, &head.headers),
        Ok(None) => absent(),
        Err(_) => {
            let reason = "the file cannot be read; look at its permissions";
            (StatusCode::INTERNAL_SERVER_ERROR, reason).into_response()
        }
    }
}

fn absent() -> Response {
    (StatusCode::NOT_FOUND, "there is no export of this name").into_response()
}

impl Exports {
    async fn open(&self, name: &str) -> io::Result<Option<(File, Metadata)>> {
        if !is_name(name) {
            return Ok(None);
        }
        let file = match File::open(self.directory.join(name)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata().await?;
        Ok(metadata.is_file().then_some((file, metadata)))
    }
}

/// One name in the directory itself: no separator, nothing hidden, no `..`.
fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=120).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}

fn sent(file: File, metadata: &Metadata, headers: &HeaderMap) -> Response {
    let tag = tag(metadata);
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*");
    if known {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    // A file that grows meanwhile is sent as it was; what comes is announced.
    let pieces = stream::try_unfold(file.take(metadata.len()), |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        io::Result::Ok((read > 0).then_some((Bytes::from(piece), file)))
    });
    let headers = [
        (header::ETAG, tag),
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, metadata.len().to_string()),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// Another one for every other file of this name, without reading it: a file put
/// in place by renaming is another inode, or was changed at another moment.
fn tag(metadata: &Metadata) -> String {
    let changed = metadata
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    format!("\"{:x}-{changed:x}-{inode:x}\"", metadata.len())
}
