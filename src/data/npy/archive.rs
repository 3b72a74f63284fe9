//! `.npz` archives of NumPy: ZIP files whose members are `.npy` files, stored or deflated.
//!
//! An array in an archive has a path as in a folder: `data.npz/train_images.npy`. Sizes are those of the archive's
//! directory; a member is unpacked in memory, and its check sum is compared.

use crate::data::MAX_BYTES;
use crate::data::error::DataError;
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// The end of the archive's directory: without a comment, and the longest comment.
const END: u64 = 22;
const COMMENT: u64 = 0xffff;
/// An entry of the directory without its names, and a member's header likewise.
const ENTRY: usize = 46;
const HEADER: usize = 30;
/// Largest directory.
const MAX_DIRECTORY: u64 = 1 << 20;
/// Bytes that a member may unpack to: a base, and more for each of its own. Deflate reaches 1,032.
const UNPACKED: u64 = 64 << 20;
const EXPANSION: u64 = 100;
/// Names that other programs give to arrays.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("train_images.npy", "x_train.npy"),
    ("train_labels.npy", "y_train.npy"),
    ("test_images.npy", "x_test.npy"),
    ("test_labels.npy", "y_test.npy"),
];

/// Whether a path is that of an archive.
pub(in crate::data) fn is_archive(path: &Path) -> bool {
    crate::data::foreign::ending(path) == "npz" && path.is_file()
}

/// A member of an archive.
struct Member {
    name: String,
    method: u16,
    crc: u32,
    packed: u64,
    unpacked: u64,
    at: u64,
}

/// The archive and the name of a path within one.
fn within(path: &Path) -> Option<(&Path, &str)> {
    let archive = path.parent().filter(|parent| is_archive(parent))?;
    Some((archive, path.file_name()?.to_str()?))
}

/// Whether a path is that of an array: a file, or a member of an archive.
pub(in crate::data) fn is_array(path: &Path) -> bool {
    match within(path) {
        None => path.is_file(),
        Some((archive, name)) => directory(archive).is_ok_and(|members| find(&members, name).is_some()),
    }
}

/// Checks that an archive has a directory.
pub(in crate::data) fn check(archive: &Path) -> Result<(), DataError> {
    directory(archive).map(|_| ()).map_err(|message| DataError::file(archive, message))
}

/// The bytes of a member, if the path is that of one.
pub(super) fn member(path: &Path) -> Option<Result<Vec<u8>, DataError>> {
    let (archive, name) = within(path)?;
    let unpacked = directory(archive).and_then(|members| {
        let known = || members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>().join(", ");
        let member = find(&members, name).ok_or_else(|| format!("is not in the archive, which holds {}", known()))?;
        unpack(archive, member)
    });
    Some(unpacked.map_err(|message| DataError::file(path, message)))
}

/// The member of that name, or of the name that another program gives it.
fn find<'m>(members: &'m [Member], name: &str) -> Option<&'m Member> {
    let other = OTHER_NAMES.iter().find(|(own, _)| *own == name).map(|(_, other)| *other);
    let named = |name: &str| members.iter().find(|member| member.name == name);
    named(name).or_else(|| named(other?))
}

fn unreadable(error: std::io::Error) -> String {
    format!("cannot be read: {error}")
}

/// The members that the directory at the end of an archive lists.
fn directory(archive: &Path) -> Result<Vec<Member>, String> {
    let (mut file, size) = crate::data::open_regular(archive).map_err(|error| error.to_string())?;
    let tail = read_at(&mut file, size.saturating_sub(END + COMMENT), size.min(END + COMMENT))?;
    let found = tail.windows(END as usize).rposition(|bytes| bytes.starts_with(b"PK\x05\x06"));
    let end = &tail[found.ok_or("is no ZIP archive: it has no directory")?..];
    let [count, len, at] = [u64::from(word(end, 10)), u64::from(double(end, 12)), u64::from(double(end, 16))];
    if count == 0xffff || at == u64::from(u32::MAX) {
        return Err("is a ZIP archive of more than 4 GB or 65,534 members, which is not read".into());
    }
    if len > MAX_DIRECTORY || at.saturating_add(len) > size {
        return Err(format!("its directory is said to have {len} bytes at {at}, in {size}"));
    }
    let bytes = read_at(&mut file, at, len)?;
    let (mut members, mut rest) = (Vec::new(), &bytes[..]);
    for _ in 0..count {
        let entry = rest.get(..ENTRY).filter(|entry| entry.starts_with(b"PK\x01\x02"));
        let entry = entry.ok_or("its directory is damaged")?;
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(word(entry, at)));
        let name_bytes = rest.get(ENTRY..ENTRY + name).ok_or("its directory is damaged")?;
        if word(entry, 8) & 1 != 0 {
            return Err("holds encrypted members".into());
        }
        members.push(Member {
            name: String::from_utf8_lossy(name_bytes).into_owned(),
            method: word(entry, 10),
            crc: double(entry, 16),
            packed: double(entry, 20).into(),
            unpacked: double(entry, 24).into(),
            at: double(entry, 42).into(),
        });
        rest = rest.get(ENTRY + name + extra + comment..).ok_or("its directory is damaged")?;
    }
    Ok(members)
}

fn unpack(archive: &Path, member: &Member) -> Result<Vec<u8>, String> {
    let Member { method, crc, packed, unpacked, at, .. } = *member;
    let (mut file, size) = crate::data::open_regular(archive).map_err(|error| error.to_string())?;
    if packed > size || unpacked > MAX_BYTES.min(UNPACKED + EXPANSION.saturating_mul(packed)) {
        return Err(format!("{packed} bytes of {size} that unpack to {unpacked}, more than can be expected"));
    }
    let header = read_at(&mut file, at, HEADER as u64)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(format!("is said to be at byte {at} of the archive, where nothing begins"));
    }
    let start = at + HEADER as u64 + u64::from(word(&header, 26)) + u64::from(word(&header, 28));
    let bytes = read_at(&mut file, start, packed)?;
    let mut made = Vec::new();
    match method {
        0 => made = bytes,
        8 => {
            let reader = DeflateDecoder::new(&bytes[..]);
            reader.take(unpacked + 1).read_to_end(&mut made).map_err(|error| format!("cannot be unpacked: {error}"))?;
        }
        other => return Err(format!("is packed by method {other}; allowed: 0 (stored) and 8 (deflated)")),
    }
    if made.len() as u64 != unpacked || crc32fast::hash(&made) != crc {
        return Err("is damaged: its length or its check sum is not that of the archive's directory".into());
    }
    Ok(made)
}

fn read_at(file: &mut File, at: u64, len: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
    file.take(len).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 == len { Ok(bytes) } else { Err(format!("ends before byte {}", at.saturating_add(len))) }
}

/// A number of 16 bits; the caller has checked the length.
fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// A number of 32 bits; the caller has checked the length.
fn double(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
