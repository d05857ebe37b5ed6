//! One run at a time for a state: a lock file beside it that the system frees whatever happens to the holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    #[error("another run holds the state{0}")]
    Held(String),
    #[error("the lock `{path}` cannot be taken: {source}")]
    Io { path: String, source: std::io::Error },
}

impl Lock {
    /// Takes the lock of a state file, waiting for at most `wait`.
    pub(super) fn take(state: &Path, wait: Duration) -> Result<Self, LockError> {
        let mut path = state.as_os_str().to_owned();
        path.push(".lock");
        let io = |source| LockError::Io { path: Path::new(&path).display().to_string(), source };
        if let Some(folder) = state.parent() {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(io(error)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(100).min(wait));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // Only for the message.
                    let _ = file.read_to_string(&mut holder);
                    let holder = holder.trim();
                    return Err(LockError::Held(if holder.is_empty() { String::new() } else { format!(": {holder}") }));
                }
            }
        }
        let started = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
        // Who holds it is a courtesy; the lock holds without.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(format!("process {}, since {started}\n", std::process::id()).as_bytes()));
        Ok(Self { _file: file })
    }
}
