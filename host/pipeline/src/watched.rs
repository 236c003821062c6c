//! Watched folders: files that a department puts where the house looks.
//!
//! Comes in: a folder, again and again. Goes out: files that are whole, in the
//! order of their names; later, the same files under `done/` or `failed/`. Always
//! holds: a file is taken when two looks found it unchanged that lie a quiet time
//! apart; names that begin with a dot or end in `.part` or `.tmp` are still being
//! written; symlinks and whatever is no plain file are passed over, also when one
//! takes the place of a file between a look and its reading; what is written here
//! is written into new files and given its name by renaming, so that no link which
//! the department lays is followed. What the looks saw is in memory only: a crash
//! costs one more look.

use std::{
    collections::HashMap,
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::NamedTempFile;

/// Bytes of the longest name of a file.
const LONGEST_NAME: usize = 255;
/// Bytes of the longest ending that is added to a name.
const ENDING: usize = ".report.csv".len();
/// The longest time that a file rests which could not be put away.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// What was seen of files, by their paths.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    seen: HashMap<PathBuf, Seen>,
}

#[derive(Debug)]
struct Seen {
    mark: Mark,
    /// When it was first seen like this, or put off.
    since: Instant,
    /// How long it must have been left alone since.
    rest: Duration,
    /// How often it could not be put away.
    tries: u32,
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

    /// Whether this is of the very file that lies there, as it is there.
    fn lies_at(&self, path: &Path) -> io::Result<bool> {
        match path.symlink_metadata() {
            Ok(found) => Ok(Self::of(&found) == *self),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
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
        // What took its place meanwhile may be a pipe, at which opening waits.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW)
            .open(&self.path)?;
        match Mark::of(&file.metadata()?) == self.mark {
            true => Ok(file),
            false => Err(io::Error::other(
                "the file was changed since it was looked at",
            )),
        }
    }

    /// Whether the file still is what was looked at. It need not have its name any
    /// more: what counts is what was read.
    pub(crate) fn is_unchanged(&self, opened: &File) -> io::Result<bool> {
        let now = Mark::of(&opened.metadata()?);
        // Taking its name away changes the last two numbers.
        let written = 5 * size_of::<u64>();
        Ok(now.0[..written] == self.mark.0[..written])
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// A new hidden file in the folder, for a text that goes beside this one.
    pub(crate) fn beside(&self) -> io::Result<NamedTempFile> {
        hidden(self.folder())
    }
}

impl Looks {
    /// Looks at a folder; gives the files that are as an earlier look found them,
    /// at least `quiet` before.
    pub(crate) fn look(&mut self, folder: &Path, quiet: Duration) -> io::Result<Vec<Whole>> {
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
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let (path, mark) = (entry.path(), Mark::of(&found));
            let before = self.seen.remove(&path).filter(|seen| seen.mark == mark);
            if before.as_ref().is_some_and(Seen::has_rested) {
                whole.push(Whole {
                    path: path.clone(),
                    name,
                    mark: mark.clone(),
                    size: found.len(),
                });
            }
            let first = || Seen {
                mark,
                since: Instant::now(),
                rest: quiet,
                tries: 0,
            };
            seen.insert(path, before.unwrap_or_else(first));
        }
        self.seen.retain(|path, _| path.parent() != Some(folder));
        self.seen.extend(seen);
        whole.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(whole)
    }

    /// Lets a file rest that could not be put away: ten quiet times, twenty, forty,
    /// … at most an hour.
    pub(crate) fn put_off(&mut self, file: &Whole, quiet: Duration) {
        if let Some(seen) = self.seen.get_mut(&file.path) {
            let times = 10_u32 << seen.tries.min(9);
            seen.tries += 1;
            seen.since = Instant::now();
            seen.rest = quiet.saturating_mul(times).min(LONGEST_REST);
        }
    }
}

impl Seen {
    fn has_rested(&self) -> bool {
        self.since.elapsed() >= self.rest
    }
}

fn is_still_written(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
}

/// A new file under a short hidden name, which goes with the value. The department
/// may read it as far as the process's mask allows.
fn hidden(dir: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".credence-")
        .suffix(".partial")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(dir)
}

