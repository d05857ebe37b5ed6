//! Local files of a source: which there are, and whether they changed.
//!
//! In comes a path of the config, out comes a sorted list of files with stamps; nothing is opened. A run without news costs one `lstat` for
//! each file, so this is where it spends its time.

mod site;

pub use site::{SiteFile, site};

use crate::config::plan::LocalPath;
use crate::model::Warning;
use globset::GlobSet;
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Threads of a walk. Measured: with two, 100 000 files take half the time of one; four are slower again, the kernel's
/// locks being what they wait for.
const WALK_THREADS: usize = 2;

/// Bytes of an article, at most; for `read`.
pub const MAX_ARTICLE_BYTES: u64 = 8 * 1024 * 1024;

/// What a walk found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Sorted by `path`.
    pub files: Vec<FileStat>,
    /// Files that could not be looked at, links that lead out, special files.
    pub warnings: Vec<Warning>,
    /// Files and folders below the root that are there but could not be looked at, sorted; empty text is the root. See `may_hide`.
    pub unseen: Vec<String>,
}

impl Scan {
    /// Whether a file known from before may still be there though the walk did not find it, so that it must not count as deleted.
    pub fn may_hide(&self, path: &str) -> bool {
        self.unseen.iter().any(|unseen| match path.strip_prefix(unseen.as_str()) {
            Some(rest) => unseen.is_empty() || rest.is_empty() || rest.starts_with('/'),
            None => false,
        })
    }
}

/// One file, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    /// Below the root, with `/`; for a single file its name.
    pub path: String,
    /// Where to open it; for a symbolic link the file it leads to.
    pub absolute: PathBuf,
    /// A hash of size, mtime, ctime and inode: equal stamps mean the file was not touched.
    pub stamp: i64,
    /// Bytes.
    pub size: u64,
}

/// Which files a walk picks up when the config names a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// `*.md *.markdown *.html *.htm *.txt`, without dot files, `_drafts`, `node_modules`, `_index.*`.
    Articles,
    /// Feed files: `*.xml *.rss *.atom *.json *.rdf`.
    Feeds,
}

/// Why nothing can be said about a folder.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error("`{0}` does not exist")]
    Missing(PathBuf),
    #[error("`{path}` cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Lists the files of a source, in one order whatever the file system says.
///
/// A single file is taken whatever its name. In a folder, with a glob, what the glob matches is taken whatever its
/// extension; without one, the extensions of `wanted`. Symbolic
/// links to files count if they stay within the root; links to folders are not followed. `.gitignore` and the like are not consulted.
pub fn scan(path: &LocalPath, wanted: Wanted) -> Result<Scan, ScanError> {
    let unreadable = |source| ScanError::Unreadable { path: path.root.clone(), source };
    let metadata = std::fs::metadata(&path.root).map_err(|error| match error.kind() {
        ErrorKind::NotFound => ScanError::Missing(path.root.clone()),
        _ => unreadable(error),
    })?;
    if metadata.is_file() {
        let absolute = std::fs::canonicalize(&path.root).map_err(unreadable)?;
        let name = path.root.file_name().unwrap_or(path.root.as_os_str()).to_string_lossy().into_owned();
        return Ok(Scan { files: vec![file_stat(name, absolute, &metadata)], ..Scan::default() });
    }
    if !metadata.is_dir() {
        return Err(unreadable(std::io::Error::new(ErrorKind::InvalidInput, "it is neither a file nor a folder")));
    }
    // A folder that cannot be listed would otherwise look like an empty one.
    std::fs::read_dir(&path.root).map_err(unreadable)?;
    let root = std::fs::canonicalize(&path.root).map_err(unreadable)?;
    let found = Mutex::new(Scan::default());
    let rules =
        Rules { glob: path.glob.as_ref(), exclude: &path.exclude, wanted, root: &root, prefix: prefix_of(&root) };
    let mut walk = WalkBuilder::new(&root);
    walk.standard_filters(false).follow_links(false).threads(WALK_THREADS).build_parallel().run(|| {
        let mut finder = Finder { rules, scan: Scan::default(), all: &found };
        Box::new(move |entry| match entry {
            Ok(entry) => finder.visit(entry),
            Err(error) => finder.failed(&error),
        })
    });

    let mut scan = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    scan.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    scan.warnings.sort();
    scan.unseen.sort();
    Ok(scan)
}

