//! Bytes → files in the output folder, each in one step: a reader sees the old file or the new one.
//!
//! `stage` writes what differs from the disk to a temporary file beside its target; `commit` makes all of them
//! durable together, renames them into place and makes the folders durable. A crash before the renames leaves the
//! old files and temporary ones, which the next `open` clears away. Everything happens below one open folder and
//! follows no symbolic link, so nobody can turn a file of ours into one somewhere else.

mod disk;
#[cfg(test)]
mod tests;

use self::disk::{flush, holds, open_file, remove_file, same_device, write_new};
use crate::model::Warning;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// From so many files on, one flush of the file system is cheaper than waiting for each file.
const FLUSH_TOGETHER_FROM: usize = 8;

/// Stands in the output folder while files are being staged; found by `open`, it tells of a crash.
const MARKER: &str = ".feedmill-publishing.tmp";

/// Deepest folder that is searched for left temporary files.
const MAX_DEPTH: usize = 64;

/// Longest name of a file or folder that file systems take, in bytes.
const MAX_NAME: usize = 255;

/// Why a file could not be published or removed; its old content, if any, stays.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("`{path}` is not a path below the output folder")]
    Path { path: String },
    #[error("cannot {action} `{path}`")]
    Io {
        /// Below the output folder, or the output folder itself.
        path: String,
        action: &'static str,
        #[source]
        source: io::Error,
    },
}

impl PublishError {
    /// The path as it was given to the publisher.
    pub fn path(&self) -> &str {
        match self {
            PublishError::Path { path } | PublishError::Io { path, .. } => path,
        }
    }
}

/// What `stage` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staged {
    /// The file already holds these bytes and is left as it is.
    Unchanged,
    /// The bytes wait for `commit`.
    Changed,
}

/// A file that was put in place, with its stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub path: String,
    /// As `Publisher::stamp` gives it; none if someone took the file away at once.
    pub stamp: Option<i64>,
}

/// What `commit` did, in the order of publishing. One file's failure stops no other.
#[derive(Debug, Default)]
pub struct Commit {
    pub published: Vec<Published>,
    pub failed: Vec<PublishError>,
}

/// The output folder, held open. Paths are below it, with `/`. May be shared by threads, of which no two may stage
/// the same path at once.
#[derive(Debug)]
pub struct Publisher {
    root: OwnedFd,
    dir: PathBuf,
    /// Path → whether it lies on the root's file system. Each has its temporary file on the disk.
    staged: Mutex<BTreeMap<String, bool>>,
    marked: Mutex<bool>,
    warnings: Vec<Warning>,
}

impl Publisher {
    /// Opens the folder for writing, makes it if need be, and clears away what a crashed run left.
    pub fn open(dir: &Path) -> Result<Self, PublishError> {
        std::fs::create_dir_all(dir).map_err(|source| at_folder(dir, "make", source))?;
        let publisher =
            Self::look(dir)?.ok_or_else(|| at_folder(dir, "open", io::Error::from(io::ErrorKind::NotFound)))?;
        publisher.clear_after_crash()?;
        Ok(publisher)
    }

    /// Opens the folder as it is, for `stamp`, `read` and `matches`; none if there is no such folder.
    pub fn look(dir: &Path) -> Result<Option<Self>, PublishError> {
        let root = match rustix::fs::open(dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(root) => root,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(at_folder(dir, "open", error.into())),
        };
        let stat = rustix::fs::fstat(&root).map_err(|error| at_folder(dir, "look at", error.into()))?;
        let mode = Mode::from_raw_mode(stat.st_mode);
        let mut warnings = Vec::new();
        if mode.contains(Mode::WOTH) && !mode.contains(Mode::SVTX) {
            let message = "everyone may write to the output folder; take that away with `chmod o-w`";
            warnings.push(Warning::new("output-permissions", message).in_file(&dir.to_string_lossy()));
        }
        let (staged, marked) = (Mutex::default(), Mutex::new(false));
        Ok(Some(Self { root, dir: dir.to_owned(), staged, marked, warnings }))
    }

