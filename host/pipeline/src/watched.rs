//! Watched folders: files that a department puts where the house looks.
//!
//! Comes in: a folder, again and again. Goes out: files that are whole, in the
//! order of their names; later, the same files under `done/` or `failed/`. Always
//! holds: a file is taken when two looks found it unchanged; names that begin
//! with a dot or end in `.part` or `.tmp` are still being written; symlinks and
//! whatever is no plain file are passed over, also when one takes the place of a
//! file between a look and its reading. What the looks saw is in memory only: a
//! crash costs one more look.

use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// What was seen of files, by their paths.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    seen: HashMap<PathBuf, Mark>,
}

/// Which file it is, and in which state. A new file of the same name has another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark(Vec<u8>);

impl Mark {
    fn of(file: &Metadata) -> Self {
        let numbers = [
            file.dev().to_be_bytes(),
            file.ino().to_be_bytes(),
            file.size().to_be_bytes(),
            file.mtime().to_be_bytes(),
            file.mtime_nsec().to_be_bytes(),
            // Nobody can set this one back.
            file.ctime().to_be_bytes(),
            file.ctime_nsec().to_be_bytes(),
        ];
        Self(numbers.concat())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A file that is whole.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) mark: Mark,
    pub(crate) size: u64,
}

impl Whole {
    /// Opens the very file that was looked at.
    pub(crate) fn open(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        match Mark::of(&file.metadata()?) == self.mark {
            true => Ok(file),
            false => Err(io::Error::other(
                "the file was changed since it was looked at",
            )),
        }
    }
}

impl Looks {
    /// Looks at a folder; gives the files that are as they were at the last look.
    pub(crate) fn look(&mut self, folder: &Path) -> io::Result<Vec<Whole>> {
        let mut whole = Vec::new();
        let mut seen = HashMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Of the entry itself: a symlink is not followed.
            let found = match entry.metadata() {
                Ok(found) if found.is_file() && !is_still_written(&name) => found,
                Ok(_) => continue,
                // Taken away while we look.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let (path, mark) = (entry.path(), Mark::of(&found));
            if self.seen.get(&path) == Some(&mark) {
                whole.push(Whole {
                    path: path.clone(),
                    name,
                    mark: mark.clone(),
                    size: found.len(),
                });
            }
            seen.insert(path, mark);
        }
        self.seen.retain(|path, _| path.parent() != Some(folder));
        self.seen.extend(seen);
        whole.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(whole)
    }
}

fn is_still_written(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
}

/// Where a file goes when it was read, or could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    Done,
    Failed,
}

/// Moves a file of a folder to `done/` or `failed/` with what is to be told of
/// it: texts by the ending that is added to its name. Texts first, so that a file
/// that was moved has them. A name that is taken gets `tag` before it.
pub(crate) fn move_away(
    file: &Whole,
    into: Into,
    tag: &str,
    beside: &[(&str, &Path)],
    words: Option<&str>,
) -> io::Result<()> {
    let folder = file.path.parent().unwrap_or(Path::new("."));
    let dir = folder.join(match into {
        Into::Done => "done",
        Into::Failed => "failed",
    });
    fs::create_dir_all(&dir)?;
    let mut name = file.name.clone();
    if dir.join(&name).symlink_metadata().is_ok() {
        name = format!("{tag}-{name}");
    }
    for (ending, text) in beside {
        fs::rename(text, dir.join(format!("{name}{ending}")))?;
    }
    if let Some(words) = words {
        fs::write(dir.join(format!("{name}.why.txt")), format!("{words}\n"))?;
    }
    fs::rename(&file.path, dir.join(&name))?;
    File::open(&dir)?.sync_all()?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(whole: &[Whole]) -> Vec<&str> {
        whole.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn a_file_is_whole_when_two_looks_found_it_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let mut looks = Looks::default();
        for name in ["b.csv", "a.csv", ".hidden", "c.part", "d.TMP"] {
            fs::write(dir.path().join(name), "1").unwrap();
        }
        fs::create_dir(dir.path().join("done")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("link.csv")).unwrap();
        assert_eq!(names(&looks.look(dir.path()).unwrap()), Vec::<&str>::new());
        fs::write(dir.path().join("b.csv"), "12").unwrap();
        assert_eq!(names(&looks.look(dir.path()).unwrap()), ["a.csv"]);
        let whole = looks.look(dir.path()).unwrap();
        assert_eq!(names(&whole), ["a.csv", "b.csv"]);
        // Another file in its place is not the one that was looked at.
        fs::remove_file(dir.path().join("a.csv")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("a.csv")).unwrap();
        assert!(whole[0].open().is_err());
        assert!(whole[1].open().is_ok());
    }

    #[test]
    fn a_file_is_moved_with_what_is_told_of_it_and_covers_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let mut looks = Looks::default();
        for (content, expected) in [("1", "a.csv"), ("2", "tag-a.csv")] {
            fs::write(dir.path().join("a.csv"), content).unwrap();
            looks.look(dir.path()).unwrap();
            let whole = looks.look(dir.path()).unwrap();
            let report = dir.path().join(".report");
            fs::write(&report, "row").unwrap();
            let beside = [(".report.csv", report.as_path())];
            move_away(&whole[0], Into::Failed, "tag", &beside, Some("why")).unwrap();
            let failed = dir.path().join("failed");
            let read = |name: String| fs::read_to_string(failed.join(name)).unwrap();
            assert_eq!(read(expected.to_owned()), content);
            assert_eq!(read(format!("{expected}.report.csv")), "row");
            assert_eq!(read(format!("{expected}.why.txt")), "why\n");
        }
        assert_eq!(names(&looks.look(dir.path()).unwrap()), Vec::<&str>::new());
    }
}
