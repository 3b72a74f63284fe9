//! Writing files so that they appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IntoInnerError, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes a file under a temporary name beside its place, and renames it.
///
/// A link is followed and stays; what is no regular file (a pipe, a device) is written to as it is.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Staged::create(path)?;
    file.write_all(bytes)?;
    file.keep()
}

/// A file that is written bit by bit under a temporary name beside its place, and appears there when it is kept; else it
/// is removed. What is no regular file is written to as it is.
#[derive(Debug)]
pub struct Staged {
    out: BufWriter<Target>,
}

#[derive(Debug)]
enum Target {
    Temporary(NamedTempFile, PathBuf),
    Direct(File),
}

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 18;

impl Staged {
    /// Begins a file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = follow(path);
        let out = match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => return Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Ok(meta) if !meta.is_file() => Target::Direct(OpenOptions::new().write(true).open(&target)?),
            _ => {
                let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
                // As readable as any new file, not its owner's alone; and an error stays the system's, with its text.
                let open = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
                let file = tempfile::Builder::new().make_in(folder, open)?;
                Target::Temporary(file, target)
            }
        };
        Ok(Self { out: BufWriter::with_capacity(BUFFER, out) })
    }

    /// Puts the file in its place, whole.
    pub fn keep(self) -> io::Result<()> {
        match self.out.into_inner().map_err(IntoInnerError::into_error)? {
            Target::Direct(_) => Ok(()),
            Target::Temporary(file, target) => {
                file.as_file().sync_all()?;
                file.persist(&target).map(drop).map_err(|e| e.error)
            }
        }
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Seek for Staged {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.out.seek(to)
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary(file, _) => file.as_file_mut().write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Temporary(file, _) => file.as_file_mut().seek(to),
            Self::Direct(file) => file.seek(to),
        }
    }
}

/// Where a path leads: through links, the last of which may lead to a file that is not there yet.
fn follow(path: &Path) -> PathBuf {
    let dangling = || fs::read_link(path).map(|to| path.parent().unwrap_or(Path::new("")).join(to));
    fs::canonicalize(path).or_else(|_| dangling()).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_and_links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write_atomically(&file, b"one").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(write_atomically(folder.path(), b"x").is_err());
        assert!(write_atomically(&folder.path().join("no/such"), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
        let mut broken_off = Staged::create(&file).unwrap();
        broken_off.write_all(b"thr").unwrap();
        drop(broken_off);
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a file that is not kept is removed");
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink("file", &link).unwrap();
            write_atomically(&link, b"three").unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&file).unwrap(), b"three");
            fs::remove_file(&file).unwrap();
            write_atomically(&link, b"four").unwrap();
            assert_eq!(fs::read(&file).unwrap(), b"four");
        }
    }
}