    /// What is wrong with the folder without being in the way.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Makes `bytes` the next content of the file, unless it is its content already.
    pub fn stage(&self, path: &str, bytes: &[u8]) -> Result<Staged, PublishError> {
        let (folder, name) = split(path)?;
        let fail = |action| move |source: io::Error| PublishError::Io { path: path.to_owned(), action, source };
        let parent = self.folder(folder, Missing::Make).map_err(fail("open the folder of"))?;
        if holds(&parent, name, bytes) {
            if lock(&self.staged).remove(path).is_some() {
                remove_file(&parent, &temporary(path)).map_err(fail("clear the temporary file of"))?;
            }
            return Ok(Staged::Unchanged);
        }
        self.mark().map_err(|source| at_folder(&self.dir, "write to", source))?;
        let temporary = temporary(path);
        if let Err(error) = write_new(&parent, &temporary, bytes) {
            lock(&self.staged).remove(path);
            // The first error is the one to tell of.
            let _ = remove_file(&parent, &temporary);
            return Err(fail("write")(error));
        }
        lock(&self.staged).insert(path.to_owned(), same_device(&parent, &self.root));
        Ok(Staged::Changed)
    }

    /// Puts everything staged in place: files of folders first, the list of feeds last, so that no list names a
    /// file that is not there.
    pub fn commit(&self) -> Commit {
        let staged = std::mem::take(&mut *lock(&self.staged));
        let mut commit = Commit::default();
        let together = staged.len() >= FLUSH_TOGETHER_FROM && staged.values().all(|same_device| *same_device);
        let flushed = flush(&self.root, together);
        let mut durable: Vec<String> = Vec::with_capacity(staged.len());
        for path in staged.into_keys() {
            let synced = match &flushed {
                Ok(true) => Ok(()),
                Ok(false) => self.make_durable(&path),
                Err(errno) => self.give_up(&path, (*errno).into()),
            };
            match synced {
                Ok(()) => durable.push(path),
                Err(error) => commit.failed.push(error),
            }
        }
        durable.sort_by_key(|path| (!path.contains('/'), path == super::manifest::FILE_NAME));
        let mut folders = BTreeSet::new();
        for path in durable {
            match self.put_in_place(&path) {
                Ok(()) => {
                    // Those above too: they may be new.
                    folders.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
                    folders.insert(String::new());
                    commit.published.push(Published { stamp: self.stamp(&path), path });
                }
                Err(error) => commit.failed.push(error),
            }
        }
        commit.failed.extend(self.make_folders_durable(folders, together));
        self.unmark();
        commit
    }

    fn make_folders_durable(&self, folders: BTreeSet<String>, together: bool) -> Vec<PublishError> {
        let fail = |path: &str, source| {
            let path = if path.is_empty() { self.dir.to_string_lossy().into_owned() } else { path.to_owned() };
            PublishError::Io { path, action: "make durable the folder", source }
        };
        match flush(&self.root, together && folders.len() >= FLUSH_TOGETHER_FROM) {
            Ok(true) => Vec::new(),
            Err(errno) => vec![fail("", errno.into())],
            Ok(false) => folders
                .iter()
                .filter_map(|folder| {
                    let synced = self.folder(folder, Missing::Fail).and_then(|fd| Ok(rustix::fs::fsync(fd)?));
                    synced.err().map(|source| fail(folder, source))
                })
                .collect(),
        }
    }

