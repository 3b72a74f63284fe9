//! Binary files next to a network: records of one size.

use crate::net::beside::check_sha256;
use std::path::Path;

/// Number of records of `each` bytes in a file, at most `most`.
pub(super) fn records_in(path: &Path, each: u64, most: u64, what: &str) -> Result<u64, String> {
    let meta = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !meta.is_file() {
        return Err("not a regular file".into());
    }
    let size = meta.len();
    if !size.is_multiple_of(each) || size / each > most {
        return Err(format!("{size} bytes, expected a multiple of {each} for at most {most} {what}"));
    }
    Ok(size / each)
}

/// The bytes of such a file, checked against its digest if one is given.
pub(super) fn read_records(
    (path, sha256): (&Path, Option<&str>),
    each: u64,
    most: u64,
    what: &str,
) -> Result<Vec<u8>, String> {
    records_in(path, each, most, what)?;
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    check_sha256(&bytes, sha256).map(|()| bytes)
}
