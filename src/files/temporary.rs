//! Temporary files: recognisable by their names, locked while they are written, and gone afterwards.
//!
//! The name is `.NAME.spikemesh-PID-N`. The process that writes one holds a lock on it, so that a later run sees which ones
//! nobody writes any more, whatever became of the numbers of processes in the meantime, and removes those.

use super::folder_of;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stands between a file's name and the number of the process that writes it.
const MARK: &str = ".spikemesh-";
/// Most bytes of the file's own name in that of its temporary file: a name has at most 255.
const MOST_OF_NAME: usize = 128;
/// Names that are tried before the folder is given up.
const TRIES: u32 = 10_000;

/// Files to remove if the program ends now.
static LIVE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// Numbers the files of this process.
static NEXT: AtomicU32 = AtomicU32::new(1);

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The list is right after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all temporary files and locks of this process, which has to end then: nothing can be begun any more.
pub fn give_up() {
    let live = held(&LIVE);
    live.iter().for_each(|path| drop(fs::remove_file(path)));
    // The lock stays taken: a thread that is about to begin or to place a file waits for the end.
    std::mem::forget(live);
}

/// Takes note of a file that is to go when the program ends.
pub(super) fn note(path: &Path) {
    held(&LIVE).insert(path.to_owned());
}

pub(super) fn remove(path: &Path) {
    let mut live = held(&LIVE);
    // One that is gone already is no problem, and one that cannot be removed is swept up later.
    let _ = fs::remove_file(path);
    live.remove(path);
}

/// A file under a temporary name; it is removed unless it is put in its place.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) file: File,
    path: PathBuf,
}

impl Temporary {
    /// Begins a file beside its place, with the mode of what it will replace.
    pub(super) fn beside(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        sweep_once(folder);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let end = name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MOST_OF_NAME).last();
        let stem = format!(".{}{MARK}{}-", &name[..end.unwrap_or(0)], std::process::id());
        for _ in 0..TRIES {
            let path = folder.join(format!("{stem}{}", NEXT.fetch_add(1, Ordering::Relaxed)));
            let file = {
                let mut live = held(&LIVE);
                match like(target).open(&path) {
                    Ok(file) => {
                        live.insert(path.clone());
                        file
                    }
                    // That of a process of the same number, elsewhere or long ago.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    Err(error) => return Err(error),
                }
            };
            let temporary = Self { file, path };
            if matches!(own(&temporary.file, &temporary.path), Lock::Lost | Lock::Busy) {
                continue; // a run that sweeps up was faster
            }
            keep_mode(target, &temporary.file);
            return Ok(temporary);
        }
        Err(io::Error::other("no name for a temporary file is free"))
    }

    /// Puts the file in its place. Its contents must be on the disk already: a name without them is worth nothing.
    pub(super) fn place(self, target: &Path) -> io::Result<()> {
        let mut live = held(&LIVE);
        fs::rename(&self.path, target)?;
        live.remove(&self.path);
        drop(live);
        sync_folder(folder_of(target))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if held(&LIVE).contains(&self.path) {
            remove(&self.path);
        }
    }
}

/// How a new file is opened: from the beginning for nobody else than what it will replace.
fn like(target: &Path) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(fs::metadata(target).map_or(0o666, |meta| meta.permissions().mode() & 0o777));
    }
    #[cfg(not(unix))]
    let _ = target;
    options
}

/// Gives a new file the mode of what it will replace, whatever the user's mask is. Where that cannot be done it is readable for
/// fewer, which is no reason not to write it.
fn keep_mode(target: &Path, file: &File) {
    #[cfg(unix)]
    if let Ok(meta) = fs::metadata(target) {
        use std::os::unix::fs::PermissionsExt;
        let mode = meta.permissions().mode() & 0o777;
        if file.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o777 != mode) {
            let _ = file.set_permissions(fs::Permissions::from_mode(mode));
        }
    }
    #[cfg(not(unix))]
    let _ = (target, file);
}

/// Makes names in a folder last through a power cut, where the system can.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        // A folder that one may write to but not read cannot be opened, and some file systems sync no folders.
        let Ok(folder) = File::open(folder) else { return Ok(()) };
        match folder.sync_all() {
            Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
                return Err(error);
            }
            _ => {}
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// How a lock was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// The file is this process's.
    Taken,
    Busy,
    /// The file is no longer the one of that name: its owner has removed it.
    Lost,
    None,
}

/// Takes the lock of a file that was opened by its path.
pub(super) fn own(file: &File, path: &Path) -> Lock {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Lock::Busy,
        Err(TryLockError::Error(_)) => Lock::None,
        Ok(()) if is_at(file, path) => Lock::Taken,
        Ok(()) => Lock::Lost,
    }
}

/// Whether a path still leads to an open file.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let place = |meta: fs::Metadata| (meta.dev(), meta.ino());
        file.metadata().map(place).ok().zip(fs::symlink_metadata(path).map(place).ok()).is_some_and(|(a, b)| a == b)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Removes the temporary files in a folder that nobody writes any more.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Other things of that name, such as pipes, are not opened.
        let ours =
            entry.file_name().to_str().is_some_and(is_name) && entry.file_type().is_ok_and(|kind| kind.is_file());
        if !ours {
            continue;
        }
        let path = entry.path();
        // Over a network only those who may write may lock.
        let opened = OpenOptions::new().write(true).open(&path).or_else(|_| File::open(&path));
        let Ok(file) = opened else { continue };
        if own(&file, &path) == Lock::Taken {
            // Another run may do the same.
            let _ = fs::remove_file(&path);
        }
    }
}

fn sweep_once(folder: &Path) {
    let key = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    if held(&SWEPT).insert(key) {
        sweep(folder);
    }
}

/// Whether a name is that of a temporary file.
fn is_name(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let last =
        name.strip_prefix('.').and_then(|name| name.rsplit_once(MARK)).and_then(|(_, last)| last.split_once('-'));
    last.is_some_and(|(process, file)| number(process) && number(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn only_names_of_ours_are_ours() {
        assert!(
            [".a.spikemesh-1-2", "..spikemesh-10-0", ".x.spikemesh-9-9.spikemesh-1-1"].iter().all(|name| is_name(name))
        );
        for name in
            ["a.spikemesh-1-2", ".a.spikemesh-", ".a.spikemesh-1", ".a.spikemesh-1-", ".a.spikemesh-x-1", ".tmp1"]
        {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn what_nobody_writes_any_more_is_swept_up_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.json");
        let mut live = Temporary::beside(&target).unwrap();
        live.file.write_all(b"half").unwrap();
        let own = live.path.file_name().unwrap().to_str().unwrap().to_owned();
        for name in [".report.json.spikemesh-999999999-7", ".other.spikemesh-1-1", ".mine", "a.spikemesh-1-1"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        sweep(folder.path());
        let mut left = vec![".mine".to_owned(), own, "a.spikemesh-1-1".to_owned()];
        left.sort();
        assert_eq!(names(folder.path()), left);
        live.place(&target).unwrap();
        assert_eq!(names(folder.path()), [".mine", "a.spikemesh-1-1", "report.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.json");
        for mode in [0o600, 0o644, 0o660, 0o666] {
            fs::write(&target, "old").unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(mode)).unwrap();
            let temporary = Temporary::beside(&target).unwrap();
            assert_eq!(temporary.file.metadata().unwrap().permissions().mode() & 0o777, mode);
            temporary.place(&target).unwrap();
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_name_as_long_as_names_can_be_has_a_temporary_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("ä".repeat(127));
        Temporary::beside(&target).unwrap().place(&target).unwrap();
        assert!(target.is_file());
    }
}
