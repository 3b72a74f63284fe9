//! What the outputs of a run hold, as arrays in an `.npz` file, which `numpy.load` reads.
//!
//! An `.npz` file is a ZIP archive of `.npy` files. It is stored without compression, and every date is that of the format's
//! beginning, so that equal runs give equal bytes. Archives of ZIP64 are not written: the arrays must take less than 4 GiB.

use crc32fast::hash;
use npyz::{AutoSerialize, WriteOptions, WriterBuilder};
use std::io;

/// Arrays by name, as `.npy` files.
#[derive(Debug, Default)]
pub(super) struct NamedArrays {
    files: Vec<(String, Vec<u8>)>,
}

/// The bytes of an `.npy` file of an array in the order of C.
pub(super) fn array<T: AutoSerialize + Copy>(shape: &[u64], values: &[T]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd()?;
    writer.extend(values)?;
    writer.finish()?;
    Ok(bytes)
}

impl NamedArrays {
    /// Adds an array in the order of C.
    pub(super) fn add<T: AutoSerialize + Copy>(&mut self, name: &str, shape: &[u64], values: &[T]) -> io::Result<()> {
        self.files.push((format!("{name}.npy"), array(shape, values)?));
        Ok(())
    }

    /// The archive.
    pub(super) fn zip(&self) -> io::Result<Vec<u8>> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, bytes) in &self.files {
            let at = size(archive.len())?;
            let entry = entry(name, bytes)?;
            archive.extend(b"PK\x03\x04");
            archive.extend(&entry);
            archive.extend(name.as_bytes());
            archive.extend(bytes);
            // Written by version 2.0 of the format; no comment, the first disk, no attributes.
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&entry);
            directory.extend([0; 10]);
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (count, at) = (self.files.len() as u16, size(archive.len())?);
        archive.extend(&directory);
        archive.extend(b"PK\x05\x06\x00\x00\x00\x00");
        archive.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        archive.extend(size(directory.len())?.to_le_bytes());
        archive.extend(at.to_le_bytes());
        archive.extend([0; 2]);
        Ok(archive)
    }
}

/// The fields that the header of a file and its entry in the directory share.
fn entry(name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let length = size(bytes.len())?.to_le_bytes();
    // Version 2.0, no flags, stored, 1 January 1980 at midnight.
    let mut entry = vec![0x14, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    entry.extend(hash(bytes).to_le_bytes());
    entry.extend([length, length].concat());
    entry.extend((name.len() as u16).to_le_bytes());
    entry.extend([0; 2]);
    Ok(entry)
}

fn size(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(|_| io::Error::other(format!("{bytes} bytes of arrays, at most {}", u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_have_the_bytes_of_the_format() {
        let mut arrays = NamedArrays::default();
        arrays.add("a", &[2, 1], &[7u8, 9]).unwrap();
        arrays.add("bc", &[1], &[-1i32]).unwrap();
        let zip = arrays.zip().unwrap();
        let word = |at: usize| u32::from_le_bytes(zip[at..at + 4].try_into().unwrap()) as usize;
        let end = zip.len() - 22;
        let (directory, entries) = (word(end + 16), u16::from_le_bytes([zip[end + 10], zip[end + 11]]));
        assert_eq!((&zip[..4], &zip[end..end + 4], entries), (&b"PK\x03\x04"[..], &b"PK\x05\x06"[..], 2));
        assert_eq!(directory + word(end + 12), end);
        // The second file, by its entry in the directory.
        let second = directory + 46 + "a.npy".len();
        let at = word(second + 42);
        let contents = &zip[at + 30 + "bc.npy".len()..directory];
        assert_eq!((&zip[at..at + 4], word(second + 24)), (&b"PK\x03\x04"[..], contents.len()));
        assert_eq!(word(second + 16), hash(contents) as usize);
        assert!(contents.starts_with(b"\x93NUMPY") && contents.ends_with(&(-1i32).to_le_bytes()));
    }
}