/// Where to open the file that `scan` called `path`; for a symbolic link the file it leads to, within the root.
pub fn locate(source: &LocalPath, path: &str) -> PathBuf {
    let Ok(root) = std::fs::canonicalize(&source.root) else { return source.root.join(path) };
    if root.is_file() {
        return root;
    }
    let joined = root.join(path);
    std::fs::canonicalize(&joined).ok().filter(|file| file.starts_with(&root)).unwrap_or(joined)
}

/// Reads a file that `scan` found. Only a regular file of at most `max_bytes`, even if something else stands there by now:
/// a pipe would wait forever, a link may lead anywhere.
pub fn read(file: &FileStat, max_bytes: u64) -> std::io::Result<Vec<u8>> {
    let opened = open(&file.absolute)?;
    let metadata = opened.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "it is no longer a regular file"));
    }
    let too_large =
        || std::io::Error::new(ErrorKind::FileTooLarge, format!("it is over {max_bytes} bytes, the most that is read"));
    if metadata.len() > max_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // It may grow while it is read.
    opened.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes { Err(too_large()) } else { Ok(bytes) }
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// What is picked up.
#[derive(Clone, Copy)]
struct Rules<'a> {
    glob: Option<&'a GlobSet>,
    exclude: &'a GlobSet,
    wanted: Wanted,
    /// Canonical.
    root: &'a Path,
    /// Bytes of the root and its separator, before the path below it.
    prefix: usize,
}

fn prefix_of(root: &Path) -> usize {
    let bytes = root.as_os_str().as_encoded_bytes();
    bytes.len() + usize::from(!bytes.ends_with(std::path::MAIN_SEPARATOR_STR.as_bytes()))
}

impl Rules<'_> {
    /// Whether a folder is walked.
    fn enters(&self, path: &str) -> bool {
        let name = name_of(path);
        let skipped = self.wanted == Wanted::Articles && (name == "_drafts" || name == "node_modules");
        !name.starts_with('.') && !skipped && !self.exclude.is_match(path)
    }

    /// Whether a file is picked, by its path alone.
    fn picks(&self, path: &str) -> bool {
        let name = name_of(path);
        let skipped = self.wanted == Wanted::Articles && name.starts_with("_index.");
        if name.starts_with('.') || skipped || self.exclude.is_match(path) {
            return false;
        }
        match self.glob {
            Some(glob) => glob.is_match(path),
            None => has_extension(name, self.wanted),
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn has_extension(name: &str, wanted: Wanted) -> bool {
    let extensions: &[&str] = match wanted {
        Wanted::Articles => &["md", "markdown", "html", "htm", "txt"],
        Wanted::Feeds => &["xml", "rss", "atom", "json", "rdf"],
    };
    name.rsplit_once('.').is_some_and(|(_, found)| extensions.iter().any(|one| one.eq_ignore_ascii_case(found)))
}

/// One thread of a walk. Its finds join the others' when it is dropped, so that threads do not wait for each other at every file.
struct Finder<'a> {
    rules: Rules<'a>,
    scan: Scan,
    all: &'a Mutex<Scan>,
}

impl Drop for Finder<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.files.append(&mut self.scan.files);
        all.warnings.append(&mut self.scan.warnings);
        all.unseen.append(&mut self.scan.unseen);
    }
}