/// Where a file goes when it was read, or could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    Done,
    Failed,
}

/// Moves a file of a folder to `done/` or `failed/` with what is to be told of
/// it: texts by the ending that is added to its name. Texts first, so that a file
/// that was moved has them. A name that is taken or too long gets `tag` before it.
/// A file that is not the one that was looked at any more stays for the next look.
pub(crate) fn move_away(
    file: &Whole,
    into: Into,
    tag: &str,
    report: Option<NamedTempFile>,
    words: Option<&str>,
) -> io::Result<()> {
    if !file.mark.lies_at(&file.path)? {
        return Ok(());
    }
    let folder = file.folder();
    let dir = folder.join(match into {
        Into::Done => "done",
        Into::Failed => "failed",
    });
    directory(&dir)?;
    let mut name = file.name.clone();
    let is_long = name.len() > LONGEST_NAME - ENDING;
    if is_long || dir.join(&name).symlink_metadata().is_ok() {
        name = format!("{tag}-{name}");
        name.truncate(name.floor_char_boundary(LONGEST_NAME - ENDING));
    }
    if let Some(report) = report {
        report.persist(dir.join(format!("{name}.report.csv")))?;
    }
    if let Some(words) = words {
        let mut why = hidden(&dir)?;
        writeln!(why, "{words}")?;
        why.as_file().sync_all()?;
        why.persist(dir.join(format!("{name}.why.txt")))?;
    }
    // Writing took its time.
    if !file.mark.lies_at(&file.path)? {
        return Ok(());
    }
    fs::rename(&file.path, dir.join(&name))?;
    File::open(&dir)?.sync_all()?;
    File::open(folder)?.sync_all()
}

