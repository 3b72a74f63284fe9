//! Writing files: whole or not at all, over nothing that the user has not agreed to lose, by one writer at a time.
//!
//! One rule holds for everything that is written:
//!
//! - What other commands take as input (networks, mappings, NIR graphs) replaces nothing unasked ([`FileKind::Input`]).
//! - A report replaces an empty file or an earlier report of the same kind, and nothing else unasked ([`FileKind`]).
//! - A file appears under its name when it is complete and on the disk ([`Staged`]); it keeps the mode of what it replaces.
//!   A link is followed and stays. What is no regular file (a pipe, a device, a descriptor, `-` for standard output) is
//!   written through ([`PathKind`]).
//! - A folder has one writer ([`FolderLock`]). Files that belong together ([`write_together`]) begin with the one that holds the
//!   digests of the others.
//! - Temporary files have names of ours, and a later run removes those that nobody writes any more ([`sweep`]).

mod kind;
mod lock;
mod place;
mod temporary;

pub use kind::FileKind;
pub use lock::{FolderLock, LockError};
pub use place::PathKind;
pub use temporary::{give_up, sweep};

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, IntoInnerError, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use temporary::Temporary;

/// Writes a file whole or not at all.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Staged::create(path)?;
    file.write_all(bytes)?;
    file.keep()
}

/// Writes files of a folder, by name, that belong together: all are complete before the first of them replaces anything, and
/// they replace what is there in their order. The first is to tell by digests whether the others belong to it, so that no
/// mixture with what was there before passes as whole.
pub fn write_together(folder: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    let named = |name: &str, error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
    let staged = |(name, bytes): &(String, Vec<u8>)| {
        let begun = Staged::create(&folder.join(name));
        let written = begun.and_then(|mut file| file.write_all(bytes).and_then(|()| file.complete()));
        written.map_err(|error| named(name, error))
    };
    let complete: Vec<Complete> = files.iter().map(staged).collect::<io::Result<_>>()?;
    files.iter().zip(complete).try_for_each(|((name, _), file)| file.place().map_err(|error| named(name, error)))
}

/// The SHA-256 of bytes, in hexadecimal digits, as `sha256sum` prints it.
pub fn digest(bytes: &[u8]) -> String {
    in_digits(&Sha256::digest(bytes))
}

/// The SHA-256 of a regular file, which may be larger than memory.
pub fn digest_of(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let (mut file, mut hash, mut part) = (File::open(path)?, Sha256::new(), vec![0; BUFFER]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(in_digits(&hash.finalize())),
            count => hash.update(&part[..count]),
        }
    }
}

fn in_digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks that a file can be begun where it is to be: its folder is there, and takes new files.
pub fn can_begin(path: &Path) -> io::Result<()> {
    match PathKind::of(path)? {
        PathKind::Stream => Ok(()),
        PathKind::File(target) => Temporary::beside(&target).map(drop),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is written bit by bit under a temporary name beside its place, and appears there when it is kept; else it
/// is removed. A stream is written to as it is.
#[derive(Debug)]
pub struct Staged {
    out: BufWriter<Destination>,
}

#[derive(Debug)]
enum Destination {
    Temporary(Temporary, PathBuf),
    Stream(File),
    /// A file without a name, and the stream to which it is copied when it is complete.
    Spooled(File, File),
}

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 18;

impl Staged {
    /// Begins a file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = match PathKind::of(path)? {
            PathKind::Stream => Destination::Stream(place::open_stream(path)?),
            PathKind::File(target) => Destination::Temporary(Temporary::beside(&target)?, target),
        };
        Ok(Self { out: BufWriter::with_capacity(BUFFER, target) })
    }

    /// Begins a file in which the writer moves to and fro, as it cannot do in a pipe.
    pub fn seekable(path: &Path) -> io::Result<Self> {
        match PathKind::of(path)? {
            PathKind::Stream => {
                let target = Destination::Spooled(tempfile::tempfile()?, place::open_stream(path)?);
                Ok(Self { out: BufWriter::with_capacity(BUFFER, target) })
            }
            PathKind::File(_) => Self::create(path),
        }
    }

    /// Puts the file in its place, whole.
    pub fn keep(self) -> io::Result<()> {
        self.complete()?.place()
    }

    /// Writes what is still to be written.
    fn complete(self) -> io::Result<Complete> {
        let mut target = self.out.into_inner().map_err(IntoInnerError::into_error)?;
        match &mut target {
            Destination::Temporary(temporary, _) => temporary.file.sync_all()?,
            Destination::Stream(_) => {}
            Destination::Spooled(held, stream) => {
                held.rewind()?;
                io::copy(held, stream)?;
            }
        }
        Ok(Complete(target))
    }
}

/// A file that is complete, but not in its place yet.
struct Complete(Destination);

impl Complete {
    fn place(self) -> io::Result<()> {
        match self.0 {
            Destination::Stream(_) | Destination::Spooled(..) => Ok(()),
            Destination::Temporary(temporary, target) => temporary.place(&target),
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

impl Destination {
    fn file(&mut self) -> &mut File {
        match self {
            Self::Temporary(temporary, _) => &mut temporary.file,
            Self::Stream(file) | Self::Spooled(file, _) => file,
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Destination {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file().seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_are_replaced_and_links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write_atomically(&file, b"one").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(write_atomically(folder.path(), b"x").is_err());
        assert!(write_atomically(&folder.path().join("no/such"), b"x").is_err());
        assert!(can_begin(&file).is_ok() && can_begin(&folder.path().join("no/such")).is_err());
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

    #[test]
    fn files_that_belong_together_replace_nothing_until_all_are_complete() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        write_together(folder.path(), &[file("a", "1"), file("b", "1")]).unwrap();
        fs::create_dir(folder.path().join("c")).unwrap();
        let failed = write_together(folder.path(), &[file("a", "2"), file("b", "2"), file("c", "2")]).unwrap_err();
        assert!(failed.to_string().starts_with("c: "), "{failed}");
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"1");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn the_digest_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