    /// Removes a file, and the folders that are empty without it. Whether there was one.
    pub fn remove(&self, path: &str) -> Result<bool, PublishError> {
        let (folder, name) = split(path)?;
        let fail = |source: io::Error| PublishError::Io { path: path.to_owned(), action: "remove", source };
        let parent = match self.folder(folder, Missing::Fail) {
            Ok(parent) => parent,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(fail(error)),
        };
        let removed = remove_file(&parent, name).map_err(fail)?;
        let mut empty = folder;
        while !empty.is_empty() {
            let (above, name) = empty.rsplit_once('/').unwrap_or(("", empty));
            let gone = self
                .folder(above, Missing::Fail)
                .and_then(|fd| Ok(rustix::fs::unlinkat(fd, name, AtFlags::REMOVEDIR)?));
            // Not empty, or not ours to remove: it stays, and so do those above.
            if gone.is_err() {
                break;
            }
            empty = above;
        }
        Ok(removed)
    }

    /// A number that changes whenever the file does (its size, times and inode): equal to the one remembered, the
    /// file need not be read. None if there is no such file.
    pub fn stamp(&self, path: &str) -> Option<i64> {
        let (folder, name) = split(path).ok()?;
        let parent = self.folder(folder, Missing::Fail).ok()?;
        let stat = rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return None;
        }
        let facts = format!(
            "{} {} {} {}.{} {}.{}",
            stat.st_dev,
            stat.st_ino,
            stat.st_size,
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec
        );
        let hash = blake3::hash(facts.as_bytes());
        hash.as_bytes().first_chunk().map(|bytes| i64::from_le_bytes(*bytes))
    }

    /// Whether the file holds exactly these bytes.
    pub fn matches(&self, path: &str, bytes: &[u8]) -> bool {
        let Ok((folder, name)) = split(path) else { return false };
        self.folder(folder, Missing::Fail).is_ok_and(|parent| holds(&parent, name, bytes))
    }

    /// The file's bytes, up to `limit`; none if there is no such file.
    pub fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, PublishError> {
        let (folder, name) = split(path)?;
        let read = self.folder(folder, Missing::Fail).and_then(|parent| {
            let mut bytes = Vec::new();
            let (file, _) = open_file(&parent, name)?;
            file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
        });
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(PublishError::Io { path: path.to_owned(), action: "read", source }),
        }
    }

    /// Waits until the temporary file is on the disk. An error means the bytes may be lost, whatever a second attempt
    /// says: the file is given up.
    fn make_durable(&self, path: &str) -> Result<(), PublishError> {
        let (folder, _) = split(path)?;
        let synced = self.folder(folder, Missing::Fail).and_then(|parent| {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = rustix::fs::openat(&parent, temporary(path), flags, Mode::empty())?;
            Ok(rustix::fs::fsync(file)?)
        });
        synced.or_else(|source| self.give_up(path, source))
    }

    /// Removes the temporary file; the old file stays.
    fn give_up(&self, path: &str, source: io::Error) -> Result<(), PublishError> {
        let (folder, _) = split(path)?;
        if let Ok(parent) = self.folder(folder, Missing::Fail) {
            // The first error is the one to tell of.
            let _ = remove_file(&parent, &temporary(path));
        }
        Err(PublishError::Io { path: path.to_owned(), action: "make durable", source })
    }

    /// Renames the temporary file over its target, whatever stands there; a symbolic link is replaced, not followed.
    fn put_in_place(&self, path: &str) -> Result<(), PublishError> {
        let (folder, name) = split(path)?;
        let temporary = temporary(path);
        let renamed = self.folder(folder, Missing::Fail).and_then(|parent| {
            rustix::fs::renameat(&parent, &temporary, &parent, name).inspect_err(|_| {
                let _ = remove_file(&parent, &temporary);
            })?;
            Ok(())
        });
        renamed.map_err(|source| PublishError::Io { path: path.to_owned(), action: "put in place", source })
    }

    /// Opens a folder below the root step by step, so that no step is a symbolic link.
    fn folder(&self, folder: &str, missing: Missing) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut fd = self.root.try_clone()?;
        for name in folder.split('/').filter(|name| !name.is_empty()) {
            fd = match rustix::fs::openat(&fd, name, flags, Mode::empty()) {
                Err(Errno::NOENT) if missing == Missing::Make => {
                    match rustix::fs::mkdirat(&fd, name, Mode::from_raw_mode(0o755)) {
                        // Another thread was faster.
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(error.into()),
                    }
                    rustix::fs::openat(&fd, name, flags, Mode::empty())?
                }
                opened => opened?,
            };
        }
        Ok(fd)
    }

    /// Notes in the folder that temporary files may lie about.
    fn mark(&self) -> io::Result<()> {
        let mut marked = lock(&self.marked);
        if !*marked {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            rustix::fs::openat(&self.root, MARKER, flags, Mode::from_raw_mode(0o644))?;
            *marked = true;
        }
        Ok(())
    }

    fn unmark(&self) {
        let mut marked = lock(&self.marked);
        if *marked {
            // If it stays, the next run searches in vain, and removes it.
            *marked = remove_file(&self.root, MARKER).is_err();
        }
    }

    /// Removes temporary files of ours, known by their names, where a run did not come to its end.
    fn clear_after_crash(&self) -> Result<(), PublishError> {
        if rustix::fs::statat(&self.root, MARKER, AtFlags::SYMLINK_NOFOLLOW).is_err() {
            return Ok(());
        }
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            // A folder that cannot be searched is no reason not to publish into the others.
            let Ok(fd) = self.folder(&folder, Missing::Fail) else { continue };
            let Ok(entries) = Dir::read_from(&fd) else { continue };
            for entry in entries.flatten() {
                let Ok(name) = entry.file_name().to_str() else { continue };
                let is_folder = match entry.file_type() {
                    FileType::Directory => true,
                    FileType::Unknown => rustix::fs::statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW)
                        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory),
                    _ => false,
                };
                if is_folder && name != "." && name != ".." && folder.matches('/').count() < MAX_DEPTH {
                    folders.push(super::path_in(&folder, name));
                } else if !is_folder && is_temporary(name) {
                    remove_file(&fd, name).map_err(|source| PublishError::Io {
                        path: super::path_in(&folder, name),
                        action: "remove",
                        source,
                    })?;
                }
            }
        }
        remove_file(&self.root, MARKER).map_err(|source| at_folder(&self.dir, "write to", source))?;
        Ok(())
    }
}

