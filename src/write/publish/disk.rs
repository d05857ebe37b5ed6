//! Single steps on files of one open folder. None follows a symbolic link, none waits for anything but the disk.

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

/// Opens a regular file, never waiting for another kind of file; its size with it.
pub(super) fn open_file(parent: &OwnedFd, name: &str) -> io::Result<(File, u64)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(parent, name, flags, Mode::empty())?);
    let facts = file.metadata()?;
    if facts.is_file() { Ok((file, facts.len())) } else { Err(io::Error::other("it is not a regular file")) }
}

/// Whether a regular file of that name holds exactly `bytes`. One that cannot be read does not.
pub(super) fn holds(parent: &OwnedFd, name: &str, bytes: &[u8]) -> bool {
    let Ok((mut file, size)) = open_file(parent, name) else { return false };
    if size != bytes.len() as u64 {
        return false;
    }
    let mut rest = bytes;
    let mut buffer = vec![0; rest.len().clamp(1, 256 * 1024)];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return rest.is_empty(),
            Ok(count) => match rest.strip_prefix(&buffer[..count]) {
                Some(tail) => rest = tail,
                None => return false,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// Writes a file that was not there, mode 0644 less the umask. A left one of that name is removed first.
pub(super) fn write_new(parent: &OwnedFd, name: &str, bytes: &[u8]) -> io::Result<()> {
    remove_file(parent, name)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(parent, name, flags, Mode::from_raw_mode(0o644))?;
    File::from(file).write_all(bytes)
}

/// Whether there was a file to remove. Removes a symbolic link, not what it points to.
pub(super) fn remove_file(parent: &OwnedFd, name: &str) -> io::Result<bool> {
    match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes out everything the file system holds back. Whether it could: only Linux can, and only if it is asked to.
pub(super) fn flush(root: &OwnedFd, wanted: bool) -> Result<bool, Errno> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if wanted {
        return match rustix::fs::syncfs(root) {
            Ok(()) => Ok(true),
            Err(Errno::NOSYS) => Ok(false),
            Err(error) => Err(error),
        };
    }
    let _ = (root, wanted);
    Ok(false)
}

/// Whether both lie on one file system.
pub(super) fn same_device(a: impl AsFd, b: impl AsFd) -> bool {
    match (rustix::fs::fstat(a), rustix::fs::fstat(b)) {
        (Ok(a), Ok(b)) => a.st_dev == b.st_dev,
        _ => false,
    }
}
