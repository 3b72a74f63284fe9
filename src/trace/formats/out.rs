//! The file of a trace.

use crate::files::Staged;
use crate::trace::TraceError;
use crate::units::Tick;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

#[derive(Debug)]
pub(super) struct OutFile {
    file: Option<Staged>,
    path: String,
}

impl OutFile {
    pub(super) fn create(path: &Path) -> Result<Self, TraceError> {
        Self::of(path, Staged::create(path))
    }

    /// A file whose format is written to and fro.
    pub(super) fn seekable(path: &Path) -> Result<Self, TraceError> {
        Self::of(path, Staged::seekable(path))
    }

    fn of(path: &Path, file: io::Result<Staged>) -> Result<Self, TraceError> {
        let name = path.display().to_string();
        match file {
            Ok(file) => Ok(Self { file: Some(file), path: name }),
            Err(error) => Err(TraceError::Io { path: name, error }),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn keep(&mut self) -> Result<(), TraceError> {
        let kept = self.file.take().map_or(Ok(()), Staged::keep);
        kept.map_err(|error| TraceError::Io { path: self.path.clone(), error })
    }
}

pub(super) fn at(path: &str) -> impl FnOnce(io::Error) -> TraceError + '_ {
    move |error| TraceError::Io { path: path.to_owned(), error }
}

/// A time in units of a file, of which a tick has `units`; an error, if the file cannot hold it.
#[inline]
pub(super) fn in_units(path: &str, tick: Tick, units: u64) -> Result<u64, TraceError> {
    let late = || TraceError::Cannot { path: path.to_owned(), what: format!("tick {tick} is later than it can say") };
    tick.checked_mul(units).ok_or_else(late)
}

fn closed() -> io::Error {
    io::Error::other("the file is closed")
}

impl Write for OutFile {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().ok_or_else(closed)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().ok_or_else(closed)?.flush()
    }
}

impl Seek for OutFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.as_mut().ok_or_else(closed)?.seek(to)
    }
}