impl Finder<'_> {
    fn visit(&mut self, entry: DirEntry) -> WalkState {
        if entry.depth() == 0 {
            return WalkState::Continue;
        }
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let path = match self.below_root(entry.path()) {
            Ok(path) => path,
            Err(shown) => {
                self.warn("file-name", &shown, "skipped, because its name is not UTF-8");
                return WalkState::Skip;
            }
        };
        if is_folder {
            return if self.rules.enters(&path) { WalkState::Continue } else { WalkState::Skip };
        }
        if entry.path_is_symlink() {
            self.link(entry, path);
        } else if self.rules.picks(&path) {
            self.file(entry, path);
        }
        WalkState::Continue
    }

    fn file(&mut self, entry: DirEntry, path: String) {
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => self.scan.files.push(file_stat(path, entry.into_path(), &metadata)),
            Ok(_) => self.warn(
                "special-file",
                &path,
                "skipped, because it is not a regular file but a pipe, socket or device",
            ),
            Err(error) => self.unseen(path, error.io_error()),
        }
    }

    /// A link counts as the file it leads to, if that is within the root. Folders are not followed: they would be walked twice, or without end.
    fn link(&mut self, entry: DirEntry, path: String) {
        let picked = self.rules.picks(&path);
        let target = std::fs::canonicalize(entry.path()).and_then(|target| Ok((std::fs::metadata(&target)?, target)));
        match target {
            Ok((metadata, _)) if metadata.is_dir() => {
                if self.rules.enters(&path) {
                    self.warn("link", &path, "skipped, because links to folders are not followed");
                }
            }
            _ if !picked => {}
            Ok((_, target)) if !target.starts_with(self.rules.root) => {
                self.warn("link", &path, "skipped, because the link leads out of the folder");
            }
            Ok((metadata, target)) if metadata.is_file() => self.scan.files.push(file_stat(path, target, &metadata)),
            Ok(_) => self.warn("special-file", &path, "skipped, because the link leads to a pipe, socket or device"),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.warn("link", &path, "skipped, because the link leads nowhere")
            }
            Err(error) => self.unseen(path, Some(&error)),
        }
    }

    /// A folder that could not be listed.
    fn failed(&mut self, error: &ignore::Error) -> WalkState {
        let path = match place_of(error).map(|path| self.below_root(path)) {
            Some(Ok(path)) => path,
            Some(Err(_)) | None => String::new(),
        };
        self.unseen(path, error.io_error());
        WalkState::Continue
    }

    fn unseen(&mut self, path: String, error: Option<&std::io::Error>) {
        // What vanished since the folder was listed is simply not there.
        if error.is_some_and(|error| error.kind() == ErrorKind::NotFound) {
            return;
        }
        let cause = error.map(|error| format!(": {error}")).unwrap_or_default();
        self.warn("unreadable", &path, &format!("could not be looked at{cause}; what was known of it is kept"));
        self.scan.unseen.push(path);
    }

    fn warn(&mut self, code: &'static str, path: &str, message: &str) {
        let shown = if path.is_empty() { "." } else { path };
        self.scan.warnings.push(Warning::new(code, format!("`{shown}` {message}")).in_file(shown));
    }

    /// The path below the root with `/`; as an error, a name that is not UTF-8 with its odd bytes as `\xNN`.
    fn below_root(&self, path: &Path) -> Result<String, String> {
        let bytes = path.as_os_str().as_encoded_bytes().get(self.rules.prefix..).unwrap_or_default();
        match std::str::from_utf8(bytes) {
            Ok(path) if cfg!(windows) => Ok(path.replace('\\', "/")),
            Ok(path) => Ok(path.to_owned()),
            Err(_) => Err(bytes
                .utf8_chunks()
                .map(|part| format!("{}{}", part.valid(), part.invalid().escape_ascii()))
                .collect()),
        }
    }
}

fn place_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        // At most three layers, each made by the walk itself.
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        _ => None,
    }
}

fn file_stat(path: String, absolute: PathBuf, metadata: &Metadata) -> FileStat {
    FileStat { path, absolute, stamp: stamp(metadata), size: metadata.len() }
}

/// ctime catches what sets mtime back (`touch -r`, `tar x`), inode and size what replaces a file within the clock's grain.
#[cfg(unix)]
fn stamp(metadata: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    let parts = [
        metadata.size() as i64,
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
        metadata.ino() as i64,
    ];
    hash(&parts)
}

#[cfg(not(unix))]
fn stamp(metadata: &Metadata) -> i64 {
    let modified =
        metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    hash(&[metadata.len() as i64, modified.as_secs() as i64, i64::from(modified.subsec_nanos())])
}

fn hash(parts: &[i64]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&part.to_le_bytes());
    }
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests;
