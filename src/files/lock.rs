//! One writer for a folder.

use super::temporary::{self, Lock, own};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file that a writer has locked. It is there only while somebody writes.
const NAME: &str = ".spikemesh.lock";
/// How often the file may be gone when it is locked, before the folder is given up.
const TRIES: u32 = 1000;

/// Why a folder cannot be written to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process writes there.
    #[error("{}: another process is writing to this folder; wait for it, or write to another folder", .0.display())]
    Busy(PathBuf),
    /// The file system says no.
    #[error("{}: cannot be written: {error}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

/// A folder that this process alone writes to, as far as others ask for it, too.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    // Closing it ends the lock.
    _file: fs::File,
}

impl FolderLock {
    /// Makes the folder if it is not there, takes its lock, and removes what a run before has left of files under way.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let io = |error| LockError::Io { folder: folder.to_owned(), error };
        fs::create_dir_all(folder).map_err(io)?;
        let path = folder.join(NAME);
        for _ in 0..TRIES {
            let file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
            match own(&file, &path) {
                Lock::Busy => return Err(LockError::Busy(folder.to_owned())),
                Lock::Lost => {}
                // Where there are no locks there are none to wait for.
                Lock::Taken | Lock::None => {
                    temporary::note(&path);
                    temporary::sweep(folder);
                    return Ok(Self { path, _file: file });
                }
            }
        }
        Err(LockError::Busy(folder.to_owned()))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Removed while it is locked: who opens it from now on finds out that it is gone.
        temporary::remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer_and_keeps_no_trace_of_it() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("new/one");
        let first = FolderLock::take(&folder).unwrap();
        let refused = FolderLock::take(&folder).unwrap_err();
        assert!(matches!(&refused, LockError::Busy(name) if *name == folder), "{refused}");
        drop(first);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        // A lock that a killed process has left is nobody's.
        fs::write(folder.join(NAME), "").unwrap();
        drop(FolderLock::take(&folder).unwrap());
        let file = folder.join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(FolderLock::take(&file), Err(LockError::Io { .. })));
    }

    #[test]
    fn of_many_that_ask_at_once_one_at_a_time_has_the_folder() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let (inside, taken) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        if let Ok(lock) = FolderLock::take(folder.path()) {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            taken.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                            drop(lock);
                        }
                    }
                });
            }
        });
        assert!(taken.load(Ordering::SeqCst) > 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
