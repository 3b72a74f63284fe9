//! Files that stand next to a network file and belong to it.

use crate::files;
use crate::json::schema::{FileName, Sha256};
use crate::json::shape::plain;
use crate::json::{Cursor, FieldSpec};
use std::path::{Path, PathBuf};

pub(super) fn file_name<'s, G>() -> FieldSpec<'s, G, String> {
    plain::<FileName, _, _>(read_file_name)
}

/// The digest of a file next to this one.
pub(super) fn sha256<'s, G>() -> FieldSpec<'s, G, String> {
    plain::<Sha256, _, _>(read_sha256)
}

/// A file next to this one: no folders, so a network file cannot reach elsewhere.
fn read_file_name(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.text()?;
    let plain = Path::new(name).file_name().is_some_and(|n| n == name);
    if !plain {
        cursor.expected_here("the name of a file beside this one");
    }
    plain.then(|| name.to_owned())
}

/// The path of a file next to this one. A link must not lead out of its folder: a stranger's network could reveal the
/// contents of other files in messages about them.
pub(super) fn file_beside(cursor: &Cursor<'_>, folder: &Path) -> Option<PathBuf> {
    let path = folder.join(read_file_name(cursor)?);
    match leads_out(folder, &path) {
        true => {
            cursor.problem(format!("{}: a link that leads out of its folder", path.display()));
            None
        }
        false => Some(path),
    }
}

/// Whether a path within a folder is a link to somewhere else.
pub(super) fn leads_out(folder: &Path, path: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // A missing file leads nowhere; opening it reports that.
    let ends = folder.canonicalize().ok().zip(path.canonicalize().ok());
    ends.is_some_and(|(folder, path)| !path.starts_with(folder))
}

/// The digest of a file.
pub(super) fn read_sha256(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    let sound = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !sound {
        cursor.problem(format!("found \"{text}\", expected the 64 hexadecimal digits of a SHA-256"));
    }
    sound.then(|| text.to_owned())
}

/// Reports a file that does not match its digest.
pub(super) fn check_sha256(bytes: &[u8], expected: Option<&str>) -> Result<(), String> {
    expected.map_or(Ok(()), |_| check_digest(&files::digest(bytes), expected))
}

/// The same for a file with this digest.
pub(super) fn check_digest(found: &str, expected: Option<&str>) -> Result<(), String> {
    match expected.filter(|expected| *expected != found) {
        Some(expected) => {
            Err(format!("not the file that this one was written with: its SHA-256 is {found}, not {expected}"))
        }
        None => Ok(()),
    }
}
