//! The state's file: made, checked, brought forward from earlier versions.

use super::*;
use rusqlite::OpenFlags;
use std::path::{Path, PathBuf};

/// Goes up with every change of the schema.
const VERSION: i64 = 2;
/// What leads from each version to the next, from the first on; never changed once released.
const FORWARD: [&str; 1] = [include_str!("forward.sql")];
/// "fmil": tells our file from anybody else's SQLite file.
const APPLICATION_ID: i64 = 0x666d_696c;
/// Up to this size a whole check costs less than it could save.
const ALWAYS_CHECKED: u64 = 16 << 20;

impl SqliteStore {
    /// Opens or makes the state file; whoever calls holds its lock. A file that is there but is no sound state is refused, never replaced.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let io = |source| StateError::Open { path: path.display().to_string(), source };
        let size = match std::fs::metadata(path) {
            Ok(meta) => Some(meta.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(io(error)),
        };
        let damaged = |why: String| StateError::Damaged { path: path.display().to_string(), why };
        if size == Some(0) {
            return Err(damaged("it is empty".into()));
        }
        if size.is_none() {
            Self::make(path).map_err(|error| match error {
                StateError::Sql(error) => io(std::io::Error::other(error)),
                other => other,
            })?;
        }
        let unclean = with_suffix(path, "-wal").exists();
        let db = Connection::open(path).map_err(|error| damaged(error.to_string()))?;
        let check = (|| -> Result<(), StateError> {
            if let Some(size) = size {
                let id: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
                let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
                if id != APPLICATION_ID {
                    return Err(damaged("its application id is not feedmill's".into()));
                }
                if version > VERSION {
                    return Err(StateError::Newer { path: path.display().to_string(), found: version, known: VERSION });
                }
                if !unclean {
                    let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                    let page: i64 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
                    let mut header = [0u8; 32];
                    std::io::Read::read_exact(&mut std::fs::File::open(path).map_err(io)?, &mut header).map_err(io)?;
                    let written = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
                    if i64::from(written).max(pages) * page != i64::try_from(size).unwrap_or(i64::MAX) {
                        return Err(damaged(format!(
                            "it should have {written} pages of {page} bytes, and has {size} bytes"
                        )));
                    }
                }
                if unclean || size <= ALWAYS_CHECKED {
                    let found: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
                    if found != "ok" {
                        return Err(damaged(found));
                    }
                }
            }
            Self::configure(&db)?;
            Self::bring_forward(&db)
        })();
        match check {
            Ok(()) => Ok(Self { db }),
            Err(StateError::Sql(error)) => Err(damaged(error.to_string())),
            Err(other) => Err(other),
        }
    }

    /// A state that is gone with the process.
    pub fn in_memory() -> Result<Self, StateError> {
        let db = Connection::open_in_memory()?;
        Self::configure(&db)?;
        Self::create(&db)?;
        Ok(Self { db })
    }

    /// Opens a state for looking only: nothing is checked in depth, nothing can be written.
    pub fn open_read_only(path: &Path) -> Result<Self, StateError> {
        let damaged = |why: String| StateError::Damaged { path: path.display().to_string(), why };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(|error| damaged(error.to_string()))?;
        let id: i64 =
            db.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(|error| damaged(error.to_string()))?;
        if id != APPLICATION_ID {
            return Err(damaged("its application id is not feedmill's".into()));
        }
        let version: i64 =
            db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| damaged(error.to_string()))?;
        if version > VERSION {
            return Err(StateError::Newer { path: path.display().to_string(), found: version, known: VERSION });
        }
        if version < VERSION {
            return Err(StateError::Older { path: path.display().to_string() });
        }
        Ok(Self { db })
    }

    /// From here on nothing is kept: for dry runs.
    pub fn forget_at_the_end(&mut self) -> Result<(), StateError> {
        Ok(self.db.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn configure(db: &Connection) -> Result<(), StateError> {
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        // NORMAL in WAL mode: a commit may be lost with the power, never torn. Nothing that readers saw depends on such a
        // commit: `pin` waits for the disk.
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768;
             PRAGMA temp_store = MEMORY;",
        )?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    /// Makes the file beside its place and moves it there whole: a run that is stopped leaves a state or none.
    fn make(path: &Path) -> Result<(), StateError> {
        let io = |source| StateError::Open { path: path.display().to_string(), source };
        let fresh = with_suffix(path, ".new");
        // Journals of a file that is gone would be played back into this one.
        let leftovers =
            [with_suffix(path, "-wal"), with_suffix(path, "-shm"), with_suffix(path, ".new-journal"), fresh.clone()];
        for leftover in leftovers {
            match std::fs::remove_file(leftover) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        let db = Connection::open(&fresh)?;
        Self::create(&db)?;
        db.close().map_err(|(_, error)| error)?;
        std::fs::rename(&fresh, path).map_err(io)
    }

    /// Makes a state of an earlier version one of ours, in one step.
    fn bring_forward(db: &Connection) -> Result<(), StateError> {
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let done = usize::try_from(version.max(1) - 1).unwrap_or(usize::MAX);
        let missing = FORWARD.get(done..).unwrap_or_default();
        if missing.is_empty() {
            return Ok(());
        }
        tracing::debug!("the state is brought from version {version} to {VERSION}");
        db.execute_batch(&format!("BEGIN IMMEDIATE; {} PRAGMA user_version = {VERSION}; COMMIT;", missing.concat()))?;
        Ok(())
    }

    fn create(db: &Connection) -> Result<(), StateError> {
        db.execute_batch(&format!(
            "BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {} COMMIT;",
            include_str!("../schema.sql")
        ))?;
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