/// Makes a directory, unless it is one; a link to one is none.
fn directory(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made,
    }
    match dir.symlink_metadata()?.is_dir() {
        true => Ok(()),
        false => Err(io::Error::other(
            "`done` and `failed` must be directories, and no links: take it away",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const AT_ONCE: Duration = Duration::ZERO;

    fn names(whole: &[Whole]) -> Vec<&str> {
        whole.iter().map(|file| file.name.as_str()).collect()
    }

    /// The one file of a folder, whole.
    fn only(dir: &Path) -> Whole {
        let mut looks = Looks::default();
        looks.look(dir, AT_ONCE).unwrap();
        let mut whole = looks.look(dir, AT_ONCE).unwrap();
        assert_eq!(whole.len(), 1, "{whole:?}");
        whole.remove(0)
    }

    fn report(file: &Whole) -> NamedTempFile {
        let mut report = file.beside().unwrap();
        report.write_all(b"row").unwrap();
        report
    }

    #[test]
    fn a_file_is_whole_when_two_looks_found_it_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let mut looks = Looks::default();
        for name in ["b.csv", "a.csv", ".hidden", "c.part", "d.TMP"] {
            fs::write(dir.path().join(name), "1").unwrap();
        }
        fs::create_dir(dir.path().join("done")).unwrap();
        symlink("/etc/hostname", dir.path().join("link.csv")).unwrap();
        let mut look = || looks.look(dir.path(), AT_ONCE).unwrap();
        assert_eq!(names(&look()), Vec::<&str>::new());
        fs::write(dir.path().join("b.csv"), "12").unwrap();
        assert_eq!(names(&look()), ["a.csv"]);
        let whole = look();
        assert_eq!(names(&whole), ["a.csv", "b.csv"]);
        // Another file in its place is not the one that was looked at.
        fs::remove_file(dir.path().join("a.csv")).unwrap();
        symlink("/etc/hostname", dir.path().join("a.csv")).unwrap();
        assert!(whole[0].open().is_err());
        assert!(whole[1].open().is_ok());
    }

    #[test]
    fn two_looks_lie_a_quiet_time_apart() {
        let dir = tempfile::tempdir().unwrap();
        let hour = Duration::from_secs(3600);
        fs::write(dir.path().join("a.csv"), "1").unwrap();
        let mut looks = Looks::default();
        for _ in 0..3 {
            assert!(looks.look(dir.path(), hour).unwrap().is_empty());
        }
        // One that could not be put away rests as well.
        let mut looks = Looks::default();
        looks.look(dir.path(), AT_ONCE).unwrap();
        let whole = looks.look(dir.path(), AT_ONCE).unwrap();
        looks.put_off(&whole[0], hour);
        assert!(looks.look(dir.path(), AT_ONCE).unwrap().is_empty());
    }

    #[test]
    fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        fs::write(&path, "1").unwrap();
        let file = only(dir.path());
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert!(file.open().is_err());
    }

    #[test]
    fn a_file_that_was_written_on_is_not_what_was_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        fs::write(&path, "1").unwrap();
        let file = only(dir.path());
        let opened = file.open().unwrap();
        fs::rename(&path, dir.path().join("b.csv")).unwrap();
        assert!(file.is_unchanged(&opened).unwrap(), "only its name");
        fs::write(dir.path().join("b.csv"), "12").unwrap();
        assert!(!file.is_unchanged(&opened).unwrap());
    }

    #[test]
    fn a_file_is_moved_with_what_is_told_of_it_and_covers_no_other() {
        let dir = tempfile::tempdir().unwrap();
        for (content, expected) in [("1", "a.csv"), ("2", "tag-a.csv")] {
            fs::write(dir.path().join("a.csv"), content).unwrap();
            let file = only(dir.path());
            let report = report(&file);
            move_away(&file, Into::Failed, "tag", Some(report), Some("why")).unwrap();
            let failed = dir.path().join("failed");
            let read = |name: String| fs::read_to_string(failed.join(name)).unwrap();
            assert_eq!(read(expected.to_owned()), content);
            assert_eq!(read(format!("{expected}.report.csv")), "row");
            assert_eq!(read(format!("{expected}.why.txt")), "why\n");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "`failed`");
    }

    #[test]
    fn another_file_of_its_name_stays_for_the_next_look() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        fs::write(&path, "read").unwrap();
        let file = only(dir.path());
        fs::write(dir.path().join("new"), "unread").unwrap();
        fs::rename(dir.path().join("new"), &path).unwrap();
        move_away(&file, Into::Done, "tag", Some(report(&file)), None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "unread");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_link_that_the_department_lays_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (inbox, away) = (dir.path().join("inbox"), dir.path().join("away"));
        let failed = inbox.join("failed");
        for made in [&inbox, &away, &failed] {
            fs::create_dir(made).unwrap();
        }
        let victim = away.join("victim");
        fs::write(&victim, "kept").unwrap();
        fs::write(inbox.join("a.csv"), "1").unwrap();
        for told in ["a.csv.why.txt", "a.csv.report.csv"] {
            symlink(&victim, failed.join(told)).unwrap();
        }
        let file = only(&inbox);
        let report_of = report(&file);
        move_away(&file, Into::Failed, "tag", Some(report_of), Some("why")).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
        let why = fs::read_to_string(failed.join("a.csv.why.txt"));
        assert_eq!(why.unwrap(), "why\n");
        // Nor is `done` itself.
        symlink(&away, inbox.join("done")).unwrap();
        fs::write(inbox.join("b.csv"), "1").unwrap();
        let file = only(&inbox);
        let error = move_away(&file, Into::Done, "tag", None, None).unwrap_err();
        assert!(error.to_string().contains("no links"), "{error}");
        assert!(inbox.join("b.csv").exists());
        assert_eq!(fs::read_dir(&away).unwrap().count(), 1);
    }

    #[test]
    fn a_name_as_long_as_a_name_may_be_is_moved_too() {
        let dir = tempfile::tempdir().unwrap();
        let name = "名".repeat(85);
        fs::write(dir.path().join(&name), "1").unwrap();
        let file = only(dir.path());
        let report_of = report(&file);
        move_away(&file, Into::Failed, "tag", Some(report_of), Some("why")).unwrap();
        assert_eq!(fs::read_dir(dir.path().join("failed")).unwrap().count(), 3);
        assert!(!dir.path().join(&name).exists());
    }
}