impl Drop for Publisher {
    /// What was staged and not committed leaves nothing behind.
    fn drop(&mut self) {
        let staged = std::mem::take(&mut *lock(&self.staged));
        for path in staged.keys() {
            if let Ok((folder, _)) = split(path)
                && let Ok(parent) = self.folder(folder, Missing::Fail)
            {
                let _ = remove_file(&parent, &temporary(path));
            }
        }
        self.unmark();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Make,
    Fail,
}

/// Folder and name of a path that stays below the output folder.
fn split(path: &str) -> Result<(&str, &str), PublishError> {
    let plain = |name: &str| {
        !name.is_empty() && name.len() <= MAX_NAME && name != "." && name != ".." && !name.contains(['\\', '\0'])
    };
    if path.split('/').all(plain) {
        Ok(path.rsplit_once('/').unwrap_or(("", path)))
    } else {
        Err(PublishError::Path { path: path.to_owned() })
    }
}

/// The temporary file of a path: always the same one, so that none is left over when the file is written again.
fn temporary(path: &str) -> String {
    format!(".feedmill-{}.tmp", &blake3::hash(path.as_bytes()).to_hex()[..16])
}

fn is_temporary(name: &str) -> bool {
    let hash = name.strip_prefix(".feedmill-").and_then(|rest| rest.strip_suffix(".tmp"));
    hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn at_folder(dir: &Path, action: &'static str, source: io::Error) -> PublishError {
    PublishError::Io { path: dir.to_string_lossy().into_owned(), action, source }
}

/// A thread that panicked left the data whole: it is changed by single calls only.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
