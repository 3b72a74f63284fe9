//! IDX files, gzipped or not: a big-endian header with dimensions, then unsigned bytes.
//!
//! The headers of images and labels are checked against each other and the sizes of the files before anything is
//! allocated, and no more is decompressed than a header promises.

use super::error::DataError;
use super::{Images, MAX_BYTES, check_counts};
use crate::progress;
use flate2::read::MultiGzDecoder;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Bytes that a gzipped file may unpack to: a base, and more for each of its bytes. Images unpack to some two to ten
/// times their bytes; Deflate reaches 1,032.
const UNPACKED: u64 = 64 << 20;
const EXPANSION: u64 = 100;
/// Bytes that are read between two polls.
const PART: u64 = 1 << 20;

/// Reads the labels of a part, and its images if `unpacks`. Both headers are read and compared before the data of either.
pub(super) fn read_part(images_path: &Path, labels_path: &Path, unpacks: bool) -> Result<(Images, Vec<u8>), DataError> {
    let (images, labels) = (Opened::new(images_path, 2..=4)?, Opened::new(labels_path, 1..=1)?);
    let shape = super::image_shape(&images.dims[1..]).map_err(|message| DataError::file(images_path, message))?;
    let (count, found) = (images.dims[0], labels.dims[0]);
    if count != found {
        let message = format!("{found} labels for {count} images in {}", images_path.display());
        return Err(DataError::file(labels_path, message));
    }
    let labels = labels.values()?;
    let pixels = if unpacks { images.values()? } else { Vec::new() };
    Ok((Images { pixels, shape, full_scale: 255, count: count as usize }, labels))
}

/// A file whose header was read and fits its size.
struct Opened<'p> {
    path: &'p Path,
    dims: Vec<u64>,
    total: u64,
    reader: Box<dyn Read>,
}

impl<'p> Opened<'p> {
    fn new(path: &'p Path, rank: std::ops::RangeInclusive<usize>) -> Result<Self, DataError> {
        let fail = |message: String| DataError::file(path, message);
        let unreadable = |e: std::io::Error| DataError::file(path, format!("cannot be read: {e}"));
        let (mut file, size) = super::open_regular(path)?;
        let mut start = [0u8; 2];
        let gzipped = file.read_exact(&mut start).is_ok() && start == [0x1f, 0x8b];
        file.rewind().map_err(unreadable)?;
        let room = if gzipped { UNPACKED.saturating_add(size.saturating_mul(EXPANSION)) } else { size };
        let mut reader: Box<dyn Read> = match gzipped {
            true => Box::new(MultiGzDecoder::new(BufReader::new(file))),
            false => Box::new(BufReader::new(file)),
        };
        let dims = header(&mut reader, rank).map_err(fail)?;
        let total = check_counts(&dims).map_err(fail)?;
        if total > room {
            let than = if gzipped { "more than it can be expected to unpack to" } else { "and it holds fewer" };
            return Err(fail(format!("its header promises {total} values, the file has {size} bytes, {than}")));
        }
        Ok(Self { path, dims, total, reader })
    }

    fn values(mut self) -> Result<Vec<u8>, DataError> {
        let (fail, total) = (|message: String| DataError::file(self.path, message), self.total);
        let mut values = Vec::new();
        let mut rest = self.reader.by_ref().take(total);
        loop {
            progress::poll();
            let part = rest.by_ref().take(PART).read_to_end(&mut values);
            if part.map_err(|e| fail(format!("is damaged: {e}")))? == 0 {
                break;
            }
        }
        if (values.len() as u64) < total {
            return Err(fail(format!("ends after {} of the {total} values that its header promises", values.len())));
        }
        match self.reader.read(&mut [0u8; 1]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(fail(format!("holds more than the {total} values that its header promises"))),
            Err(e) => Err(fail(format!("is damaged at its end: {e}"))),
        }
    }
}

/// Reads the magic number and the dimensions.
fn header(reader: &mut dyn Read, rank: std::ops::RangeInclusive<usize>) -> Result<Vec<u64>, String> {
    let mut word = || {
        let mut bytes = [0u8; 4];
        reader.read_exact(&mut bytes).map_err(|e| format!("has no whole IDX header: {e}"))?;
        Ok::<u32, String>(u32::from_be_bytes(bytes))
    };
    let magic = word()?;
    let dims = (magic & 0xff) as usize;
    if magic >> 8 != 0x08 || !rank.contains(&dims) {
        let (low, high) = (rank.start(), rank.end());
        return Err(format!(
            "starts with {magic:#010x}, expected an IDX file of unsigned bytes with {low} to {high} dimensions \
             ({:#010x} to {:#010x})",
            0x800 + low,
            0x800 + high
        ));
    }
    (0..dims).map(|_| word().map(u64::from)).collect()
}

const _: () = assert!(MAX_BYTES <= usize::MAX as u64, "a data set fits the address space");
