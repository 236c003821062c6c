//! Places: which directory a path really names.
//!
//! Comes in: a path as an operator writes it. Goes out: the one spelling of that
//! directory, the same through every symlink and every detour. Always holds: a path
//! that is not there, or only in part, has a spelling too, so that two grants can be
//! compared before their directory is made. Deliberately absent: making it.

use std::{
    ffi::OsString,
    fs,
    path::{Component, Path, PathBuf},
};

/// The one spelling of this place. Looks at the disk.
pub fn real(path: &str) -> String {
    let mut there = plain(Path::new(path));
    let mut missing: Vec<OsString> = Vec::new();
    loop {
        if let Ok(mut real) = fs::canonicalize(&there) {
            real.extend(missing.into_iter().rev());
            return real.to_string_lossy().into_owned();
        }
        let Some(name) = there.file_name().map(ToOwned::to_owned) else {
            return path.to_owned();
        };
        missing.push(name);
        there.pop();
    }
}

/// The same, off the threads of the runtime: a disk behind a network takes its time.
pub async fn look(path: String) -> String {
    let spelled = path.clone();
    let looking = tokio::task::spawn_blocking(move || real(&path));
    // Without an answer the host is going down.
    looking.await.unwrap_or(spelled)
}

/// Without `.` and doubled slashes, and without `..` where nothing is there that it
/// could lead out of.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if !plain.exists() => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_spelling_of_a_place_is_the_same() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = fs::canonicalize(dir.path()).expect("it is there");
        fs::create_dir_all(root.join("a/deep")).expect("made");
        symlink(root.join("a"), root.join("link")).expect("linked");
        symlink("a/deep", root.join("far")).expect("linked");
        for (spelling, place) in [
            ("a", "a"),
            ("a/", "a"),
            ("./a//", "a"),
            ("link", "a"),
            ("link/deep/..", "a"),
            // Out of where the link leads, and not of where it stands.
            ("far/..", "a"),
            ("link/new", "a/new"),
            ("gone/../a", "a"),
            ("gone/new/../newer/", "gone/newer"),
        ] {
            let spelling = format!("{}/{spelling}", root.display());
            let place = root.join(place).to_string_lossy().into_owned();
            assert_eq!(real(&spelling), place, "{spelling}");
        }
        assert_eq!(real("/"), "/");
    }
}
