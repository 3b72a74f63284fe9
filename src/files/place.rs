//! Where a path leads: a file that is replaced as a whole, or a stream that is written through.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Most links that lead to a file.
const MOST_LINKS: u32 = 40;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A regular file, or none yet. Links were followed.
    File(PathBuf),
    /// A pipe, a device or a descriptor of the process: what is written cannot be taken back.
    Stream,
}

impl PathKind {
    /// Where a path leads. `-` is standard output.
    pub fn of(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") || is_descriptor(path) {
            return Ok(Self::Stream);
        }
        if path.as_os_str().is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path is empty"));
        }
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Ok(meta) if !meta.is_file() => Ok(Self::Stream),
            Ok(_) => Ok(Self::File(fs::canonicalize(path)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::File(follow(path))),
            Err(error) => Err(error),
        }
    }
}

/// Opens a stream.
pub(super) fn open_stream(path: &Path) -> io::Result<File> {
    if let Some(file) = standard(path)? {
        return Ok(file);
    }
    let mut file = OpenOptions::new().write(true).open(path)?;
    if file.metadata()?.is_file() {
        // A descriptor that leads to a file: what stands there already stays.
        file.seek(SeekFrom::End(0))?;
    }
    Ok(file)
}

/// Standard output or standard error, with the place in them that the rest of the program writes to.
fn standard(path: &Path) -> io::Result<Option<File>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let is = |names: &[&str]| names.iter().any(|name| path == Path::new(name));
        if is(&["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
            return Ok(Some(io::stdout().as_fd().try_clone_to_owned()?.into()));
        }
        if is(&["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]) {
            return Ok(Some(io::stderr().as_fd().try_clone_to_owned()?.into()));
        }
    }
    #[cfg(windows)]
    if path == Path::new("-") {
        use std::os::windows::io::AsHandle;
        return Ok(Some(io::stdout().as_handle().try_clone_to_owned()?.into()));
    }
    Ok(None)
}

/// Whether a path leads to a descriptor of the process. Where that is a file, its name is not known here, and a shell or
/// the process itself writes to it, too: it cannot be replaced.
fn is_descriptor(path: &Path) -> bool {
    let names = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];
    let mut at = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..MOST_LINKS {
        let of_a_process = at.starts_with("/proc") && at.components().any(|part| part.as_os_str() == "fd");
        if names.iter().any(|name| at == Path::new(name)) || at.starts_with("/dev/fd") || of_a_process {
            return true;
        }
        match next(&at) {
            Some(to) => at = to,
            None => return false,
        }
    }
    false
}

/// Where a link leads.
fn next(link: &Path) -> Option<PathBuf> {
    fs::read_link(link).map(|to| link.parent().unwrap_or(Path::new("")).join(to)).ok()
}

/// Where links lead, the last of which leads to a file that is not there yet.
fn follow(path: &Path) -> PathBuf {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        match next(&at) {
            Some(to) => at = to,
            None => break,
        }
    }
    // The folder by its own name, so that two ways to one file are seen to be that.
    let named = at.file_name().and_then(|name| Some(fs::canonicalize(super::folder_of(&at)).ok()?.join(name)));
    named.unwrap_or(at)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_and_streams_are_known_by_where_a_path_leads() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let at = |name: &str| root.join(name);
        fs::write(at("file"), "").unwrap();
        fs::create_dir(at("sub")).unwrap();
        symlink("file", at("one")).unwrap();
        symlink("one", at("two")).unwrap();
        symlink("missing", at("to-missing")).unwrap();
        symlink("to-missing", at("to-to-missing")).unwrap();
        symlink("round", at("round")).unwrap();
        symlink("/dev/null", at("null")).unwrap();
        symlink("/dev/stdout", at("out")).unwrap();
        let file = |name: &str| PathKind::File(at(name));
        for name in ["file", "one", "two", "sub/../file"] {
            assert_eq!(PathKind::of(&at(name)).unwrap(), file("file"), "{name}");
        }
        for name in ["missing", "to-missing", "to-to-missing", "sub/../missing"] {
            assert_eq!(PathKind::of(&at(name)).unwrap(), file("missing"), "{name}");
        }
        for path in [at("null"), at("out"), "-".into(), "/dev/null".into(), "/dev/stdout".into(), "/dev/fd/1".into()] {
            assert_eq!(PathKind::of(&path).unwrap(), PathKind::Stream, "{}", path.display());
        }
        assert!(PathKind::of(&root).is_err() && PathKind::of(&at("round")).is_err());
    }
}
